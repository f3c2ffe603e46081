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

/* The least of three: one that was interrupted would make a slice of a lookup or two. */
static int least_of_three(struct entry *entry, enum replay_class class, loop_fn loop,
			  const struct slice *slice, double *ticks)
{
	int rc = 0;

	*ticks = INFINITY;
	for (int i = 0; !rc && i < 3; i++) {
		double took;

		rc = run_slice(entry, class, loop, slice, &took);
		*ticks = fmin(*ticks, took);
	}
	return rc;
}

/* Ticks a lookup takes at the start of window @w: those of the first run long enough to tell. */
static int estimate_at(struct entry *entry, enum replay_class class, loop_fn loop, size_t w,
		       double *ticks)
{
	const struct plan_part *part = &entry->plan->windows[w].of[class];
	struct slice slice = { .window = w, .start = part->start, .nr = 4 };
	int rc = 0;

	for (; !rc && slice.nr <= PLAN_SLICE; slice.nr *= 2) {
		double took;

		slice.nr = slice.nr < part->nr ? slice.nr : part->nr;
		rc = least_of_three(entry, class, loop, &slice, &took);
		*ticks = took / slice.nr;
		if (slice.nr == part->nr || took > BENCH_TICKS_MAX / 4)
			break;
	}
	return rc;
}

/* Roughly, and too many rather than too few: a trace may begin with what is found at once. */
static int estimate(struct entry *entry, enum replay_class class, loop_fn loop, double *ticks)
{
	const struct plan *plan = entry->plan;
	size_t nr = plan->nr_windows, step = nr / 4 + 1;
	int rc = 0;

	*ticks = 0;
	for (size_t w = 0, from = 0; !rc && w < nr; w++) {
		double here = 0;

		if (w < from || !plan->windows[w].of[class].nr)
			continue;
		rc = estimate_at(entry, class, loop, w, &here);
		*ticks = fmax(*ticks, here);
		from = w + step;
	}
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
