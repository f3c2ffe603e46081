/* SPDX-License-Identifier: GPL-2.0-only */
/* How close two traces are: what their distributions have in common, 1 for all and 0 for nothing.
 */
#ifndef WORKLOADS_COMPARE_H
#define WORKLOADS_COMPARE_H

#include "workloads/profile.h"

struct comparison {
	struct profile a, b;
	double ops;		  /* overlap of the shares per op */
	double reuse[NR_CLASSES]; /* of the distances between accesses to one page; -1: no pair */
	double burst[NR_CLASSES]; /* of the runs of a class on one vCPU */
	double miss_runs;
};

/* 0 or -ENOMEM. */
int compare_traces(const struct trace *a, const struct trace *b, struct comparison *c);
void comparison_free(struct comparison *c);

/* The middle of a histogram by octaves, as its octave's lower bound; 0 for an empty one. */
uint64_t compare_median(const uint64_t octaves[OCTAVES_MAX]);

#endif
