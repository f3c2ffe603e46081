// SPDX-License-Identifier: GPL-2.0-only
/*
 * 3.19 to 5.16: the array by falling base_gfn; a binary search finds the first slot that starts at
 * or below the gfn, then one range check. The probes read base_gfn only, so a miss costs what a hit
 * costs. The lru_slot that stood before it is a cache layer here. Find O(log n), update O(n).
 *
 * Invariant: base_gfn falls strictly along the array and ranges do not overlap.
 */
#include "replay/index/array.h"
#include "replay/index/loops.h"

/* The first entry that starts at or below @gfn, or nr. */
static inline unsigned int first_below(struct index *index, uint64_t gfn)
{
	struct array_slot *slots = LOAD(index->slots);
	unsigned int start = 0, end = LOAD_ALSO(index->nr);

	while (start < end) {
		unsigned int middle = start + (end - start) / 2;

		if (gfn >= LOAD(slots[middle].base_gfn))
			end = middle;
		else
			start = middle + 1;
	}
	return start;
}

static inline unsigned int bsearch_find(struct index *index, uint64_t gfn)
{
	unsigned int at = first_below(index, gfn);
	struct array_slot *slot = &index->slots[at];

	if (at < index->nr && gfn - LOAD(slot->base_gfn) < LOAD_ALSO(slot->npages))
		return LOAD_ALSO(slot->id);
	return SLOT_NONE;
}

static struct index *bsearch_create(struct index_mem *mem, struct index *twin)
{
	(void)twin;
	return array_create(mem, 0);
}

static int falling_base(const void *a, const void *b)
{
	const struct index_slot *x = *(const struct index_slot *const *)a;
	const struct index_slot *y = *(const struct index_slot *const *)b;

	return (x->base_gfn < y->base_gfn) - (x->base_gfn > y->base_gfn);
}

static int bsearch_fill(struct index *index, const struct index_slot *slots, size_t nr)
{
	return array_fill(index, slots, nr, falling_base);
}

static int bsearch_insert(struct index *index, const struct index_slot *slot)
{
	return array_insert_at(index, first_below(index, slot->base_gfn), slot);
}

static int bsearch_remove(struct index *index, const struct index_slot *slot)
{
	array_remove_at(index, first_below(index, slot->base_gfn));
	return 0;
}

static int bsearch_move(struct index *index, const struct index_slot *old,
			const struct index_slot *slot)
{
	unsigned int at = first_below(index, old->base_gfn);

	if (old->base_gfn == slot->base_gfn) {
		array_set(&index->slots[at], slot);
		return 0;
	}
	array_remove_at(index, at);
	return bsearch_insert(index, slot); /* cannot fail: there is room for the one before */
}

static const char *bsearch_check(const struct index *index)
{
	const struct array_slot *slot = index->slots;

	for (unsigned int i = 0; i + 1 < index->nr; i++, slot++)
		if (slot[1].base_gfn + slot[1].npages > slot->base_gfn)
			return "a slot does not end before the one before it starts";
	for (unsigned int i = 0; i < index->nr; i++)
		if (!index->slots[i].npages)
			return "an empty slot";
	return array_check(index);
}

#define bsearch_destroy array_destroy

INDEX_LOOPS(bsearch)

INDEX_DEFINE(bsearch) = {
	INDEX_FUNCTIONS(bsearch),
	.fill = bsearch_fill,
	.clone = array_clone,
	.name = "bsearch",
	.mirrors = "3.19 search_memslots() without lru_slot",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
