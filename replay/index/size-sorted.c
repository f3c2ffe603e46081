// SPDX-License-Identifier: GPL-2.0-only
/*
 * 3.3 to 3.18: the array with the largest slot first, searched in that order up to the first entry
 * of no pages. RAM is found at once; a miss visits all slots. Find O(n), update O(n).
 *
 * Invariant: npages never rises along the array; slots of equal size stand in the order they came.
 */
#include "replay/index/array.h"
#include "replay/index/loops.h"

static inline unsigned int size_sorted_find(struct index *index, uint64_t gfn)
{
	struct array_slot *slot = LOAD(index->slots);

	LINES(slot, 1);
	for (; LOAD_ALSO(slot->npages); slot++)
		if (gfn >= LOAD_ALSO(slot->base_gfn) && gfn < slot->base_gfn + slot->npages)
			return LOAD_ALSO(slot->id);
	return SLOT_NONE;
}

static struct index *size_sorted_create(struct index_mem *mem, struct index *twin)
{
	(void)twin;
	return array_create(mem, 0);
}

/* The first entry that is smaller than @npages. */
static unsigned int place_of(const struct index *index, uint64_t npages)
{
	unsigned int start = 0, end = index->nr;

	while (start < end) {
		unsigned int middle = (start + end) / 2;

		if (index->slots[middle].npages < npages)
			end = middle;
		else
			start = middle + 1;
	}
	return start;
}

static unsigned int position_of(const struct index *index, const struct index_slot *slot)
{
	unsigned int at = place_of(index, slot->npages);

	while (index->slots[--at].base_gfn != slot->base_gfn)
		; /* among those of equal size */
	return at;
}

/* Of equal size: as they came, which is how they lie. */
static int falling_size(const void *a, const void *b)
{
	const struct index_slot *x = *(const struct index_slot *const *)a;
	const struct index_slot *y = *(const struct index_slot *const *)b;

	if (x->npages == y->npages)
		return (x > y) - (x < y);
	return x->npages < y->npages ? 1 : -1;
}

static int size_sorted_fill(struct index *index, const struct index_slot *slots, size_t nr)
{
	return array_fill(index, slots, nr, falling_size);
}

static int size_sorted_insert(struct index *index, const struct index_slot *slot)
{
	return array_insert_at(index, place_of(index, slot->npages), slot);
}

static int size_sorted_remove(struct index *index, const struct index_slot *slot)
{
	array_remove_at(index, position_of(index, slot));
	return 0;
}

/* As in 3.16, only another size moves the entry. */
static int size_sorted_move(struct index *index, const struct index_slot *old,
			    const struct index_slot *slot)
{
	unsigned int at = position_of(index, old);

	if (old->npages == slot->npages) {
		array_set(&index->slots[at], slot);
		return 0;
	}
	array_remove_at(index, at);
	return size_sorted_insert(index, slot); /* cannot fail: there is room for the one before */
}

static const char *size_sorted_check(const struct index *index)
{
	for (unsigned int i = 0; i < index->nr; i++)
		if (index->slots[i].npages < index->slots[i + 1].npages)
			return "a slot stands before a larger one";
	return array_check(index);
}

#define size_sorted_destroy array_destroy

INDEX_LOOPS(size_sorted)

INDEX_DEFINE(size_sorted) = {
	INDEX_FUNCTIONS(size_sorted),
	.fill = size_sorted_fill,
	.clone = array_clone,
	.name = "size-sorted",
	.mirrors = "3.3 search_memslots(), slots sorted by npages",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
