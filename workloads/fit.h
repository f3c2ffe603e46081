/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recipe from a trace: the synthetic twin has its slots, its mix, bursts and transitions, the
 * same reuse distances over the same pages, and its inter-arrival times, phase by phase.
 */
#ifndef WORKLOADS_FIT_H
#define WORKLOADS_FIT_H

#include "workloads/recipe.h"

struct fitted {
	uint64_t events;  /* accesses that the recipe stands for */
	uint64_t skipped; /* lookup events */
	uint64_t dropped; /* first touches of pages that change their nature with the slots */
	size_t phases;
};

int fit(const struct trace *trace, json_t **recipe, struct fitted *fitted, struct diag *d);

#endif
