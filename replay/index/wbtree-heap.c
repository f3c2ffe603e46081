// SPDX-License-Identifier: GPL-2.0-only
/*
 * wbtree.h, reading B of the 2011 rule: no slot lies below a smaller one, "the largest ranges at
 * the top of each subtree" by the letter. Sizes and bases then leave no choice of shape, but for
 * equal sizes (Cartesian tree): where sizes rise or fall with the gfn the tree is a list, and find
 * O(n).
 */
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

static inline unsigned int wbtree_heap_find(struct index *index, uint64_t gfn)
{
	return wbtree_find(index, gfn);
}

INDEX_LOOPS(wbtree_heap)

INDEX_DEFINE(wbtree_heap) = {
	INDEX_CHANGES(wbtree),
	INDEX_READS(wbtree_heap),
	.create = wbtree_heap_create,
	.name = "wbtree-heap",
	.mirrors = "new: one reading of the 2011 RFC",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
