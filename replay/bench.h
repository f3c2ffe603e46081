/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timing some structures over some plans, side by side.
 *
 *   for each mode: for each repeat: for each structure in this repeat's order:
 *           one discarded pass over all planned lookups, then one measured pass a class
 *
 * so that whatever disturbs the machine meets all structures alike, and sample i of one pairs with
 * sample i of another. The null structure takes its turn like the rest: it is the floor.
 */
#ifndef REPLAY_BENCH_H
#define REPLAY_BENCH_H

#include <jansson.h>

#include "replay/check.h"
#include "replay/live.h"
#include "replay/order.h"
#include "replay/plan.h"
#include "replay/subject.h"

/* Lookups between two readings of the clock: few enough that a slice ends before the scheduler's
 * next tick in nearly every case. */
struct slice {
	size_t window, start, nr;
};

/* One structure, one class, one mode. */
struct timing {
	struct slice *slices;
	size_t nr_slices;
	double *ticks;	/* loops: [repeat * nr_slices + slice], TSC ticks of the slice */
	double *values; /* ticks of one lookup each, of all repeats: what percentiles are taken of
			 */
	size_t nr_values, room;
	double *samples; /* one a repeat: ticks per lookup */
	double floor;	 /* subtracted from all of these */
	size_t disturbed;
	struct live *live; /* mode update: the sets that all passes change and leave as they were */
	json_t *more;	   /* what only this mode knows, each a list of one number; or NULL */
	const char *why;   /* no samples, and this is why */
};

struct entry {
	const struct index_ops *ops;
	const struct plan *plan;
	struct subject subject;
	struct check check; /* of the oracle pass */
	struct check touched[NR_CLASSES];
	struct entry *floor; /* the null structure over the same plan; NULL for itself */
	bool asked;	     /* false: there for the floor only */
	unsigned int place;  /* of the loops, where there are several */
	struct timing timing[NR_CLASSES];
};

struct bench {
	struct entry *entries;
	size_t nr_entries;
	unsigned int repeats;
	struct order_random random;
	int (*interrupted)(void); /* may be NULL */
	uintptr_t *lines;	  /* room for BENCH_MAX_LINES, where touch() puts them */
};

#define BENCH_MAX_LINES	 (1u << 16)
#define BENCH_TICKS_MAX	 (1u << 19) /* of a slice: 0.2 ms at 2.6 GHz */
#define BENCH_PASS_TICKS (1u << 25) /* of a pass: 13 ms; what is slower runs some slices */

struct mode_ops {
	const char *name, *summary;
	const char *only_class; /* the label of its one run; NULL: one run a class */
	bool once; /* cache layers are nothing to it: a structure runs in its first contest only */
	int (*prepare)(struct bench *bench, struct entry *entry, enum replay_class class);
	/* @repeat < 0: discard what is measured. -EILSEQ: a timed answer was wrong. */
	int (*pass)(struct bench *bench, struct entry *entry, enum replay_class class, int repeat);
	/* From ticks or values to samples; the floor's are finished first. */
	int (*finish)(struct bench *bench, struct entry *entry, enum replay_class class);
};

#define MODE_LIST(MODE)                                                                            \
	MODE(batch) MODE(chain) MODE(single) MODE(cold) MODE(paced) MODE(update) MODE(threads)
#define MODE(name) extern const struct mode_ops mode_##name;
MODE_LIST(MODE)
#undef MODE
extern const struct mode_ops *const mode_table[]; /* ends with NULL */
const struct mode_ops *mode_by_name(const char *name);

/* Does the entry sit this mode out? */
bool bench_skips(const struct bench *bench, const struct mode_ops *mode, const struct entry *entry);

/* Run one mode over all entries; results are in their timing. */
int bench_run(struct bench *bench, const struct mode_ops *mode, struct diag *d);
void bench_clear(struct bench *bench); /* free all timing */

/* Middle value, the lower one of two: an interruption only ever adds. Sorts @values; NAN if n = 0.
 */
double bench_median(double *values, size_t n);
double bench_rank(const double *sorted, size_t n, double q); /* nearest rank */

#endif
