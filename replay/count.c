// SPDX-License-Identifier: GPL-2.0-only
#include "replay/count.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replay/results.h"

/* Larger than the first-level cache that callgrind models, so that nothing of before remains. */
enum { POLLUTER_BYTES = 256 << 10 };
static volatile unsigned char polluter[POLLUTER_BYTES];

struct counted {
	struct counter_sample warm, cold;
	double cold_lines; /* what touch() says of the cold lookups; NAN if it does not know */
};

static void pollute(void)
{
	for (size_t i = 0; i < POLLUTER_BYTES; i += 64)
		(void)polluter[i];
}

/* The first lookups of the windows, COUNT_LOOKUPS in all; NULL @counter runs them uncounted. */
static int run(struct entry *entry, enum replay_class class, const struct counter_ops *counter,
	       double *lookups)
{
	const struct plan *plan = entry->plan;
	size_t most = COUNT_LOOKUPS;
	int rc = 0;

	for (size_t w = 0; !rc && most && w < plan->nr_windows; w++) {
		const struct plan_part *part = &plan->windows[w].of[class];
		size_t nr = part->nr < most ? part->nr : most;
		uint64_t right =
			plan->sums[class][part->start + nr] - plan->sums[class][part->start];
		uint64_t sum;

		rc = subject_go(&entry->subject, plan->windows[w].segment);
		if (rc)
			break;
		if (counter)
			counter->resume();
		sum = entry->ops->find_run(entry->subject.index[0], plan->gfns[class] + part->start,
					   nr, 0);
		if (counter)
			counter->pause();
		if (!entry->ops->floor && sum != right)
			rc = -EILSEQ;
		most -= nr;
	}
	*lookups = (double)(COUNT_LOOKUPS - most);
	return rc;
}

static double lines_of(const struct entry *entry, uint64_t gfn)
{
	struct index_touch touch = { 0 };

	entry->ops->touch(entry->subject.index[0], gfn, &touch);
	return touch.lines == INDEX_TOUCH_UNKNOWN ? NAN : touch.lines;
}

/* Lookups at even distances, each in a cold cache, after touch() has told its lines. */
static int run_cold(struct entry *entry, enum replay_class class, const struct counter_ops *counter,
		    double *lookups, double *lines)
{
	uint64_t (*find_run)(struct index *, const uint64_t *, size_t, unsigned int) =
		entry->ops->find_run;
	const struct plan *plan = entry->plan;
	size_t nr = plan->planned[class], window = 0, taken = nr < COUNT_COLD ? nr : COUNT_COLD;
	int rc = 0;

	for (size_t k = 0; !rc && k < taken; k++) {
		size_t i = k * nr / taken;
		struct index *index;
		uint64_t gfn;

		while (i >=
		       plan->windows[window].of[class].start + plan->windows[window].of[class].nr)
			window++;
		rc = subject_go(&entry->subject, plan->windows[window].segment);
		if (rc)
			break;
		*lines += lines_of(entry, plan->gfns[class][i]);
		pollute();
		/* what stands in @entry and on the stack is ours: warm again before lines count */
		index = entry->subject.index[0];
		gfn = plan->gfns[class][i];
		counter->resume();
		find_run(index, &gfn, 1, 0);
		counter->pause();
	}
	*lookups = (double)taken;
	return rc;
}

/* @sample and @cold_lines per lookup; cold if @cold_lines is not NULL. */
static int count_loop(struct entry *entry, enum replay_class class,
		      const struct counter_ops *counter, double *cold_lines,
		      struct counter_sample *sample)
{
	double lookups = 0, lines = 0;
	int rc = cold_lines ? 0 : run(entry, class, NULL, &lookups);

	*sample = (struct counter_sample){ 0 };
	if (!rc)
		rc = counter->begin();
	if (!rc)
		rc = cold_lines ? run_cold(entry, class, counter, &lookups, &lines)
				: run(entry, class, counter, &lookups);
	if (rc)
		return rc;
	counter->end(sample);
	for (int c = 0; c < NR_COUNTS; c++)
		sample->value[c] /= lookups;
	if (cold_lines)
		*cold_lines = lines / lookups;
	return subject_go(&entry->subject, 0);
}

static int count_one(struct entry *entry, enum replay_class class,
		     const struct counter_ops *counter, struct counted *counted)
{
	int rc = count_loop(entry, class, counter, NULL, &counted->warm);

	return rc ? rc : count_loop(entry, class, counter, &counted->cold_lines, &counted->cold);
}

static json_t *counters_of(const struct counter_ops *counter, const struct counted *counted,
			   const struct counted *floor)
{
	json_t *object = json_pack("{s:s}", "source", counter->name), *why = json_object();

	for (int c = 0; c < NR_COUNTS; c++) {
		const char *reason = counted->warm.why[c];
		double value = counted->warm.value[c] - (floor ? floor->warm.value[c] : 0);

		json_object_set_new(object, count_names[c], results_number(reason ? NAN : value));
		if (reason)
			json_object_set_new(why, count_names[c], json_string(reason));
	}
	json_object_set_new(object, "cold_lines", results_number(counted->cold_lines));
	if (!counted->cold.why[COUNT_L1D_MISSES])
		json_object_set_new(
			object, "cold_l1d_misses",
			results_number(counted->cold.value[COUNT_L1D_MISSES] -
				       (floor ? floor->cold.value[COUNT_L1D_MISSES] : 0)));
	json_object_set_new(object, "why", why);
	return object;
}

static int count_entry(struct entry *entry, const struct counter_ops *counter,
		       struct counted floors[NR_CLASSES], json_t *counts)
{
	int rc = 0;

	for (int class = 0; !rc && class < NR_CLASSES; class ++) {
		struct counted counted;

		if (!entry->plan->planned[class])
			continue;
		rc = count_one(entry, class, counter, &counted);
		if (rc)
			return rc;
		if (!entry->floor)
			floors[class] = counted;
		if (entry->asked)
			json_array_append_new(
				counts,
				results_counted(entry, class,
						counters_of(counter, &counted,
							    entry->floor ? &floors[class] : NULL)));
	}
	return rc;
}

/* A floor stands before the entries that it is for. */
int count_entries(struct bench *bench, const struct counter_ops *counter, json_t *counts,
		  struct diag *d)
{
	struct counted floors[NR_CLASSES];
	int rc = 0;

	for (size_t i = 0; !rc && i < bench->nr_entries; i++) {
		rc = count_entry(&bench->entries[i], counter, floors, counts);
		if (bench->interrupted && bench->interrupted())
			return diag_set(d, EXIT_INTERRUPTED, -EINTR, "interrupted");
	}
	return rc ? diag_set(d, EXIT_RUNTIME, rc, "counting by %s: %s", counter->name,
			     strerror(-rc))
		  : 0;
}
