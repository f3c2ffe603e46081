// SPDX-License-Identifier: GPL-2.0-only
/*
 * rbtree.h behind the last-used slot of its set, as gfn_to_memslot() goes: a wrong guess costs a
 * compare, often mispredicted, and the line of a slot that is not on the way; a hit writes it.
 *
 * Find O(1) where the slot is that of the hit before, else O(log n).
 */
#include "replay/index/rbtree.h"

static inline unsigned int rbtree_last_find(struct index *index, uint64_t gfn)
{
	struct slot *slot = LOAD(index->last_used_slot);

	if (slot && gfn >= LOAD(slot->base_gfn) && gfn < slot->base_gfn + LOAD_ALSO(slot->npages))
		return slot_id(index, slot);
	slot = rbtree_walk(index, gfn);
	if (!slot)
		return SLOT_NONE;
	REMEMBER(index->last_used_slot, slot);
	return slot_id(index, slot);
}

INDEX_LOOPS(rbtree_last)

INDEX_DEFINE(rbtree_last) = {
	INDEX_UPDATES(rbtree), INDEX_READS(rbtree_last),
	.name = "rbtree-last", .mirrors = "5.17 gfn_to_memslot(), last_used_slot of the VM",
	.kernel_ok = true,     .max_slots = INDEX_MAX_SLOTS,
};
