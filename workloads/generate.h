/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A synthetic trace from a recipe, streamed: memory depends on the recipe, not on the length, and
 * the same recipe, seed and length give the same bytes on every machine.
 */
#ifndef WORKLOADS_GENERATE_H
#define WORKLOADS_GENERATE_H

#include "workloads/recipe.h"

struct generate_options {
	uint64_t events, seed;
	bool force;			/* replace an existing file */
	bool (*go_on)(uint64_t events); /* asked now and then; false ends the trace properly */
};

struct generated {
	uint64_t events, changes;
};

int generate(const struct recipe *recipe, const char *path, const struct generate_options *options,
	     struct generated *done, struct diag *d);

#endif
