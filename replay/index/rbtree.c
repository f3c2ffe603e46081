// SPDX-License-Identifier: GPL-2.0-only
/*
 * rbtree.h alone: the last-used slot before it is a cache layer here, whose own cost is not timed;
 * rbtree-last has it inside. Find O(log n).
 */
#include "replay/index/rbtree.h"

static inline unsigned int rbtree_find(struct index *index, uint64_t gfn)
{
	const struct slot *slot = rbtree_walk(index, gfn);

	return slot ? slot_id(index, slot) : SLOT_NONE;
}

INDEX_LOOPS(rbtree)

INDEX_DEFINE(rbtree) = {
	INDEX_FUNCTIONS(rbtree),
	.name = "rbtree",
	.mirrors = "5.17 search_memslots() over gfn_tree",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
