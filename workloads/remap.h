/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorded stream on another slot layout: the same accesses in the same order by the same vCPUs
 * at the same times, each served by the same layer; only where the pages lie is new.
 *
 * The pages of each class keep their order. They are dealt in blocks to the slots (or emulated
 * windows) of that class in proportion to size, so neighbours stay neighbours within a block; where
 * the class has fewer pages than were touched, neighbours fall together.
 */
#ifndef WORKLOADS_REMAP_H
#define WORKLOADS_REMAP_H

#include "workloads/layout.h"

struct remapped {
	uint64_t events, changes;
	uint64_t built; /* slot changes before the first access, left out: the layout stands */
	uint64_t substituted; /* changes that became a flags change, because no slot was free for
				 them */
	uint64_t joined;      /* touched pages that had to share one */
};

int remap(const struct trace *trace, const struct layout *layout, const char *path, bool force,
	  struct remapped *done, struct diag *d);

#endif
