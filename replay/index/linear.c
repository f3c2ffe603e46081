// SPDX-License-Identifier: GPL-2.0-only
/*
 * 2.6.37: the array by slot id, unsorted; a lookup visits every id up to the highest ever used and
 * takes the first range that holds the gfn. Ids without a slot have npages 0 and are visited too.
 * Find O(highest id), update O(1) beside the copy of the set. The size of a slot then was not read;
 * 3.16's 80 bytes are taken.
 */
#include "replay/index/array.h"
#include "replay/index/loops.h"

static inline unsigned int linear_find(struct index *index, uint64_t gfn)
{
	struct array_slot *slot = LOAD(index->slots);
	unsigned int nr = LOAD_ALSO(index->nr);

	LINES(slot, 1);
	for (unsigned int i = 0; i < nr; i++, slot++)
		if (gfn >= LOAD_ALSO(slot->base_gfn) &&
		    gfn < slot->base_gfn + LOAD_ALSO(slot->npages))
			return i;
	return SLOT_NONE;
}

static struct index *linear_create(struct index_mem *mem, struct index *twin)
{
	(void)twin;
	return array_create(mem, 0);
}

static int linear_insert(struct index *index, const struct index_slot *slot)
{
	int rc = array_reserve(index, slot->id + 1);

	if (rc)
		return rc;
	array_set(&index->slots[slot->id], slot);
	if (slot->id >= index->nr)
		index->nr = slot->id + 1;
	return 0;
}

static int linear_remove(struct index *index, const struct index_slot *slot)
{
	memset(&index->slots[slot->id], 0, sizeof(*index->slots));
	return 0;
}

static int linear_move(struct index *index, const struct index_slot *old,
		       const struct index_slot *slot)
{
	(void)old;
	return linear_insert(index, slot);
}

static const char *linear_check(const struct index *index)
{
	for (unsigned int i = 0; i < index->nr; i++)
		if (index->slots[i].npages && index->slots[i].id != i)
			return "slot does not stand at its id";
	return array_check(index);
}

#define linear_destroy array_destroy

INDEX_LOOPS(linear)

INDEX_DEFINE(linear) = {
	INDEX_FUNCTIONS(linear), .clone = array_clone,
	.name = "linear",	 .mirrors = "2.6.37 gfn_to_memslot()",
	.kernel_ok = true,	 .max_slots = INDEX_MAX_SLOTS,
};
