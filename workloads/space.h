/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages that one class of accesses walks, numbered 0..npages-1 in the order of their gfns, and
 * spread in blocks over the slots (or, for emulated pages, the windows) of a layout:
 *
 *   index   0 1 2 3 | 4 5 | 6 7 8        a region is a run of pages at the start of one slot
 *   slot    #2      | #3  | #7
 *
 * An index costs a guess from a guide table and a step or two.
 */
#ifndef WORKLOADS_SPACE_H
#define WORKLOADS_SPACE_H

#include "workloads/recipe.h"

struct region {
	uint64_t first; /* index of its first page */
	uint64_t base_gfn;
	uint64_t tag;  /* of an emulated page: its number among all of the layout */
	uint16_t slot; /* or TRACE_NO_SLOT */
};

struct space {
	struct region *regions; /* one more than nr: its .first is npages */
	size_t nr;
	uint64_t npages;
	uint32_t *guide; /* region of index i << shift */
	int shift;
};

/*
 * At most @working_set pages of @class, by size or the same number in each. With fewer pages than
 * that there are fewer. 0, -ENOMEM, or -ENOENT where the layout has no page of the class.
 */
int space_init(struct space *space, const struct layout *layout, enum access_class class,
	       uint64_t working_set, enum spread spread);
/* Exactly these extents, in their order. -EINVAL and *bad where one is not within one slot or
 * window of the class, or where there are 2^32 pages or more. */
int space_init_extents(struct space *space, const struct layout *layout, enum access_class class,
		       const struct extent *extents, size_t nr, size_t *bad);
void space_free(struct space *space);

static inline const struct region *space_region(const struct space *space, uint64_t index)
{
	const struct region *r = &space->regions[space->guide[index >> space->shift]];

	while (r[1].first <= index)
		r++;
	return r;
}

#endif
