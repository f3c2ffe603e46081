// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mode update: what a slot change costs, as KVM makes it: both sets, one or two publications, no
 * readers to wait for.
 *
 * Some slots at even distances are each put through all four kinds of change and end as they were:
 * flags (dirty logging on, off), delete, create, move (above the highest slot, and back). Each kind
 * counts by how often the trace has it; all alike where the trace has none. Cost over the null
 * structure, that is of publishing alone, is the floor.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "replay/bench.h"

/* Copying thousands of slots for each change takes milliseconds, so fewer are enough there. */
enum { VICTIMS = 32, FEW_VICTIMS = 4, MANY_SLOTS = 1024, CHANGES_EACH = 6 };

static const enum trace_change_op script[CHANGES_EACH] = { TRACE_FLAGS,	 TRACE_FLAGS, TRACE_DELETE,
							   TRACE_CREATE, TRACE_MOVE,  TRACE_MOVE };

/* The slots stand as at the last lookups: a VM that was recorded from its start begins with none.
 */
static size_t segment_of(const struct plan *plan)
{
	return plan->nr_windows ? plan->windows[plan->nr_windows - 1].segment : 0;
}

static int prepare(struct bench *bench, struct entry *entry, enum replay_class class)
{
	struct timing *timing = &entry->timing[class];
	struct live *live = calloc(1, sizeof(*live));
	size_t most;
	int rc = live ? live_open(live, entry->ops, entry->plan->trace, segment_of(entry->plan))
		      : -ENOMEM;

	if (rc == -ENODATA)
		timing->why = "no slot is alive";
	if (rc) {
		free(live);
		return rc == -ENODATA ? 0 : rc;
	}
	timing->live = live;
	most = live->nr > MANY_SLOTS ? FEW_VICTIMS : VICTIMS;
	timing->room = (live->nr < most ? live->nr : most) * CHANGES_EACH;
	timing->values = calloc(bench->repeats * timing->room, sizeof(double));
	timing->samples = calloc(bench->repeats, sizeof(double));
	return timing->values && timing->samples ? 0 : -ENOMEM;
}

static int torment(struct live *live, const struct trace_slot *victim, double *ticks)
{
	struct index_slot slot = subject_slot(victim), dirty = slot, away = slot;
	int rc = 0;

	dirty.flags ^= 1; /* KVM_MEM_LOG_DIRTY_PAGES */
	away.base_gfn = live->free_gfn;
	rc = rc ? rc : live_change(live, script[0], &slot, &dirty, &ticks[0]);
	rc = rc ? rc : live_change(live, script[1], &dirty, &slot, &ticks[1]);
	rc = rc ? rc : live_change(live, script[2], &slot, NULL, &ticks[2]);
	rc = rc ? rc : live_change(live, script[3], &slot, NULL, &ticks[3]);
	rc = rc ? rc : live_change(live, script[4], &slot, &away, &ticks[4]);
	rc = rc ? rc : live_change(live, script[5], &away, &slot, &ticks[5]);
	return rc;
}

static int pass(struct bench *bench, struct entry *entry, enum replay_class class, int repeat)
{
	struct timing *timing = &entry->timing[class];
	size_t nr = timing->room / CHANGES_EACH;
	double *values = timing->values + (repeat < 0 ? 0 : repeat) * timing->room;
	struct live *live = timing->live;
	int rc = 0;

	(void)bench;
	for (size_t v = 0; !rc && v < nr; v++)
		rc = torment(live, &live->slots[v * live->nr / nr], values + v * CHANGES_EACH);
	if (!rc && nr && heap_mem(live->heap)->bytes > entry->subject.peak_bytes)
		entry->subject.peak_bytes = heap_mem(live->heap)->bytes;
	return rc;
}

/* The median of each kind of change in one pass, or over all passes. */
static void by_kind(const struct timing *timing, size_t from, size_t to, double *scratch,
		    double kinds[TRACE_NR_CHANGE_OPS])
{
	for (int op = 0; op < TRACE_NR_CHANGE_OPS; op++) {
		size_t nr = 0;

		for (size_t i = from; i < to; i++)
			if ((int)script[i % CHANGES_EACH] == op)
				scratch[nr++] = timing->values[i];
		kinds[op] = bench_median(scratch, nr);
	}
}

static double weighed(const struct trace *trace, const double kinds[TRACE_NR_CHANGE_OPS])
{
	double counts[TRACE_NR_CHANGE_OPS] = { 0 }, total = 0, sum = 0;

	for (size_t i = 0; i < trace->nr_changes; i++)
		counts[trace->changes[i].op]++;
	for (int op = 0; op < TRACE_NR_CHANGE_OPS; op++) {
		double weight = trace->nr_changes ? counts[op] : 1;

		total += weight;
		sum += weight * kinds[op];
	}
	return sum / total;
}

static int finish(struct bench *bench, struct entry *entry, enum replay_class class)
{
	struct timing *timing = &entry->timing[class];
	size_t all = bench->repeats * timing->room;
	double *scratch = calloc(all + bench->repeats, sizeof(*scratch));
	double kinds[TRACE_NR_CHANGE_OPS];

	if (!scratch)
		return -ENOMEM;
	timing->floor = entry->floor ? entry->floor->timing[class].floor : 0;
	for (size_t i = 0; timing->samples && i < all; i++)
		timing->values[i] -= timing->floor;
	for (unsigned int r = 0; timing->samples && r < bench->repeats; r++) {
		by_kind(timing, r * timing->room, (r + 1) * timing->room, scratch, kinds);
		timing->samples[r] = weighed(entry->plan->trace, kinds);
	}
	if (timing->samples) {
		timing->nr_values = all;
		by_kind(timing, 0, all, scratch, kinds);
		timing->more = json_object();
		for (int op = 0; op < TRACE_NR_CHANGE_OPS; op++)
			json_object_set_new(timing->more, trace_change_names[op],
					    json_pack("[f]", kinds[op]));
	}
	for (unsigned int r = 0; timing->samples && !entry->floor && r < bench->repeats; r++)
		scratch[r] = timing->samples[r];
	if (timing->samples && !entry->floor)
		timing->floor = bench_median(scratch, bench->repeats);
	free(scratch);
	return 0;
}

const struct mode_ops mode_update = {
	.name = "update",
	.summary = "cost of a slot change: create, delete, move, flags, published as KVM does",
	.only_class = "update",
	.once = true,
	.prepare = prepare,
	.pass = pass,
	.finish = finish,
};
