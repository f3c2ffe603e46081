/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the pages of a class lie: a list of touched pages, folded into few extents. */
#ifndef WORKLOADS_EXTENTS_H
#define WORKLOADS_EXTENTS_H

#include "workloads/layout.h"
#include "workloads/profile.h"

struct extents {
	struct extent *at;
	size_t nr;
	uint64_t dropped; /* accesses to pages that the layout gives to another class */
};

/*
 * The pages of @class with their cold accesses as weight, all where it sweeps. Neighbours join
 * until @most extents are left, the nearest first, but never across the border of a slot. 0 or
 * -ENOMEM.
 */
int extents_of(const struct profile *p, enum access_class class, const struct layout *layout,
	       size_t most, struct extents *extents);

#endif
