// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes single, cold and paced: one fenced lookup at a time.
 *
 * The fences and the two readings of the clock cost more than most lookups. That floor, the median
 * over the null structure, is subtracted and stated; percentiles are of what remains, so below some
 * 10 ticks they tell nothing. Their tails do.
 *
 *   single   as the passes before left the caches: warm
 *   cold     exactly the lines that this lookup reads were evicted, to memory, just before
 *   paced    each of these lines was evicted with probability 1 - exp(-wait / PACED_TAU_NS), wait
 * being the recorded time since the access before on the same vCPU: meanwhile the guest ran, and
 * took the cache for itself
 *
 * touch() names the lines and leaves the structure's hints as they were, so nothing is primed.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "replay/bench.h"
#include "replay/tsc.h"

/*
 * Lookups of one pass and class. Cold ones are few: an evicted line costs some 340 ticks, and the
 * eviction more than that. A lookup that reads thousands of lines is timed fewer times: the lines
 * are what a pass costs.
 */
enum {
	SINGLE_LOOKUPS = 8192,
	SINGLE_LINES = 1 << 22,
	COLD_LOOKUPS = 256,
	COLD_LINES = 1 << 15,
	FEWEST_LOOKUPS = 8,
};

/* A guest that fills 1 byte a nanosecond has replaced 2 MiB of cache after 2 ms. */
static const double PACED_TAU_NS = 2e6;

typedef void (*evict_fn)(struct bench *bench, const struct entry *entry, uint64_t gfn,
			 double wait_ns);

static void evict_none(struct bench *bench, const struct entry *entry, uint64_t gfn, double wait_ns)
{
	(void)bench, (void)entry, (void)gfn, (void)wait_ns;
}

static unsigned int lines_of(struct bench *bench, const struct entry *entry, uint64_t gfn)
{
	struct index_touch touch = { .line = bench->lines, .cap = BENCH_MAX_LINES };

	entry->ops->touch(entry->subject.index[0], gfn, &touch);
	if (touch.lines == INDEX_TOUCH_UNKNOWN)
		return 0;
	return touch.lines < touch.cap ? touch.lines : touch.cap;
}

static void evict_all(struct bench *bench, const struct entry *entry, uint64_t gfn, double wait_ns)
{
	unsigned int nr = lines_of(bench, entry, gfn);

	(void)wait_ns;
	for (unsigned int line = 0; line < nr; line++)
		_mm_clflush((const void *)(bench->lines[line] * 64));
	_mm_mfence();
}

static void evict_by_wait(struct bench *bench, const struct entry *entry, uint64_t gfn,
			  double wait_ns)
{
	double survives = exp(-wait_ns / PACED_TAU_NS);
	unsigned int nr = lines_of(bench, entry, gfn);

	for (unsigned int line = 0; line < nr; line++)
		if (order_random(&bench->random) > survives * (double)UINT64_MAX)
			_mm_clflush((const void *)(bench->lines[line] * 64));
	_mm_mfence();
}

static int prepare(struct bench *bench, struct entry *entry, enum replay_class class, size_t nr)
{
	struct timing *timing = &entry->timing[class];
	const struct plan *plan = entry->plan;

	if (!plan->planned[class]) {
		timing->why = plan->accesses[class] ? "the cache layers left no lookup"
						    : "the trace has no such access";
		return 0;
	}
	timing->room = nr < plan->planned[class] ? nr : plan->planned[class];
	timing->values = calloc(bench->repeats * timing->room, sizeof(double));
	timing->samples = calloc(bench->repeats, sizeof(double));
	return timing->values && timing->samples ? 0 : -ENOMEM;
}

static size_t within(const struct entry *entry, size_t lines, size_t lookups)
{
	size_t nr = lines / (entry->check.lines < 1 ? 1 : entry->check.lines) + FEWEST_LOOKUPS;

	return nr < lookups ? nr : lookups;
}

static int prepare_single(struct bench *bench, struct entry *entry, enum replay_class class)
{
	return prepare(bench, entry, class, within(entry, SINGLE_LINES, SINGLE_LOOKUPS));
}

static int prepare_cold(struct bench *bench, struct entry *entry, enum replay_class class)
{
	if (entry->check.lines < 0) {
		entry->timing[class].why = "its lines are not known: it was not built here";
		return 0;
	}
	return prepare(bench, entry, class, within(entry, COLD_LINES, COLD_LOOKUPS));
}

static double one_lookup(const struct entry *entry, uint64_t gfn, unsigned int *answer)
{
	uint64_t start = tsc_start();

	*answer = entry->ops->find(entry->subject.index[0], gfn);
	return (double)(tsc_stop() - start);
}

static int pass(struct bench *bench, struct entry *entry, enum replay_class class, int repeat,
		evict_fn evict)
{
	struct timing *timing = &entry->timing[class];
	const struct plan *plan = entry->plan;
	size_t nr = timing->room, first = repeat < 0 ? 0 : (size_t)repeat * nr, window = 0;
	int rc = 0;

	for (size_t k = 0; !rc && k < nr; k++) {
		size_t i = (unsigned __int128)k * plan->planned[class] / nr;
		uint64_t gfn = plan->gfns[class][i], right = plan->sums[class][i + 1];
		unsigned int answer;
		double ticks;

		while (i >=
		       plan->windows[window].of[class].start + plan->windows[window].of[class].nr)
			window++;
		rc = subject_go(&entry->subject, plan->windows[window].segment);
		if (rc)
			break;
		evict(bench, entry, gfn, plan->wait_ns[class][i]);
		ticks = one_lookup(entry, gfn, &answer);
		if (index_checksum(plan->sums[class][i], answer) != right && !entry->ops->floor)
			rc = -EILSEQ;
		if (repeat >= 0)
			timing->values[first + k] = ticks;
	}
	return rc;
}

/* A sample is the median of its pass. */
static int finish(struct bench *bench, struct entry *entry, enum replay_class class)
{
	struct timing *timing = &entry->timing[class];
	size_t nr = timing->room;
	double *sorted = calloc(nr + bench->repeats, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	if (entry->floor)
		timing->floor = entry->floor->timing[class].floor;
	for (unsigned int r = 0; timing->samples && r < bench->repeats; r++) {
		for (size_t k = 0; k < nr; k++) {
			timing->values[r * nr + k] -= timing->floor;
			sorted[k] = timing->values[r * nr + k];
		}
		timing->samples[r] = bench_median(sorted, nr);
		sorted[nr + r] = timing->samples[r];
	}
	timing->nr_values = timing->samples ? bench->repeats * nr : 0;
	if (!entry->floor && timing->samples)
		timing->floor = bench_median(sorted + nr, bench->repeats);
	free(sorted);
	return 0;
}

#define FENCED_MODE(mode, prepare_op, evict, text)                                                 \
	static int mode##_pass(struct bench *bench, struct entry *entry, enum replay_class class,  \
			       int repeat)                                                         \
	{                                                                                          \
		return pass(bench, entry, class, repeat, evict);                                   \
	}                                                                                          \
	const struct mode_ops mode_##mode = { .name = #mode,                                       \
					      .summary = text,                                     \
					      .prepare = prepare_op,                               \
					      .pass = mode##_pass,                                 \
					      .finish = finish }

FENCED_MODE(single, prepare_single, evict_none, "one fenced lookup at a time, warm: percentiles");
FENCED_MODE(cold, prepare_cold, evict_all, "one fenced lookup, its cache lines evicted before");
FENCED_MODE(paced, prepare_cold, evict_by_wait,
	    "one fenced lookup, lines evicted by the recorded time since the access before");
