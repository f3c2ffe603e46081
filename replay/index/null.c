// SPDX-License-Identifier: GPL-2.0-only
/*
 * No structure at all: what the loop, the reading of the gfn and the checksum cost. The harness
 * subtracts it from every other result and prints it.
 */
#include "replay/index/loops.h"

struct index {
	struct index_mem *mem;
};

static inline unsigned int null_find(struct index *index, uint64_t gfn)
{
	(void)index;
	(void)gfn;
	return SLOT_NONE;
}

static struct index *null_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 8);

	(void)twin;
	if (index)
		index->mem = mem;
	return index;
}

static void null_destroy(struct index *index)
{
	index->mem->free(index->mem, index, sizeof(*index));
}

static int null_insert(struct index *index, const struct index_slot *slot)
{
	(void)index;
	(void)slot;
	return 0;
}

static int null_move(struct index *index, const struct index_slot *old,
		     const struct index_slot *slot)
{
	(void)old;
	return null_insert(index, slot);
}

static const char *null_check(const struct index *index)
{
	return index->mem ? NULL : "no memory to count";
}

#define null_remove null_insert

INDEX_LOOPS(null)

INDEX_DEFINE(null) = {
	INDEX_FUNCTIONS(null), .name = "null", .mirrors = "new: the harness floor",
	.kernel_ok = true,     .floor = true,  .max_slots = INDEX_MAX_SLOTS,
};
