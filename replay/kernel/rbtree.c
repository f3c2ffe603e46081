// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own lib/rbtree.c under KVM's gfn_tree. The tree is the kernel's; the descent, which
 * KVM has in a header, is ours, with the same tests in the same order. What a lookup reads is one
 * line of the slot, as in the built-in rbtree, which this is the check of:
 *
 *	byte 0       128              176        184           192      512
 *	     | ... | gfn_node[0][1] | base_gfn | npages, id | ... waste |
 *
 * The id is in the low 16 bits beside npages, since KVM's answer is the slot's address.
 */
#include <errno.h>
#include <linux/rbtree.h>

#include "replay/index/loops.h"

struct slot {
	unsigned char before[128];
	struct rb_node gfn_node[2];
	uint64_t base_gfn;
	uint64_t npages_id;
	unsigned int nr_sets; /* that link it */
	unsigned char behind[68];
};

struct index {
	uint64_t generation, last_used_slot, hva_tree[2];
	struct rb_root gfn_tree;
	unsigned char id_hash[1024];
	int node_idx;
	struct index_mem *mem;
	struct index *twin;
};

_Static_assert(offsetof(struct slot, gfn_node) == 128 && sizeof(struct slot) == 264,
	       "as struct kvm_memory_slot");
_Static_assert(offsetof(struct index, node_idx) == 1064, "as struct kvm_memslots");

enum { SLOT_BYTES = sizeof(struct slot), MAX_PAGES_BITS = 47 };

static inline struct slot *slot_of(struct rb_node *node, int idx)
{
	return (struct slot *)((char *)(node - idx) - offsetof(struct slot, gfn_node));
}

static inline unsigned int kernel_rbtree_find(struct index *index, uint64_t gfn)
{
	int idx = LOAD(index->node_idx);
	struct rb_node *node = LOAD_ALSO(index->gfn_tree.rb_node);

	while (node) {
		struct slot *slot = slot_of(node, idx);

		if (gfn >= LOAD(slot->base_gfn)) {
			if (gfn < slot->base_gfn + (LOAD_ALSO(slot->npages_id) >> 16))
				return (uint16_t)slot->npages_id;
			node = LOAD_ALSO(node->rb_right);
		} else {
			node = LOAD_ALSO(node->rb_left);
		}
	}
	return SLOT_NONE;
}

static struct index *kernel_rbtree_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	if (!index)
		return NULL;
	index->mem = mem;
	if (twin) {
		index->node_idx = !twin->node_idx;
		index->twin = twin;
		twin->twin = index;
	}
	return index;
}

static struct slot *slot_at(const struct index *index, uint64_t gfn)
{
	struct rb_node *node = index->gfn_tree.rb_node;

	while (node) {
		struct slot *slot = slot_of(node, index->node_idx);

		if (gfn == slot->base_gfn)
			return slot;
		node = gfn > slot->base_gfn ? node->rb_right : node->rb_left;
	}
	return NULL;
}

static uint64_t npages_id(const struct index_slot *slot)
{
	return slot->npages << 16 | slot->id;
}

/* The object that the other set links already, or a new one. */
static struct slot *slot_get(struct index *index, const struct index_slot *want)
{
	struct slot *slot = index->twin ? slot_at(index->twin, want->base_gfn) : NULL;

	if (!slot || slot->npages_id != npages_id(want))
		slot = index->mem->alloc(index->mem, SLOT_BYTES, 512);
	if (!slot)
		return NULL;
	slot->base_gfn = want->base_gfn;
	slot->npages_id = npages_id(want);
	slot->nr_sets++;
	return slot;
}

static void slot_put(struct index *index, struct slot *slot)
{
	if (!--slot->nr_sets)
		index->mem->free(index->mem, slot, SLOT_BYTES);
}

static void slot_link(struct index *index, struct slot *slot)
{
	struct rb_node **link = &index->gfn_tree.rb_node, *parent = NULL;
	int idx = index->node_idx;

	while (*link) {
		parent = *link;
		link = slot->base_gfn < slot_of(parent, idx)->base_gfn ? &parent->rb_left
								       : &parent->rb_right;
	}
	rb_link_node(&slot->gfn_node[idx], parent, link);
	rb_insert_color(&slot->gfn_node[idx], &index->gfn_tree);
}

static int kernel_rbtree_insert(struct index *index, const struct index_slot *want)
{
	struct slot *slot;

	if (want->npages >> MAX_PAGES_BITS)
		return -ENOSPC;
	slot = slot_get(index, want);
	if (!slot)
		return -ENOMEM;
	slot_link(index, slot);
	return 0;
}

static int kernel_rbtree_remove(struct index *index, const struct index_slot *gone)
{
	struct slot *slot = slot_at(index, gone->base_gfn);

	rb_erase(&slot->gfn_node[index->node_idx], &index->gfn_tree);
	slot_put(index, slot);
	return 0;
}

/* As KVM replaces a slot: in the old one's place if the base stays. */
static int kernel_rbtree_move(struct index *index, const struct index_slot *from,
			      const struct index_slot *to)
{
	struct slot *old = slot_at(index, from->base_gfn), *slot;
	int idx = index->node_idx;

	if (from->base_gfn == to->base_gfn && from->npages == to->npages)
		return 0; /* flags, which this does not hold */
	if (to->npages >> MAX_PAGES_BITS)
		return -ENOSPC;
	slot = slot_get(index, to);
	if (!slot)
		return -ENOMEM;
	if (from->base_gfn == to->base_gfn) {
		rb_replace_node(&old->gfn_node[idx], &slot->gfn_node[idx], &index->gfn_tree);
	} else {
		rb_erase(&old->gfn_node[idx], &index->gfn_tree);
		slot_link(index, slot);
	}
	slot_put(index, old);
	return 0;
}

static void kernel_rbtree_destroy(struct index *index)
{
	while (index->gfn_tree.rb_node) {
		struct slot *slot = slot_of(index->gfn_tree.rb_node, index->node_idx);

		rb_erase(index->gfn_tree.rb_node, &index->gfn_tree);
		slot_put(index, slot);
	}
	if (index->twin)
		index->twin->twin = NULL;
	index->mem->free(index->mem, index, sizeof(*index));
}

static const char *kernel_rbtree_check(const struct index *index)
{
	const struct slot *last = NULL;

	for (struct rb_node *node = rb_first(&index->gfn_tree); node; node = rb_next(node)) {
		struct slot *slot = slot_of(node, index->node_idx);

		if (last && last->base_gfn + (last->npages_id >> 16) > slot->base_gfn)
			return "slots are out of order or overlap";
		last = slot;
	}
	return NULL;
}

INDEX_LOOPS(kernel_rbtree)

INDEX_DEFINE(kernel_rbtree) = {
	INDEX_FUNCTIONS(kernel_rbtree),
	.name = "kernel-rbtree",
	.mirrors = "the kernel's lib/rbtree.c, KVM's gfn_tree",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
