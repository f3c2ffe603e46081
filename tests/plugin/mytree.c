// SPDX-License-Identifier: GPL-2.0-only
/* A structure from outside the tree: slots in the order they came, searched from the first. */
#include <errno.h>

#include "replay/index/loops.h"

enum { MAX_SLOTS = 600 };

struct index {
	struct index_mem *mem;
	unsigned int nr;
	struct index_slot slots[MAX_SLOTS];
};

static inline unsigned int mytree_find(struct index *index, uint64_t gfn)
{
	unsigned int nr = LOAD(index->nr);

	for (unsigned int i = 0; i < nr; i++)
		if (gfn - LOAD_ALSO(index->slots[i].base_gfn) < LOAD_ALSO(index->slots[i].npages))
			return LOAD_ALSO(index->slots[i].id);
	return SLOT_NONE;
}

static struct index *mytree_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	(void)twin;
	if (index)
		index->mem = mem;
	return index;
}

static void mytree_destroy(struct index *index)
{
	index->mem->free(index->mem, index, sizeof(*index));
}

static int mytree_insert(struct index *index, const struct index_slot *slot)
{
	if (index->nr == MAX_SLOTS)
		return -ENOSPC;
	index->slots[index->nr++] = *slot;
	return 0;
}

static unsigned int place(const struct index *index, const struct index_slot *slot)
{
	unsigned int i = 0;

	while (index->slots[i].base_gfn != slot->base_gfn)
		i++;
	return i;
}

static int mytree_remove(struct index *index, const struct index_slot *slot)
{
	index->slots[place(index, slot)] = index->slots[--index->nr];
	return 0;
}

static int mytree_move(struct index *index, const struct index_slot *old,
		       const struct index_slot *slot)
{
	index->slots[place(index, old)] = *slot;
	return 0;
}

static const char *mytree_check(const struct index *index)
{
	return index->nr > MAX_SLOTS ? "more slots than there is room" : NULL;
}

INDEX_LOOPS(mytree)

INDEX_DEFINE(mytree) = {
	INDEX_FUNCTIONS(mytree), .name = "mytree",	 .mirrors = "new",
	.kernel_ok = true,	 .max_slots = MAX_SLOTS,
};
