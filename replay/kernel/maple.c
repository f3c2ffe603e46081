// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own lib/maple_tree.c: slots as ranges, id + 1 as a value entry. Its loads are not
 * recorded, so touch() says unknown; callgrind has the lines.
 */
#include <errno.h>
#include <linux/maple_tree.h>
#include <linux/xarray.h>

#include "replay/index/loops.h"
#include "replay/kernel/slab.h"

struct index {
	struct maple_tree tree;
	struct index_mem *mem;
};

static inline unsigned int kernel_maple_find(struct index *index, uint64_t gfn)
{
	void *entry = mtree_load(&index->tree, gfn);

	LINES_UNKNOWN();
	return entry ? xa_to_value(entry) - 1 : SLOT_NONE;
}

static struct index *kernel_maple_create(struct index_mem *mem, struct index *twin)
{
	static bool initialised;
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	(void)twin;
	if (!initialised)
		maple_tree_init();
	initialised = true;
	if (!index)
		return NULL;
	mt_init_flags(&index->tree, 0);
	index->mem = mem;
	return index;
}

static void kernel_maple_destroy(struct index *index)
{
	slab_mem = index->mem;
	mtree_destroy(&index->tree);
	index->mem->free(index->mem, index, sizeof(*index));
}

static int kernel_maple_insert(struct index *index, const struct index_slot *slot)
{
	slab_mem = index->mem;
	return mtree_store_range(&index->tree, slot->base_gfn, slot->base_gfn + slot->npages - 1,
				 xa_mk_value(slot->id + 1), GFP_KERNEL);
}

static int kernel_maple_remove(struct index *index, const struct index_slot *slot)
{
	slab_mem = index->mem;
	mtree_erase(&index->tree, slot->base_gfn);
	return 0;
}

static int kernel_maple_move(struct index *index, const struct index_slot *old,
			     const struct index_slot *slot)
{
	int rc;

	if (old->base_gfn == slot->base_gfn && old->npages == slot->npages)
		return 0; /* flags, which this does not hold */
	kernel_maple_remove(index, old);
	rc = kernel_maple_insert(index, slot);
	if (rc)
		kernel_maple_insert(index, old);
	return rc;
}

static const char *kernel_maple_check(const struct index *index)
{
	return index->mem ? NULL : "no memory to count";
}

INDEX_LOOPS(kernel_maple)

INDEX_DEFINE(kernel_maple) = {
	INDEX_FUNCTIONS(kernel_maple),
	.name = "kernel-maple",
	.mirrors = "the kernel's lib/maple_tree.c, mtree_load()",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
