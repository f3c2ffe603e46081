// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes batch and chain: slices of lookups in the structure's own timed loop.
 *
 * A slice that took over a fifth longer than its own least over the repeats was interrupted
 * (preemption, an interrupt, stolen time: all add far more); it counts with the median of those
 * that were not, and is reported as disturbed. So a sample is the mean over the trace, and yet free
 * of what does not belong to it; a median over slices would drop whole phases of the trace.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "replay/bench.h"
#include "replay/tsc.h"

typedef uint64_t (*loop_fn)(struct index *index, const uint64_t *gfns, size_t nr,
			    unsigned int place);

/* What the loops are cut by is probed first. */
enum { PROBES = 64, PROBE_TICKS = BENCH_PASS_TICKS / 64 };

struct probed {
	double ticks;
	size_t lookups;
};

static loop_fn loop_batch(const struct entry *entry)
{
	return entry->ops->find_run;
}

static loop_fn loop_chain(const struct entry *entry)
{
	return entry->ops->find_chain;
}

/* Ticks of one slice; -EILSEQ if its answers do not add up. */
static int run_slice(struct entry *entry, enum replay_class class, loop_fn loop,
		     const struct slice *slice, double *ticks)
{
	const uint64_t *sums = &entry->plan->sums[class][slice->start];
	const uint64_t *gfns = &entry->plan->gfns[class][slice->start];
	uint64_t start, stop, sum;
	int rc = subject_go(&entry->subject, entry->plan->windows[slice->window].segment);

	if (rc)
		return rc;
	start = tsc_start();
	sum = loop(entry->subject.index[0], gfns, slice->nr, entry->place);
	stop = tsc_stop();
	*ticks = (double)(stop - start);
	return sum == sums[slice->nr] - sums[0] || entry->ops->floor ? 0 : -EILSEQ;
}

/* The lesser of two: one that was interrupted would make a slice of a lookup or two. */
static int lesser_of_two(struct entry *entry, enum replay_class class, loop_fn loop,
			 const struct slice *slice, double *ticks)
{
	double first, second;
	int rc = run_slice(entry, class, loop, slice, &first);

	if (!rc)
		rc = run_slice(entry, class, loop, slice, &second);
	if (!rc)
		*ticks = fmin(first, second);
	return rc;
}

/* Runs of @nr lookups at some PROBES places, at even distances over the whole plan. */
static int probe(struct entry *entry, enum replay_class class, loop_fn loop, size_t nr,
		 struct probed *probed)
{
	const struct plan *plan = entry->plan;
	size_t step = plan->planned[class] / PROBES + 1;

	*probed = (struct probed){ 0 };
	for (size_t w = 0; w < plan->nr_windows; w++) {
		const struct plan_part *part = &plan->windows[w].of[class];
		size_t end = part->start + part->nr;

		for (size_t at = (part->start + step - 1) / step * step; at < end; at += step) {
			struct slice slice = { w, at, nr < end - at ? nr : end - at };
			double ticks;
			int rc = lesser_of_two(entry, class, loop, &slice, &ticks);

			if (rc)
				return rc;
			probed->ticks += ticks;
			probed->lookups += slice.nr;
		}
	}
	return 0;
}

/*
 * Roughly what a lookup takes. Neighbours differ by orders of magnitude where a search is long for
 * some, so places are many; runs grow until reading the clock no longer shows.
 */
static int estimate(struct entry *entry, enum replay_class class, loop_fn loop, double *ticks)
{
	struct probed probed = { 0 };
	int rc = 0;

	for (size_t nr = 1; !rc && nr <= PLAN_SLICE / 16 && probed.ticks < PROBE_TICKS; nr *= 8)
		rc = probe(entry, class, loop, nr, &probed);
	*ticks = probed.ticks / (double)probed.lookups;
	return rc;
}

/* Cut the windows into slices of at most @longest lookups; keep every @stride-th. */
static int cut(const struct plan *plan, enum replay_class class, size_t longest, size_t stride,
	       struct timing *timing)
{
	size_t nr = 0, nth = 0;

	for (size_t w = 0; w < plan->nr_windows; w++)
		nr += (plan->windows[w].of[class].nr + longest - 1) / longest;
	timing->slices = calloc(nr + 1, sizeof(*timing->slices));
	if (!timing->slices)
		return -ENOMEM;
	for (size_t w = 0; w < plan->nr_windows; w++) {
		const struct plan_part *part = &plan->windows[w].of[class];

		for (size_t at = 0; at < part->nr; at += longest)
			if (nth++ % stride == 0)
				timing->slices[timing->nr_slices++] =
					(struct slice){ w, part->start + at,
							part->nr - at < longest ? part->nr - at
										: longest };
	}
	return 0;
}

static int prepare(struct bench *bench, struct entry *entry, enum replay_class class, loop_fn loop)
{
	const struct plan *plan = entry->plan;
	struct timing *timing = &entry->timing[class];
	double ticks;
	size_t longest, stride;
	int rc;

	if (!plan->planned[class]) {
		timing->why = plan->accesses[class] ? "the cache layers left no lookup"
						    : "the trace has no such access";
		return 0;
	}
	rc = estimate(entry, class, loop, &ticks);
	if (rc)
		return rc;
	longest = BENCH_TICKS_MAX / (ticks + 1) + 1;
	longest = longest < PLAN_SLICE ? longest : PLAN_SLICE;
	stride = ticks * plan->planned[class] / BENCH_PASS_TICKS + 1;
	rc = cut(plan, class, longest, stride, timing);
	timing->ticks = calloc(bench->repeats * timing->nr_slices + 1, sizeof(double));
	timing->values = calloc(bench->repeats * timing->nr_slices + 1, sizeof(double));
	timing->samples = calloc(bench->repeats, sizeof(double));
	return rc || (timing->ticks && timing->values && timing->samples) ? rc : -ENOMEM;
}

static int pass(struct entry *entry, enum replay_class class, int repeat, loop_fn loop)
{
	const struct timing *timing = &entry->timing[class];
	double discarded;
	int rc = 0;

	for (size_t s = 0; !rc && s < timing->nr_slices; s++)
		rc = run_slice(entry, class, loop, &timing->slices[s],
			       repeat < 0 ? &discarded
					  : &timing->ticks[repeat * timing->nr_slices + s]);
	return rc;
}

/*
 * What interrupts only ever adds, so the least of the repeats was not interrupted; those that took
 * a fifth longer were, and the median of the others replaces them.
 */
static int smooth(const struct bench *bench, struct timing *timing)
{
	double *calm = calloc(bench->repeats, sizeof(*calm));

	if (!calm)
		return -ENOMEM;
	for (size_t s = 0; s < timing->nr_slices; s++) {
		double *ticks = &timing->ticks[s], least = INFINITY, median;
		size_t stride = timing->nr_slices, nr = 0;

		for (size_t r = 0; r < bench->repeats; r++)
			least = fmin(least, ticks[r * stride]);
		for (size_t r = 0; r < bench->repeats; r++)
			if (ticks[r * stride] <= 1.2 * least)
				calm[nr++] = ticks[r * stride];
		median = bench_median(calm, nr);
		timing->disturbed += bench->repeats - nr;
		for (size_t r = 0; r < bench->repeats; r++)
			if (ticks[r * stride] > 1.2 * least)
				ticks[r * stride] = median;
	}
	free(calm);
	return 0;
}

static int finish(struct bench *bench, struct entry *entry, enum replay_class class)
{
	struct timing *timing = &entry->timing[class];
	double *sorted, lookups = 0;
	int rc = timing->samples ? smooth(bench, timing) : 0;

	if (rc || !timing->samples)
		return rc;
	if (entry->floor)
		timing->floor = entry->floor->timing[class].floor;
	for (size_t s = 0; s < timing->nr_slices; s++)
		lookups += timing->slices[s].nr;
	for (unsigned int r = 0; r < bench->repeats; r++) {
		double total = 0;

		for (size_t s = 0; s < timing->nr_slices; s++) {
			double ticks = timing->ticks[r * timing->nr_slices + s];

			total += ticks;
			timing->values[timing->nr_values++] =
				ticks / timing->slices[s].nr - timing->floor;
		}
		timing->samples[r] = total / lookups - timing->floor;
	}
	if (entry->floor)
		return 0;
	sorted = calloc(bench->repeats, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (unsigned int r = 0; r < bench->repeats; r++)
		sorted[r] = timing->samples[r];
	timing->floor = bench_median(sorted, bench->repeats);
	free(sorted);
	return 0;
}

#define LOOP_MODE(mode, text)                                                                      \
	static int mode##_prepare(struct bench *bench, struct entry *entry,                        \
				  enum replay_class class)                                         \
	{                                                                                          \
		return prepare(bench, entry, class, loop_##mode(entry));                           \
	}                                                                                          \
	static int mode##_pass(struct bench *bench, struct entry *entry, enum replay_class class,  \
			       int repeat)                                                         \
	{                                                                                          \
		(void)bench;                                                                       \
		return pass(entry, class, repeat, loop_##mode(entry));                             \
	}                                                                                          \
	const struct mode_ops mode_##mode = { .name = #mode,                                       \
					      .summary = text,                                     \
					      .prepare = mode##_prepare,                           \
					      .pass = mode##_pass,                                 \
					      .finish = finish }

LOOP_MODE(batch,
	  "throughput: independent lookups back to back, as a replayer or a scan makes them");
LOOP_MODE(chain, "latency: each gfn waits for the answer before");
