// SPDX-License-Identifier: GPL-2.0-only
/*
 * Like the kernel's maple tree over ranges: a B-tree of 256-byte nodes, 16 entries each, walked by
 *a linear scan of the pivots.
 *
 *	byte 0    8                128              256
 *	     | nr | pivot[0..14]   | entry[0..15]   |
 *
 * Entry i covers the gfns above pivot[i - 1] up to and with pivot[i]; the last one up to the node's
 * own bound. In a leaf an entry is 0 (no slot) or id + 1, so holes are entries as well; above it is
 * the child's address. Nodes hold FILL entries when built. Find O(log n). Unlike the kernel's it is
 * rebuilt at each change, O(n): its update cost is not the maple tree's.
 */
#include "replay/index/loops.h"
#include "replay/index/sorted.h"

enum { WAYS = 16, FILL = 12 };

struct node {
	uint64_t nr;
	uint64_t pivot[WAYS - 1];
	uint64_t entry[WAYS];
};

struct index {
	struct node *root;
	unsigned int nr_levels;
	struct node *nodes; /* one block, leaves first */
	size_t nr_nodes;
	struct index_mem *mem;
	struct sorted sorted;
};

static inline unsigned int maple_find(struct index *index, uint64_t gfn)
{
	const struct node *node = LOAD(index->root);
	unsigned int level = LOAD_ALSO(index->nr_levels);
	uint64_t entry;

	for (;;) {
		unsigned int last = LOAD(node->nr) - 1, i = 0;

		while (i < last && gfn > LOAD_ALSO(node->pivot[i]))
			i++;
		entry = LOAD(node->entry[i]);
		if (!--level)
			return entry ? entry - 1 : SLOT_NONE;
		node = (const struct node *)entry;
	}
}

/* Append to the level whose last node is *@node: up to and with @end it is @entry. */
static void put(struct node **node, uint64_t end, uint64_t entry)
{
	if ((*node)->nr == FILL)
		(*node)++;
	(*node)->pivot[(*node)->nr] = end;
	(*node)->entry[(*node)->nr++] = entry;
}

/* Slots and the holes between them. Returns how many leaves. */
static size_t build_leaves(const struct sorted *sorted, struct node *nodes)
{
	struct node *node = nodes;
	uint64_t next = 0;

	for (unsigned int i = 0; i < sorted->nr; i++) {
		const struct sorted_slot *slot = &sorted->slots[i];

		if (slot->base > next)
			put(&node, slot->base - 1, 0);
		put(&node, slot->end - 1, slot->id + 1);
		next = slot->end;
	}
	if (next <= INDEX_MAX_GFN)
		put(&node, INDEX_MAX_GFN, 0);
	return node - nodes + 1;
}

/* A level of nodes above @below. Returns how many. */
static size_t build_inner(struct node *below, size_t nr, struct node *nodes)
{
	struct node *node = nodes;

	for (size_t i = 0; i < nr; i++)
		put(&node, below[i].pivot[below[i].nr - 1], (uint64_t)&below[i]);
	return node - nodes + 1;
}

/* The most nodes that @nr slots can need. */
static size_t nodes_needed(size_t nr)
{
	size_t level = (2 * nr + 1 + FILL - 1) / FILL, sum = level;

	for (; level > 1; sum += level)
		level = (level + FILL - 1) / FILL;
	return sum;
}

static void maple_release(struct index *index)
{
	index->mem->free(index->mem, index->nodes, index->nr_nodes * sizeof(*index->nodes));
}

static int maple_build(struct index *index)
{
	size_t nr_nodes = nodes_needed(index->sorted.nr), nr;
	struct node *nodes = index->mem->alloc(index->mem, nr_nodes * sizeof(*nodes), 256);
	struct node *level = nodes;
	unsigned int nr_levels = 1;

	if (!nodes)
		return -ENOMEM;
	for (nr = build_leaves(&index->sorted, nodes); nr > 1; nr_levels++) {
		struct node *above = level + nr;

		nr = build_inner(level, nr, above);
		level = above;
	}
	if (index->nodes)
		maple_release(index);
	index->root = level;
	index->nr_levels = nr_levels;
	index->nodes = nodes;
	index->nr_nodes = nr_nodes;
	return 0;
}

/* The node and all below it: pivots rise and end at @high, which the parent says. */
static const char *check_node(const struct node *node, unsigned int level, uint64_t high)
{
	if (!node->nr || node->nr > FILL)
		return "wrong number of entries";
	for (unsigned int i = 0; i < node->nr; i++) {
		const struct node *child = (const struct node *)node->entry[i];
		const char *fault;

		if (i && node->pivot[i] <= node->pivot[i - 1])
			return "pivots do not rise";
		fault = level ? check_node(child, level - 1, node->pivot[i]) : NULL;
		if (fault)
			return fault;
	}
	return node->pivot[node->nr - 1] == high ? NULL : "a node ends before its parent's entry";
}

static const char *maple_check(const struct index *index)
{
	const char *fault = check_node(index->root, index->nr_levels - 1, INDEX_MAX_GFN);

	return fault ? fault : sorted_check(&index->sorted);
}

SORTED_OPS(maple)
INDEX_LOOPS(maple)

INDEX_DEFINE(maple) = {
	INDEX_FUNCTIONS(maple), .fill = maple_fill,
	.name = "maple",	.mirrors = "new: 6.1 mtree_range_walk(), rebuilt at each change",
	.kernel_ok = true,	.max_slots = INDEX_MAX_SLOTS,
};
