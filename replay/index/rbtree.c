// SPDX-License-Identifier: GPL-2.0-only
/*
 * 5.17 and later: a red-black tree by rising base_gfn over separately allocated slots.
 *
 * One slot object serves both sets of KVM: it holds two nodes of each kind, and set i uses number
 * i. kzalloc gives the 264 bytes of struct kvm_memory_slot a 512-byte object, naturally aligned:
 *
 *	byte 0            32            128              176        184      192        264     512
 *	     | id_node[2] | hva_node[2] | gfn_node[0][1] | base_gfn | npages | the rest | waste |
 *	                                '---- one line, all that a lookup reads ---'
 *
 * hva_node is space here: lookups by hva are interval-hva's. The set's header has the layout of
 * struct kvm_memslots, so that its root and its node_idx lie on two lines.
 *
 * Find O(log n), to a NULL child on a miss. Insert and remove O(log n); a move to the same base
 * replaces the node, O(1). Updates find slots by id in 128 hash buckets, as KVM's do.
 */
#include <assert.h>
#include <errno.h>

#include "replay/index/loops.h"
#include "replay/index/rb.h"

enum { ID_BUCKETS = 128 };

struct slot {
	struct id_node {
		struct slot *next, **back;
	} id_node[2];
	uint8_t hva_node[2][48];
	struct rb_node gfn_node[2]; /* the tag is the id */
	uint64_t base_gfn, npages;
	uint32_t id, flags;
	unsigned int nr_sets; /* that link it */
	uint8_t unread[60];
};
static_assert(offsetof(struct slot, gfn_node) == 128 && offsetof(struct slot, npages) == 184,
	      "what a lookup reads is one line");
static_assert(sizeof(struct slot) == 264, "as struct kvm_memory_slot");

struct index {
	uint64_t generation;
	uint64_t last_used_slot;
	uint64_t hva_tree[2];
	struct rb_node *gfn_tree;
	struct slot *id_hash[ID_BUCKETS];
	int node_idx;
	/* ours */
	struct index_mem *mem;
	struct index *twin;
};
static_assert(offsetof(struct index, node_idx) == 1064, "as struct kvm_memslots");

#define slot_of(node, idx)                                                                         \
	((struct slot *)((char *)((node) - (idx)) - offsetof(struct slot, gfn_node)))

static inline unsigned int rbtree_find(struct index *index, uint64_t gfn)
{
	int idx = LOAD(index->node_idx);
	struct rb_node *node = LOAD_ALSO(index->gfn_tree);

	while (node) {
		struct slot *slot = slot_of(node, idx);

		if (gfn >= LOAD(slot->base_gfn)) {
			if (gfn < slot->base_gfn + LOAD_ALSO(slot->npages))
				return LOAD_ALSO(node->up) >> 48;
			node = LOAD_ALSO(node->child[1]);
		} else {
			node = LOAD_ALSO(node->child[0]);
		}
	}
	return SLOT_NONE;
}

static struct index *rbtree_create(struct index_mem *mem, struct index *twin)
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

static struct slot *slot_by_id(const struct index *index, const struct index_slot *want)
{
	struct slot *slot = index->id_hash[want->id % ID_BUCKETS];

	for (; slot; slot = slot->id_node[index->node_idx].next)
		if (slot->id == want->id && slot->base_gfn == want->base_gfn &&
		    slot->npages == want->npages && slot->flags == want->flags)
			return slot;
	return NULL;
}

/* The object for @want: the one that the other set links already, or a new one. */
static struct slot *slot_get(struct index *index, const struct index_slot *want)
{
	struct slot *slot = index->twin ? slot_by_id(index->twin, want) : NULL;

	if (!slot)
		slot = index->mem->alloc(index->mem, sizeof(*slot), 512);
	if (!slot)
		return NULL;
	slot->base_gfn = want->base_gfn;
	slot->npages = want->npages;
	slot->id = want->id;
	slot->flags = want->flags;
	slot->nr_sets++;
	rb_set_tag(&slot->gfn_node[index->node_idx], want->id);
	return slot;
}

static void slot_put(struct index *index, struct slot *slot)
{
	if (!--slot->nr_sets)
		index->mem->free(index->mem, slot, sizeof(*slot));
}

static void link_id(struct index *index, struct slot *slot)
{
	struct slot **bucket = &index->id_hash[slot->id % ID_BUCKETS];
	struct id_node *node = &slot->id_node[index->node_idx];

	node->next = *bucket;
	node->back = bucket;
	if (node->next)
		node->next->id_node[index->node_idx].back = &node->next;
	*bucket = slot;
}

static void unlink_id(struct index *index, struct slot *slot)
{
	struct id_node *node = &slot->id_node[index->node_idx];

	*node->back = node->next;
	if (node->next)
		node->next->id_node[index->node_idx].back = node->back;
}

static void link_gfn(struct index *index, struct slot *slot)
{
	struct rb_node *parent = NULL, *node = index->gfn_tree;
	int side = 0;

	for (; node; node = node->child[side]) {
		parent = node;
		side = slot->base_gfn > slot_of(node, index->node_idx)->base_gfn;
	}
	rb_insert(&index->gfn_tree, &slot->gfn_node[index->node_idx], parent, side, NULL);
}

static int rbtree_insert(struct index *index, const struct index_slot *want)
{
	struct slot *slot = slot_get(index, want);

	if (!slot)
		return -ENOMEM;
	link_id(index, slot);
	link_gfn(index, slot);
	return 0;
}

static int rbtree_remove(struct index *index, const struct index_slot *want)
{
	struct slot *slot = slot_by_id(index, want);

	unlink_id(index, slot);
	rb_erase(&index->gfn_tree, &slot->gfn_node[index->node_idx], NULL);
	slot_put(index, slot);
	return 0;
}

static int rbtree_move(struct index *index, const struct index_slot *from,
		       const struct index_slot *to)
{
	struct slot *old = slot_by_id(index, from), *slot = slot_get(index, to);
	int idx = index->node_idx;

	if (!slot)
		return -ENOMEM;
	unlink_id(index, old);
	link_id(index, slot);
	if (old->base_gfn == slot->base_gfn) {
		rb_replace(&index->gfn_tree, &old->gfn_node[idx], &slot->gfn_node[idx]);
	} else {
		rb_erase(&index->gfn_tree, &old->gfn_node[idx], NULL);
		link_gfn(index, slot);
	}
	slot_put(index, old);
	return 0;
}

static void rbtree_destroy(struct index *index)
{
	for (unsigned int i = 0; i < ID_BUCKETS; i++) {
		while (index->id_hash[i]) {
			struct slot *slot = index->id_hash[i];

			unlink_id(index, slot);
			slot_put(index, slot);
		}
	}
	if (index->twin)
		index->twin->twin = NULL;
	index->mem->free(index->mem, index, sizeof(*index));
}

static const char *rbtree_check(const struct index *index)
{
	struct rb_node *node = rb_first(index->gfn_tree);
	uint64_t end = 0;

	for (; node; node = rb_next(node)) {
		const struct slot *slot = slot_of(node, index->node_idx);

		if (slot->base_gfn < end)
			return "slots overlap or stand out of order";
		if (rb_tag(node) != slot->id)
			return "the node's tag is not the id";
		if (!slot->nr_sets || slot->nr_sets > 2)
			return "wrong number of sets";
		end = slot->base_gfn + slot->npages;
	}
	return rb_check(index->gfn_tree);
}

INDEX_LOOPS(rbtree)

INDEX_DEFINE(rbtree) = {
	INDEX_FUNCTIONS(rbtree),
	.name = "rbtree",
	.mirrors = "5.17 search_memslots() over gfn_tree",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
