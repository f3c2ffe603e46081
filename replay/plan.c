// SPDX-License-Identifier: GPL-2.0-only
#include "replay/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/index/index.h"

/* Lookups of one segment, and how many of them the plan takes: blocks of them at even distances. */
struct quota {
	size_t segment, lookups, block, nr_blocks;
};

static bool timed(const struct plan *plan, size_t i)
{
	return plan->served[i] == CACHE_SEARCHED && event_as(&plan->trace->events[i]) == 0;
}

static void count(struct plan *plan)
{
	for (size_t i = 0; i < plan->trace->nr_events; i++) {
		unsigned int class = plan->oracle->class[i], served = plan->served[i];

		if (class == CLASS_NONE || served == CACHE_NO_LOOKUP)
			continue;
		plan->accesses[CLASS_ALL]++;
		plan->accesses[class]++;
		if (served == CACHE_SEARCHED) {
			plan->lookups[CLASS_ALL]++;
			plan->lookups[class]++;
		} else {
			plan->absorbed[CLASS_ALL][served - 1]++;
			plan->absorbed[class][served - 1]++;
		}
	}
}

/* Segments that hold lookups, all of them. */
static size_t find_segments(const struct plan *plan, struct quota *quotas)
{
	const struct trace *trace = plan->trace;
	size_t nr = 0, change = 0;

	for (size_t i = 0; i < trace->nr_events; i++) {
		while (change < trace->nr_changes && trace->changes[change].at <= i)
			change++;
		if (!timed(plan, i))
			continue;
		if (!nr || quotas[nr - 1].segment != change)
			quotas[nr++] = (struct quota){ .segment = change };
		quotas[nr - 1].lookups++;
	}
	return nr;
}

static size_t share_out(struct quota *quotas, size_t nr)
{
	size_t total = 0;

	if (nr > PLAN_MAX_STOPS) {
		for (size_t i = 0; i < PLAN_MAX_STOPS; i++)
			quotas[i] = quotas[i * nr / PLAN_MAX_STOPS];
		nr = PLAN_MAX_STOPS;
	}
	for (size_t i = 0; i < nr; i++)
		total += quotas[i].lookups;
	for (size_t i = 0; i < nr; i++) {
		struct quota *quota = &quotas[i];
		size_t share =
			(unsigned __int128)quota->lookups * PLAN_MAX_LOOKUPS / (total + 1) + 1;

		quota->nr_blocks = 1;
		quota->block = quota->lookups;
		if (total > PLAN_MAX_LOOKUPS) {
			quota->nr_blocks = (share + PLAN_SLICE - 1) / PLAN_SLICE;
			quota->block = share / quota->nr_blocks;
		}
	}
	return nr;
}

/* Is the @nth lookup of its segment within one of the blocks? */
static bool taken(const struct quota *quota, size_t nth)
{
	size_t block = (unsigned __int128)nth * quota->nr_blocks / quota->lookups;
	size_t first = ((unsigned __int128)block * quota->lookups + quota->nr_blocks - 1) /
		       quota->nr_blocks;

	return nth - first < quota->block;
}

static void take_as(struct plan *plan, struct plan_window *window, unsigned int class, size_t i,
		    uint64_t wait_ns)
{
	size_t at = plan->planned[class]++;
	uint64_t *sums = plan->sums[class];

	plan->wait_ns[class][at] = wait_ns;
	plan->gfns[class][at] = plan->trace->events[i].gfn;
	sums[at + 1] = index_checksum(sums[at], plan->oracle->slot[i]);
	window->of[class].nr++;
}

static void take(struct plan *plan, struct plan_window *window, size_t i, uint64_t wait_ns)
{
	take_as(plan, window, CLASS_ALL, i, wait_ns);
	take_as(plan, window, plan->oracle->class[i], i, wait_ns);
}

static void gather(struct plan *plan, const struct quota *quotas, size_t nr, uint64_t *last_ns)
{
	const struct trace *trace = plan->trace;
	size_t change = 0, nth = 0, stop = 0;

	for (size_t i = 0; i < trace->nr_events && stop < nr; i++) {
		const struct trace_event *event = &trace->events[i];
		uint64_t wait_ns = event->t_ns - last_ns[event->vcpu];
		struct plan_window *window = &plan->windows[stop];

		if (plan->served[i] != CACHE_NO_LOOKUP)
			last_ns[event->vcpu] = event->t_ns;
		while (change < trace->nr_changes && trace->changes[change].at <= i)
			change++;
		if (!timed(plan, i) || change != quotas[stop].segment)
			continue;
		if (nth == 0) {
			window->segment = change;
			for (int class = 0; class < NR_CLASSES; class ++)
				window->of[class].start = plan->planned[class];
		}
		if (taken(&quotas[stop], nth))
			take(plan, window, i, wait_ns);
		if (++nth == quotas[stop].lookups)
			nth = 0, stop++;
	}
	plan->nr_windows = nr;
}

static int reserve(struct plan *plan, const struct quota *quotas, size_t nr)
{
	size_t room = 1;
	bool ok = true;

	for (size_t i = 0; i < nr; i++)
		room += quotas[i].block * quotas[i].nr_blocks;
	for (int class = 0; class < NR_CLASSES; class ++) {
		plan->gfns[class] = malloc(room * sizeof(uint64_t));
		plan->sums[class] = calloc(room + 1, sizeof(uint64_t));
		plan->wait_ns[class] = malloc(room * sizeof(float));
		ok = ok && plan->gfns[class] && plan->sums[class] && plan->wait_ns[class];
	}
	plan->windows = calloc(nr + 1, sizeof(*plan->windows));
	return ok && plan->windows ? 0 : -ENOMEM;
}

int plan_make(struct plan *plan, struct diag *d)
{
	struct quota *quotas = calloc(plan->trace->nr_changes + 1, sizeof(*quotas));
	uint64_t *last_ns = calloc(UINT16_MAX + 1, sizeof(*last_ns));
	int rc = -ENOMEM;

	plan->served = malloc(plan->trace->nr_events + 1);
	if (plan->served)
		rc = cache_serve(plan->trace, plan->oracle->slot, &plan->layers, plan->served, d);
	if (!rc && quotas && last_ns) {
		size_t nr = share_out(quotas, find_segments(plan, quotas));

		count(plan);
		rc = reserve(plan, quotas, nr);
		if (!rc)
			gather(plan, quotas, nr, last_ns);
	}
	free(quotas);
	free(last_ns);
	return rc ? diag_set(d, EXIT_RUNTIME, rc, "out of memory") : 0;
}

void plan_free(struct plan *plan)
{
	for (int class = 0; class < NR_CLASSES; class ++)
		free(plan->gfns[class]), free(plan->sums[class]), free(plan->wait_ns[class]);
	free(plan->windows);
	free(plan->served);
	*plan = (struct plan){ 0 };
}
