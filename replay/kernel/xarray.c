// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own lib/xarray.c: a slot is stored over its range, which the xarray cuts into
 * aligned powers of two, with id + 1 as a value entry. Its loads are not recorded, so touch() says
 * unknown; callgrind has the lines.
 */
#include <errno.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "replay/index/loops.h"
#include "replay/kernel/slab.h"

struct index {
	struct xarray xa;
	struct index_mem *mem;
};

static inline unsigned int kernel_xarray_find(struct index *index, uint64_t gfn)
{
	void *entry = xa_load(&index->xa, gfn);

	LINES_UNKNOWN();
	return entry ? xa_to_value(entry) - 1 : SLOT_NONE;
}

#ifndef INDEX_TOUCH
/* Of lib/radix-tree.c, which is not here. */
struct kmem_cache *radix_tree_node_cachep;

void radix_tree_node_rcu_free(struct rcu_head *head);
void radix_tree_node_rcu_free(struct rcu_head *head)
{
	struct xa_node *node = container_of(head, struct xa_node, rcu_head);

	kmem_cache_free(radix_tree_node_cachep, node);
}

static void node_init(void *p)
{
	struct xa_node *node = p;

	INIT_LIST_HEAD(&node->private_list);
}
#else
static void node_init(void *p)
{
	(void)p;
}
extern struct kmem_cache *radix_tree_node_cachep;
#endif

static struct index *kernel_xarray_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	(void)twin;
	if (!radix_tree_node_cachep)
		radix_tree_node_cachep = kmem_cache_create(
			"radix_tree_node", sizeof(struct xa_node), 64, 0, node_init);
	if (!index)
		return NULL;
	xa_init(&index->xa);
	index->mem = mem;
	return index;
}

static void kernel_xarray_destroy(struct index *index)
{
	slab_mem = index->mem;
	xa_destroy(&index->xa);
	index->mem->free(index->mem, index, sizeof(*index));
}

static int store(struct index *index, const struct index_slot *slot, void *entry)
{
	slab_mem = index->mem;
	return xa_err(xa_store_range(&index->xa, slot->base_gfn, slot->base_gfn + slot->npages - 1,
				     entry, GFP_KERNEL));
}

static int kernel_xarray_remove(struct index *index, const struct index_slot *slot)
{
	store(index, slot, NULL);
	return 0;
}

static int kernel_xarray_insert(struct index *index, const struct index_slot *slot)
{
	int rc = store(index, slot, xa_mk_value(slot->id + 1));

	if (rc)
		kernel_xarray_remove(index, slot);
	return rc;
}

static int kernel_xarray_move(struct index *index, const struct index_slot *old,
			      const struct index_slot *slot)
{
	int rc;

	if (old->base_gfn == slot->base_gfn && old->npages == slot->npages)
		return 0; /* flags, which this does not hold */
	kernel_xarray_remove(index, old);
	rc = kernel_xarray_insert(index, slot);
	if (rc)
		kernel_xarray_insert(index, old);
	return rc;
}

static const char *kernel_xarray_check(const struct index *index)
{
	return index->mem ? NULL : "no memory to count";
}

INDEX_LOOPS(kernel_xarray)

INDEX_DEFINE(kernel_xarray) = {
	INDEX_FUNCTIONS(kernel_xarray),
	.name = "kernel-xarray",
	.mirrors = "the kernel's lib/xarray.c, xa_load()",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
