/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of the 2011 RFC "Weight-balanced binary tree + KVM growable memory slots", for
 * wbtree-sum, wbtree-heap and wbtree-count. The RFC's balance rule is not known exactly, so there
 * are three labelled readings of it, one a file: its struct wbtree_rule.
 *
 * The slots are the nodes of a binary search tree by base_gfn and lie in one growing array, linked
 * by their places in it:
 *
 *	place 0: no node | 1 | 2 | ... | nr | (room)
 *	node:    | base | npages | child[2] | id | flags | parent | weight | (what lookups skip) |
 *	byte      0      8        16         24   28      32       40       48                80
 *
 * After a removal the last node moves into the hole (compaction), so nr + 1 places are in use. Find
 * walks down, to no child on a miss, which lies beside small slots: the deepest part of the tree
 * under -sum and -heap.
 */
#ifndef REPLAY_INDEX_WBTREE_H
#define REPLAY_INDEX_WBTREE_H

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "replay/index/loops.h"

struct node {
	uint64_t base, npages;
	uint32_t child[2];
	uint32_t id, flags;
	uint32_t parent, unused;
	uint64_t weight; /* of the subtree */
	uint8_t unread[32];
};
static_assert(sizeof(struct node) == 80, "as array.h's slots");

struct index {
	struct node *nodes;
	uint32_t root, nr, cap; /* nr: without place 0 */
	struct index_mem *mem;
	const struct wbtree_rule *rule; /* for updates only */
};

struct wbtree_rule {
	uint64_t (*weight)(const struct node *node);   /* without its children's */
	void (*fix)(struct index *index, uint32_t at); /* rotate there, if need be */
	const char *(*broken)(const struct index *index, uint32_t at); /* how, or NULL */
};

static inline unsigned int wbtree_find(struct index *index, uint64_t gfn)
{
	const struct node *nodes = LOAD(index->nodes);
	uint32_t at = LOAD_ALSO(index->root);

	while (at) {
		const struct node *node = &nodes[at];

		if (gfn >= LOAD(node->base)) {
			if (gfn < node->base + LOAD_ALSO(node->npages))
				return LOAD_ALSO(node->id);
			at = LOAD_ALSO(node->child[1]);
		} else {
			at = LOAD_ALSO(node->child[0]);
		}
	}
	return SLOT_NONE;
}

static uint64_t weight(const struct index *index, uint32_t at)
{
	return index->nodes[at].weight; /* place 0 weighs nothing */
}

static uint64_t weight_of(const struct index *index, const struct node *node)
{
	return index->rule->weight(node) + weight(index, node->child[0]) +
	       weight(index, node->child[1]);
}

static void weigh(struct index *index, uint32_t at)
{
	index->nodes[at].weight = weight_of(index, &index->nodes[at]);
}

static int side_of(const struct index *index, uint32_t at)
{
	return index->nodes[index->nodes[at].parent].child[1] == at;
}

/* @with (may be 0) hangs where @at did. */
static void hang(struct index *index, uint32_t at, uint32_t with)
{
	uint32_t parent = index->nodes[at].parent;

	if (parent)
		index->nodes[parent].child[side_of(index, at)] = with;
	else
		index->root = with;
	if (with)
		index->nodes[with].parent = parent;
}

/* The child on @side takes the place of @at, which sinks to the other side. */
static void rotate_up(struct index *index, uint32_t at, int side)
{
	struct node *node = &index->nodes[at], *top;
	uint32_t child = node->child[side];

	top = &index->nodes[child];
	hang(index, at, child);
	node->child[side] = top->child[!side];
	if (node->child[side])
		index->nodes[node->child[side]].parent = at;
	top->child[!side] = at;
	node->parent = child;
	weigh(index, at);
	weigh(index, child);
}

static void fix_path(struct index *index, uint32_t at)
{
	while (at) {
		uint32_t parent;

		weigh(index, at);
		index->rule->fix(index, at);
		parent = index->nodes[at].parent; /* if it sank, who rose is looked at again */
		at = parent;
	}
}

static int wbtree_reserve(struct index *index, uint32_t nr)
{
	struct index_mem *mem = index->mem;
	uint32_t cap = index->cap ? index->cap : 8;
	struct node *nodes;

	if (nr + 1 <= index->cap)
		return 0;
	while (cap < nr + 1)
		cap *= 2;
	nodes = mem->alloc(mem, cap * sizeof(*nodes), 64);
	if (!nodes)
		return -ENOMEM;
	if (index->cap)
		memcpy(nodes, index->nodes, (index->nr + 1) * sizeof(*nodes));
	mem->free(mem, index->nodes, index->cap * sizeof(*nodes));
	index->nodes = nodes;
	index->cap = cap;
	return 0;
}

static struct index *wbtree_create(struct index_mem *mem, const struct wbtree_rule *rule)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	if (!index)
		return NULL;
	index->mem = mem;
	index->rule = rule;
	if (!wbtree_reserve(index, 1))
		return index;
	mem->free(mem, index, sizeof(*index));
	return NULL;
}

static void wbtree_destroy(struct index *index)
{
	index->mem->free(index->mem, index->nodes, index->cap * sizeof(*index->nodes));
	index->mem->free(index->mem, index, sizeof(*index));
}

static struct node node_of(const struct index_slot *slot)
{
	return (struct node){
		.base = slot->base_gfn, .npages = slot->npages, .id = slot->id, .flags = slot->flags
	};
}

/* There is room. */
static void add(struct index *index, const struct index_slot *slot)
{
	uint32_t at = ++index->nr, parent = 0;
	int side = 0;

	for (uint32_t next = index->root; next; next = index->nodes[next].child[side]) {
		parent = next;
		side = slot->base_gfn > index->nodes[next].base;
	}
	index->nodes[at] = node_of(slot);
	index->nodes[at].parent = parent;
	if (parent)
		index->nodes[parent].child[side] = at;
	else
		index->root = at;
	fix_path(index, at);
}

static int wbtree_insert(struct index *index, const struct index_slot *slot)
{
	int rc = wbtree_reserve(index, index->nr + 1);

	if (!rc)
		add(index, slot);
	return rc;
}

static uint32_t place_of(const struct index *index, uint64_t base)
{
	uint32_t at = index->root;

	while (index->nodes[at].base != base)
		at = index->nodes[at].child[base > index->nodes[at].base];
	return at;
}

/* The last node moves into the hole at @at. */
static void compact(struct index *index, uint32_t at)
{
	uint32_t last = index->nr--;

	if (last != at) {
		hang(index, last, at);
		index->nodes[at] = index->nodes[last];
		for (int side = 0; side < 2; side++)
			if (index->nodes[at].child[side])
				index->nodes[index->nodes[at].child[side]].parent = at;
	}
	index->nodes[last] = (struct node){ 0 };
}

static uint32_t leftmost(const struct index *index, uint32_t at)
{
	while (index->nodes[at].child[0])
		at = index->nodes[at].child[0];
	return at;
}

/* A node with two children takes over the next slot, whose node then goes instead. */
static uint32_t node_to_remove(struct index *index, uint32_t at)
{
	struct node *node = &index->nodes[at];
	const struct node *next;
	uint32_t victim;

	if (!node->child[0] || !node->child[1])
		return at;
	victim = leftmost(index, node->child[1]);
	next = &index->nodes[victim];
	node->base = next->base;
	node->npages = next->npages;
	node->id = next->id;
	node->flags = next->flags;
	return victim;
}

static int wbtree_remove(struct index *index, const struct index_slot *slot)
{
	uint32_t at = node_to_remove(index, place_of(index, slot->base_gfn));
	const struct node *node = &index->nodes[at];

	hang(index, at, node->child[0] ? node->child[0] : node->child[1]);
	fix_path(index, node->parent);
	compact(index, at);
	return 0;
}

/* Removal leaves room for the new node, so nothing can fail. */
static int wbtree_move(struct index *index, const struct index_slot *old,
		       const struct index_slot *slot)
{
	wbtree_remove(index, old);
	add(index, slot);
	return 0;
}

static uint32_t next_of(const struct index *index, uint32_t at)
{
	if (index->nodes[at].child[1])
		return leftmost(index, index->nodes[at].child[1]);
	while (index->nodes[at].parent && side_of(index, at))
		at = index->nodes[at].parent;
	return index->nodes[at].parent;
}

static const char *check_node(const struct index *index, uint32_t at)
{
	const struct node *node = &index->nodes[at];

	for (int side = 0; side < 2; side++)
		if (node->child[side] && index->nodes[node->child[side]].parent != at)
			return "a child's parent is another node";
	if (node->weight != weight_of(index, node))
		return "wrong weight";
	return index->rule->broken(index, at);
}

static const char *wbtree_check(const struct index *index)
{
	uint32_t seen = 0, at = index->nr ? leftmost(index, index->root) : 0;
	uint64_t end = 0;

	for (; at && seen <= index->nr; at = next_of(index, at), seen++) {
		const char *fault = check_node(index, at);

		if (fault)
			return fault;
		if (at > index->nr)
			return "a hole in the array";
		if (index->nodes[at].base < end)
			return "slots overlap or are out of order";
		end = index->nodes[at].base + index->nodes[at].npages;
	}
	return seen == index->nr ? NULL : "the tree and the array differ in number";
}

#endif
