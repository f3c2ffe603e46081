/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics by which two traces are compared and a recipe is fitted: how often, how far back,
 * how long in a row. Histograms count by octave: [k] holds 2^k .. 2^(k+1)-1.
 */
#ifndef WORKLOADS_PROFILE_H
#define WORKLOADS_PROFILE_H

#include "workloads/recipe.h"

/* A page that a class touched. */
struct touched {
	uint64_t key; /* gfn << 3 | class, + 1; 0 is free */
	uint64_t events;
	uint64_t last; /* the class's access that touched it last, counted from 0 */
	uint64_t cold; /* accesses that found it untouched, or touched too long ago to reuse */
};

struct class_profile {
	uint64_t events, cold;
	uint64_t reuse[OCTAVES_MAX]; /* accesses of the class since the page was last touched */
	uint64_t burst[OCTAVES_MAX]; /* bursts of the class on one vCPU */
	uint64_t then[NR_CLASSES];   /* what followed its bursts */
	uint64_t onward; /* accesses to the page behind the vCPU's last one of the class */
	uint64_t writes;
};

struct profile {
	uint64_t events;  /* of those that count */
	uint64_t skipped; /* lookup events, which accompany accesses */
	uint64_t ops[TRACE_NR_OPS];
	struct class_profile classes[NR_CLASSES];
	uint64_t miss_runs[OCTAVES_MAX]; /* accesses in a row, of any vCPU, that no slot backs */
	uint64_t nr_vcpus, *vcpu_events, vcpu_runs;
	uint64_t swapped_pages;
	struct touched *pages; /* open addressing */
	size_t nr_pages, size;
};

/* Mostly sweeps: their order says more than how long ago each page was touched. */
static inline bool profile_sweeps(const struct class_profile *c)
{
	return 2 * c->onward > c->events;
}

/* The class of an op, or -1 where it belongs to none. */
int profile_class(enum trace_op op);

/* Of events[from..to-1]. 0 or -ENOMEM. */
int profile_take(struct profile *p, const struct trace *trace, size_t from, size_t to);
/* NULL where the class never touched the page. */
const struct touched *profile_page(const struct profile *p, int class, uint64_t gfn);
void profile_free(struct profile *p);

/* What two distributions over nr cells have in common: 1 is all, 0 nothing; -1 where one is empty.
 */
double profile_overlap(const uint64_t *a, const uint64_t *b, size_t nr);

#endif
