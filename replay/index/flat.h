/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No search: the gfn is compared with every slot, whatever the answer; for flat and its SIMD
 *variant.
 *
 *	base[cap] | npages[cap] | id[cap]         three arrays of 64-bit words in one block
 *
 * gfn - base < npages, unsigned, holds for one slot at most. cap is a multiple of 8; unused entries
 * have no pages. All addresses are known at once, so cold lines arrive together: depth 2. Find O(n)
 * without a branch; rebuilt at each change, O(n). For few slots only: more than FLAT_MAX are
 * declined.
 */
#ifndef REPLAY_INDEX_FLAT_H
#define REPLAY_INDEX_FLAT_H

#include "replay/index/loops.h"
#include "replay/index/sorted.h"

enum { FLAT_MAX = 128, FLAT_STEP = 8 };

struct index {
	uint64_t *base; /* npages and id follow */
	unsigned int cap;
	struct index_mem *mem;
	struct sorted sorted;
};

static inline void flat_release(struct index *index)
{
	index->mem->free(index->mem, index->base, 3 * index->cap * sizeof(*index->base));
}

static inline int flat_build(struct index *index)
{
	unsigned int cap = (index->sorted.nr + FLAT_STEP - 1) / FLAT_STEP * FLAT_STEP;
	uint64_t *base;

	if (index->sorted.nr > FLAT_MAX)
		return -ENOSPC;
	cap = cap ? cap : FLAT_STEP;
	base = index->mem->alloc(index->mem, 3 * cap * sizeof(*base), 64);
	if (!base)
		return -ENOMEM;
	for (unsigned int i = 0; i < index->sorted.nr; i++) {
		const struct sorted_slot *slot = &index->sorted.slots[i];

		base[i] = slot->base;
		base[cap + i] = slot->end - slot->base;
		base[2 * cap + i] = slot->id;
	}
	flat_release(index);
	index->base = base;
	index->cap = cap;
	return 0;
}

static inline const char *flat_check(const struct index *index)
{
	const struct sorted_slot *slots = index->sorted.slots;

	if (index->cap % FLAT_STEP || index->cap < index->sorted.nr)
		return "wrong capacity";
	for (unsigned int i = 0; i < index->cap; i++) {
		uint64_t npages = i < index->sorted.nr ? slots[i].end - slots[i].base : 0;

		if (index->base[index->cap + i] != npages)
			return "wrong number of pages";
	}
	return sorted_check(&index->sorted);
}

SORTED_OPS(flat)

#endif
