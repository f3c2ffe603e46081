// SPDX-License-Identifier: GPL-2.0-only
#include "replay/replay.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "replay/count.h"
#include "replay/index/registry.h"
#include "replay/results.h"

/* One trace with all that is measured on it. */
struct session {
	const struct replay_request *request;
	struct trace *trace;
	struct oracle oracle;
	struct plan *plans;
	struct bench bench;
};

static int out_of_memory(struct diag *d)
{
	return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
}

/* A structure that cannot hold or find these slots is left out, with a warning. */
static bool declines(const struct session *session, const struct index_ops *ops, json_t *results)
{
	const struct counter_ops *counter = session->request->counter;
	size_t needed = subject_slots_needed(session->trace);

	if (ops->lacks && ops->lacks()) {
		results_warn(results, "%s: left out %s: %s lacks %s", session->trace->name,
			     ops->name, counter ? counter->name : "this machine", ops->lacks());
		return true;
	}
	if (ops->by_hva) {
		results_warn(results, "%s: left out %s: it looks up host addresses, not gfns",
			     session->trace->name, ops->name);
		return true;
	}
	if (needed > ops->max_slots) {
		results_warn(results, "%s: left out %s: it takes at most %u slots, not %zu",
			     session->trace->name, ops->name, ops->max_slots, needed);
		return true;
	}
	return false;
}

/* The same structure without cache layers: there every answer was compared that this one gives. */
static const struct entry *checked_before(const struct bench *bench, const struct entry *entry)
{
	for (const struct entry *before = bench->entries; before < entry; before++)
		if (before->ops == entry->ops && !before->plan->layers.nr)
			return before;
	return NULL;
}

static int check_entry(struct session *session, struct entry *entry, struct diag *d)
{
	const struct entry *before = checked_before(&session->bench, entry);
	int rc = 0;

	for (int class = 0; !rc && class < NR_CLASSES; class ++)
		rc = check_touch(&entry->subject, entry->plan, class, &entry->touched[class]);
	if (rc)
		return diag_set(d, EXIT_RUNTIME, rc, "%s: a slot change of %s failed: %s",
				entry->ops->name, session->trace->name, strerror(-rc));
	entry->check = entry->touched[CLASS_ALL];
	if (before)
		entry->check.answers = before->check.answers;
	else if (!session->request->process) /* the first checks for those that follow */
		rc = check_subject(&entry->subject, entry->plan, session->request->interrupted,
				   &entry->check, d);
	return rc;
}

static int enter(struct session *session, const struct index_ops *ops, const struct plan *plan,
		 struct entry *floor, struct diag *d)
{
	struct entry *entry = &session->bench.entries[session->bench.nr_entries];
	int rc;

	*entry = (struct entry){ .ops = ops,
				 .plan = plan,
				 .floor = floor,
				 .asked = floor,
				 .place = session->request->process };
	rc = subject_open(&entry->subject, ops, session->trace, d);
	if (rc)
		return rc;
	session->bench.nr_entries++;
	if (session->request->counter) /* the timing processes have checked */
		return 0;
	return check_entry(session, entry, d);
}

static int enter_contest(struct session *session, const struct replay_contest *contest,
			 struct plan *plan, json_t *results, struct diag *d)
{
	struct entry *floor = &session->bench.entries[session->bench.nr_entries];
	int rc;

	*plan = (struct plan){ .trace = session->trace,
			       .oracle = &session->oracle,
			       .era = contest->era,
			       .layers = contest->layers };
	rc = plan_make(plan, d);
	if (!rc)
		rc = enter(session, index_by_name("null"), plan, NULL, d);
	for (size_t i = 0; !rc && i < contest->nr_indexes; i++) {
		if (contest->indexes[i]->floor)
			floor->asked = true;
		else if (!declines(session, contest->indexes[i], results))
			rc = enter(session, contest->indexes[i], plan, floor, d);
	}
	return rc;
}

static int too_short(const struct session *session, json_t *results, struct diag *d)
{
	const char *name = session->trace->name;
	size_t lookups = 0;

	for (size_t i = 0; i < session->trace->nr_events; i++)
		lookups += session->oracle.class[i] != CLASS_NONE;
	if (!lookups)
		return diag_set(d, EXIT_INPUT, -ENODATA, "%s: no access that could look up a slot",
				name);
	if (lookups >= PLAN_MIN_LOOKUPS)
		return 0;
	if (!session->request->force)
		return diag_set(
			d, EXIT_INPUT, -ENODATA,
			"%s: %zu lookups; branch predictors memorise fewer than %d, so times "
			"would flatter; take a longer trace, or --force",
			name, lookups, PLAN_MIN_LOOKUPS);
	results_warn(results, "%s: only %zu lookups: branch predictors may memorise them", name,
		     lookups);
	return 0;
}

static int set_up(struct session *session, json_t *results, struct diag *d)
{
	const struct replay_request *request = session->request;
	size_t nr = request->nr_contests;
	int rc;

	for (size_t c = 0; c < request->nr_contests; c++)
		nr += request->contests[c].nr_indexes;
	session->plans = calloc(request->nr_contests + 1, sizeof(*session->plans));
	session->bench.entries = calloc(nr + 1, sizeof(*session->bench.entries));
	session->bench.lines = calloc(BENCH_MAX_LINES, sizeof(*session->bench.lines));
	if (!session->plans || !session->bench.entries || !session->bench.lines)
		return out_of_memory(d);
	rc = oracle_ask(session->trace, &session->oracle, d);
	if (!rc)
		rc = too_short(session, results, d);
	for (size_t c = 0; !rc && c < request->nr_contests; c++)
		rc = enter_contest(session, &request->contests[c], &session->plans[c], results, d);
	return rc;
}

static void tear_down(struct session *session)
{
	for (size_t i = 0; i < session->bench.nr_entries; i++)
		subject_close(&session->bench.entries[i].subject);
	for (size_t c = 0; session->plans && c < session->request->nr_contests; c++)
		plan_free(&session->plans[c]);
	oracle_free(&session->oracle);
	free(session->bench.entries);
	free(session->bench.lines);
	free(session->plans);
}

static int measure(struct session *session, json_t *results, struct diag *d)
{
	struct bump_cost cost;
	int rc = bump_measure(session->trace, &session->oracle, &cost, d);

	if (!rc && results_add_trace(results, session->trace, &session->oracle, &cost))
		rc = out_of_memory(d);

	for (const struct mode_ops *const *mode = session->request->modes; !rc && *mode; mode++) {
		rc = bench_run(&session->bench, *mode, d);
		if (!rc &&
		    results_add_runs(results, &session->bench, *mode, session->request->process))
			rc = out_of_memory(d);
		bench_clear(&session->bench);
	}
	return rc;
}

int replay_loaded(const struct replay_request *request, struct trace *trace, json_t *results,
		  struct diag *d)
{
	struct session session = {
		.request = request,
		.trace = trace,
		.bench = { .repeats = request->repeats,
			   .random = { request->seed + request->process * 0x51ed27u },
			   .interrupted = request->interrupted },
	};
	int rc = set_up(&session, results, d);

	if (!rc && request->counter)
		rc = count_entries(&session.bench, request->counter,
				   json_object_get(results, "counts"), d);
	else if (!rc)
		rc = measure(&session, results, d);
	tear_down(&session);
	return rc;
}

int replay_pin(int cpu, struct diag *d)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return diag_set(d, EXIT_MACHINE, -errno, "cannot read the CPU affinity: %s",
				strerror(errno));
	for (int i = 0; cpu < 0 && i < CPU_SETSIZE; i++)
		if (CPU_ISSET(CPU_SETSIZE - 1 - i, &allowed))
			cpu = CPU_SETSIZE - 1 - i;
	CPU_ZERO(&one);
	if (cpu < CPU_SETSIZE)
		CPU_SET(cpu, &one);
	if (cpu < CPU_SETSIZE && CPU_ISSET(cpu, &allowed) &&
	    !sched_setaffinity(0, sizeof(one), &one))
		return 0;
	return diag_set(d, EXIT_MACHINE, -EINVAL,
			"CPU %d is not one that this process may use; see taskset -p $$", cpu);
}
