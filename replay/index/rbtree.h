/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rbtree and rbtree-last share: 5.17's red-black tree by rising base_gfn over separately
 * allocated slots; memslot.h draws them. Each visited node is one new line, and a miss walks to a
 * NULL child.
 *
 * Insert and remove O(log n); a move to the same base replaces the node, O(1). As
 * kvm_replace_memslot() does, an update takes the last-used slot along.
 */
#ifndef REPLAY_INDEX_RBTREE_H
#define REPLAY_INDEX_RBTREE_H

#include "replay/index/loops.h"
#include "replay/index/memslot.h"

#define slot_of(node, idx)                                                                         \
	((struct slot *)((char *)((node) - (idx)) - offsetof(struct slot, gfn_node)))

/* The id, from the line that has just been read. */
static inline unsigned int slot_id(struct index *index, const struct slot *slot)
{
	return LOAD_ALSO(slot->gfn_node[LOAD_ALSO(index->node_idx)].up) >> 48;
}

/* The slot that holds @gfn, or NULL. */
static inline struct slot *rbtree_walk(struct index *index, uint64_t gfn)
{
	int idx = LOAD(index->node_idx);
	struct rb_node *node = LOAD_ALSO(index->gfn_tree);

	while (node) {
		struct slot *slot = slot_of(node, idx);

		if (gfn >= LOAD(slot->base_gfn)) {
			if (gfn < slot->base_gfn + LOAD_ALSO(slot->npages))
				return slot;
			node = LOAD_ALSO(node->child[1]);
		} else {
			node = LOAD_ALSO(node->child[0]);
		}
	}
	return NULL;
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

	if (index->last_used_slot == slot)
		index->last_used_slot = NULL;
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
	if (index->last_used_slot == old)
		index->last_used_slot = slot;
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

static const char *rbtree_check(const struct index *index)
{
	struct rb_node *node = rb_first(index->gfn_tree);
	bool last_seen = !index->last_used_slot;
	uint64_t end = 0;

	for (; node; node = rb_next(node)) {
		const struct slot *slot = slot_of(node, index->node_idx);

		if (slot->base_gfn < end)
			return "slots overlap or stand out of order";
		if (rb_tag(node) != slot->id)
			return "the node's tag is not the id";
		if (!slot->nr_sets || slot->nr_sets > 2)
			return "wrong number of sets";
		last_seen |= index->last_used_slot == slot;
		end = slot->base_gfn + slot->npages;
	}
	if (!last_seen)
		return "the last-used slot is none of the set's";
	return rb_check(index->gfn_tree);
}

#define rbtree_create  memslots_create
#define rbtree_destroy memslots_destroy

#endif
