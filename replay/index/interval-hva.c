// SPDX-License-Identifier: GPL-2.0-only
/*
 * 5.17 and later, the other question: which slot does a host address belong to? MMU notifiers (host
 * swap, KSM, huge pages) ask it. An interval tree over the slots' host addresses, a red-black tree
 * by start in which each node keeps the largest `last` below it; slots may share host memory, so
 * ranges may overlap, and find() gives the one that starts lowest.
 *
 * It is no rival of the structures by gfn: its find() takes a host page number (by_hva). memslot.h
 * draws the slot; an hva_node crosses a line. KVM keeps bytes where this keeps pages.
 *
 * Find O(log n) for one answer. Insert, remove, move O(log n).
 */
#include "replay/index/loops.h"
#include "replay/index/memslot.h"

static inline struct hva_node *node_of(struct rb_node *rb)
{
	return (struct hva_node *)rb; /* its first member */
}

static inline unsigned int interval_hva_find(struct index *index, uint64_t page)
{
	struct rb_node *rb = LOAD(index->hva_tree);
	struct hva_node *node;

	if (!rb || LOAD(node_of(rb)->subtree_last) < page)
		return SLOT_NONE;
	for (;;) {
		struct rb_node *left = LOAD(rb->child[0]);

		node = node_of(rb);
		if (left && LOAD(node_of(left)->subtree_last) >= page) {
			rb = left; /* if any range holds the page, the lowest is there */
			continue;
		}
		if (LOAD(node->start) > page)
			return SLOT_NONE;
		if (LOAD_ALSO(node->last) >= page)
			return LOAD(rb->up) >> 48;
		rb = LOAD(rb->child[1]);
		if (!rb || LOAD(node_of(rb)->subtree_last) < page)
			return SLOT_NONE;
	}
}

static void augment(struct rb_node *rb)
{
	struct hva_node *node = node_of(rb);

	node->subtree_last = node->last;
	for (int side = 0; side < 2; side++)
		if (rb->child[side] && node_of(rb->child[side])->subtree_last > node->subtree_last)
			node->subtree_last = node_of(rb->child[side])->subtree_last;
}

static void link_hva(struct index *index, struct slot *slot, uint64_t hva)
{
	struct hva_node *node = &slot->hva_node[index->node_idx];
	struct rb_node *parent = NULL, *rb = index->hva_tree;
	int side = 0;

	node->start = hva >> 12;
	node->last = node->start + slot->npages - 1;
	for (; rb; rb = rb->child[side]) {
		parent = rb;
		side = node->start >= node_of(rb)->start;
	}
	rb_insert(&index->hva_tree, &node->rb, parent, side, augment);
}

static int interval_hva_insert(struct index *index, const struct index_slot *want)
{
	struct slot *slot = slot_get(index, want);

	if (!slot)
		return -ENOMEM;
	link_id(index, slot);
	link_hva(index, slot, want->hva);
	return 0;
}

static void take_out(struct index *index, struct slot *slot)
{
	unlink_id(index, slot);
	rb_erase(&index->hva_tree, &slot->hva_node[index->node_idx].rb, augment);
	slot_put(index, slot);
}

static int interval_hva_remove(struct index *index, const struct index_slot *want)
{
	take_out(index, slot_by_id(index, want));
	return 0;
}

static int interval_hva_move(struct index *index, const struct index_slot *from,
			     const struct index_slot *to)
{
	struct slot *old = slot_by_id(index, from);
	int rc = interval_hva_insert(index, to);

	if (!rc)
		take_out(index, old);
	return rc;
}

static const char *interval_hva_check(const struct index *index)
{
	struct rb_node *rb = rb_first(index->hva_tree);
	uint64_t start = 0;

	for (; rb; rb = rb_next(rb)) {
		struct hva_node copy = *node_of(rb);

		if (copy.start < start || copy.last < copy.start)
			return "ranges are out of order or empty";
		start = copy.start;
		augment(&copy.rb);
		if (copy.subtree_last != node_of(rb)->subtree_last)
			return "subtree_last is not the largest below";
	}
	return rb_check(index->hva_tree);
}

#define interval_hva_create  memslots_create
#define interval_hva_destroy memslots_destroy

INDEX_LOOPS(interval_hva)

INDEX_DEFINE(interval_hva) = {
	INDEX_FUNCTIONS(interval_hva),
	.name = "interval-hva",
	.mirrors = "5.17 kvm_handle_hva_range() over hva_tree",
	.kernel_ok = true,
	.by_hva = true,
	.max_slots = INDEX_MAX_SLOTS,
};
