// SPDX-License-Identifier: GPL-2.0-only
/*
 * wbtree.h, reading B of the 2011 rule: no slot lies below a smaller one, "the largest ranges at
 * the top of each subtree" by the letter. Sizes and bases then leave no choice of shape, but for
 * equal sizes (Cartesian tree): where sizes rise or fall with the gfn the tree is a list, and find
 * O(n).
 */
#include <stdlib.h>

#include "replay/index/wbtree.h"

static uint64_t no_weight(const struct node *node)
{
	(void)node;
	return 0;
}

static int larger(const struct index *index, uint32_t at)
{
	const struct node *node = &index->nodes[at];

	return index->nodes[node->child[1]].npages > index->nodes[node->child[0]].npages;
}

/* Sink until no child is larger. Place 0 has no pages. */
static void fix(struct index *index, uint32_t at)
{
	const struct node *node = &index->nodes[at];

	while (index->nodes[node->child[larger(index, at)]].npages > node->npages)
		rotate_up(index, at, larger(index, at));
}

static const char *broken(const struct index *index, uint32_t at)
{
	const struct node *node = &index->nodes[at];

	return index->nodes[node->child[larger(index, at)]].npages > node->npages
		       ? "a slot lies below a smaller one"
		       : NULL;
}

static struct index *wbtree_heap_create(struct index_mem *mem, struct index *twin)
{
	static const struct wbtree_rule rule = { no_weight, fix, broken };

	(void)twin;
	return wbtree_create(mem, &rule);
}

static int by_base(const void *a, const void *b, void *nodes)
{
	const struct node *x = (struct node *)nodes + *(const uint32_t *)a;
	const struct node *y = (struct node *)nodes + *(const uint32_t *)b;

	return (x->base > y->base) - (x->base < y->base);
}

/* @at lies behind all nodes of the tree; @last of them is the rightmost. Those on the right edge
 * that are smaller sink below it. */
static void append(struct index *index, uint32_t at, uint32_t last)
{
	struct node *node = &index->nodes[at];

	while (last && index->nodes[last].npages < node->npages)
		last = index->nodes[last].parent;
	node->child[0] = last ? index->nodes[last].child[1] : index->root;
	node->parent = last;
	if (node->child[0])
		index->nodes[node->child[0]].parent = at;
	if (last)
		index->nodes[last].child[1] = at;
	else
		index->root = at;
}

/* By rising base each node sinks once, so O(n log n), where inserting them into what may be a list
 * is O(n^2). */
static int wbtree_heap_fill(struct index *index, const struct index_slot *slots, size_t nr)
{
	struct index_mem *mem = index->mem;
	uint32_t *order = mem->alloc(mem, (nr + 1) * sizeof(*order), 64);
	int rc = order ? wbtree_reserve(index, nr) : -ENOMEM;

	for (uint32_t i = 0; !rc && i < nr; i++) {
		order[i + 1] = i + 1;
		index->nodes[i + 1] = node_of(&slots[i]);
	}
	if (!rc) {
		index->nr = nr;
		qsort_r(order + 1, nr, sizeof(*order), by_base, index->nodes);
		for (uint32_t i = 1; i <= nr; i++)
			append(index, order[i], order[i - 1]);
	}
	mem->free(mem, order, (nr + 1) * sizeof(*order));
	return rc;
}

static inline unsigned int wbtree_heap_find(struct index *index, uint64_t gfn)
{
	return wbtree_find(index, gfn);
}

INDEX_LOOPS(wbtree_heap)

INDEX_DEFINE(wbtree_heap) = {
	INDEX_CHANGES(wbtree),
	INDEX_READS(wbtree_heap),
	.create = wbtree_heap_create,
	.fill = wbtree_heap_fill,
	.name = "wbtree-heap",
	.mirrors = "new: one reading of the 2011 RFC",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
