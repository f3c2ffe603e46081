/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots and sets as 5.17 and later have them, for rbtree, rbtree-last and interval-hva.
 *
 * One slot object serves both sets of KVM: it holds two nodes of each kind, and set i uses number
 * i. kzalloc gives the 264 bytes of struct kvm_memory_slot a 512-byte object, naturally aligned:
 *
 *	byte 0            32            128              176        184      192        264     512
 *	     | id_node[2] | hva_node[2] | gfn_node[0][1] | base_gfn | npages | the rest | waste |
 *	                                '--- one line, all a lookup by gfn reads --'
 *
 * The set's header has the layout of struct kvm_memslots, so that its roots and its node_idx lie on
 * two lines. Updates find slots by id in 128 hash buckets, as KVM's do.
 */
#ifndef REPLAY_INDEX_MEMSLOT_H
#define REPLAY_INDEX_MEMSLOT_H

#include <assert.h>
#include <errno.h>

#include "replay/index/index.h"
#include "replay/index/rb.h"

enum { ID_BUCKETS = 128 };

struct slot {
	struct id_node {
		struct slot *next, **back;
	} id_node[2];
	struct hva_node {
		struct rb_node rb; /* the tag is the id */
		uint64_t start, last, subtree_last;
	} hva_node[2];
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
	struct slot *last_used_slot; /* rbtree-last's; else NULL */
	struct rb_node *hva_tree, *hva_leftmost;
	struct rb_node *gfn_tree;
	struct slot *id_hash[ID_BUCKETS];
	int node_idx;
	/* ours */
	struct index_mem *mem;
	struct index *twin;
};
static_assert(offsetof(struct index, node_idx) == 1064, "as struct kvm_memslots");

static inline struct index *memslots_create(struct index_mem *mem, struct index *twin)
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

static inline struct slot *slot_by_id(const struct index *index, const struct index_slot *want)
{
	struct slot *slot = index->id_hash[want->id % ID_BUCKETS];

	for (; slot; slot = slot->id_node[index->node_idx].next)
		if (slot->id == want->id && slot->base_gfn == want->base_gfn &&
		    slot->npages == want->npages && slot->flags == want->flags)
			return slot;
	return NULL;
}

/* The object for @want: the one that the other set links already, or a new one. */
static inline struct slot *slot_get(struct index *index, const struct index_slot *want)
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
	rb_set_tag(&slot->hva_node[index->node_idx].rb, want->id);
	return slot;
}

static inline void slot_put(struct index *index, struct slot *slot)
{
	if (!--slot->nr_sets)
		index->mem->free(index->mem, slot, sizeof(*slot));
}

static inline void link_id(struct index *index, struct slot *slot)
{
	struct slot **bucket = &index->id_hash[slot->id % ID_BUCKETS];
	struct id_node *node = &slot->id_node[index->node_idx];

	node->next = *bucket;
	node->back = bucket;
	if (node->next)
		node->next->id_node[index->node_idx].back = &node->next;
	*bucket = slot;
}

static inline void unlink_id(struct index *index, struct slot *slot)
{
	struct id_node *node = &slot->id_node[index->node_idx];

	*node->back = node->next;
	if (node->next)
		node->next->id_node[index->node_idx].back = node->back;
}

static inline void memslots_destroy(struct index *index)
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

#endif
