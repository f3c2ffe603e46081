/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counts events around a loop. One file and one line in list.h each.
 *
 * A number that this machine cannot count stays invalid and has a reason; nothing is ever scaled,
 * and nothing missing is 0.
 */
#ifndef REPLAY_COUNTERS_COUNTER_H
#define REPLAY_COUNTERS_COUNTER_H

#include <stdbool.h>

#define COUNT_LIST(COUNT)                                                                          \
	COUNT(INSTRUCTIONS, "instructions")                                                        \
	COUNT(CYCLES, "core_cycles")                                                               \
	COUNT(L1D_MISSES, "l1d_misses")                                                            \
	COUNT(LLC_MISSES, "llc_misses")                                                            \
	COUNT(BRANCH_MISSES, "branch_misses")                                                      \
	COUNT(DTLB_MISSES, "dtlb_misses")

enum count {
#define COUNT(sym, name) COUNT_##sym,
	COUNT_LIST(COUNT)
#undef COUNT
		NR_COUNTS
};
extern const char *const count_names[NR_COUNTS];

struct counter_sample {
	double value[NR_COUNTS];
	const char *why[NR_COUNTS]; /* NULL: the value is valid */
};

struct counter_ops {
	const char *name, *summary;
	bool loops;    /* counts around loops: begin() to end() are set */
	bool separate; /* in a process of its own, under wrapper() */
	/* NULL if it works on this machine, else why not. */
	const char *(*lacks)(void);
	/* begin() clears; between resume() and pause() it counts; end() reads. 0 or -errno. */
	int (*begin)(void);
	void (*resume)(void);
	void (*pause)(void);
	void (*end)(struct counter_sample *sample);
};

extern const struct counter_ops *const counter_table[];	     /* ends with NULL */
const struct counter_ops *counter_by_name(const char *name); /* NULL if there is none */

#endif
