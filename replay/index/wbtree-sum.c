// SPDX-License-Identifier: GPL-2.0-only
/*
 * wbtree.h, reading A of the 2011 rule: a subtree weighs the pages of all its slots.
 *
 * Where the heavier child weighs more than all the rest of the subtree, it rises, or its own inner
 * child does by two rotations: whichever brings more pages nearer to the root, and only if it
 * brings any nearer. So each rotation lowers the sum of pages times depth, and rotating ends. The
 * depth of a slot is about log2(all pages / its own).
 */
#include "replay/index/wbtree.h"

static uint64_t pages(const struct node *node)
{
	return node->npages;
}

/* Pages that come nearer by one step, less those that go one further, if @child on @side rises. */
static int64_t gain_of_child(const struct index *index, uint32_t at, int side)
{
	const struct node *node = &index->nodes[at], *child = &index->nodes[node->child[side]];

	return (int64_t)(child->npages + weight(index, child->child[side])) -
	       (int64_t)(node->npages + weight(index, node->child[!side]));
}

/* The same if the child's inner child rises above both. */
static int64_t gain_of_inner(const struct index *index, uint32_t at, int side)
{
	const struct node *node = &index->nodes[at], *child = &index->nodes[node->child[side]];
	uint32_t inner = child->child[!side];

	if (!inner)
		return INT64_MIN;
	return (int64_t)(weight(index, inner) + index->nodes[inner].npages) -
	       (int64_t)(node->npages + weight(index, node->child[!side]));
}

static int heavier(const struct index *index, uint32_t at)
{
	const struct node *node = &index->nodes[at];

	return weight(index, node->child[1]) > weight(index, node->child[0]);
}

static void fix(struct index *index, uint32_t at)
{
	int side = heavier(index, at);
	uint32_t child = index->nodes[at].child[side];
	int64_t single, twice;

	if (!child || weight(index, child) <= weight(index, at) - weight(index, child))
		return;
	single = gain_of_child(index, at, side);
	twice = gain_of_inner(index, at, side);
	if (single <= 0 && twice <= 0)
		return;
	if (twice > single)
		rotate_up(index, child, !side);
	rotate_up(index, at, side);
}

/* One walk up does not settle the nodes that sank, so no node's balance is promised. */
static const char *broken(const struct index *index, uint32_t at)
{
	return weight(index, at) ? NULL : "a slot without weight";
}

static struct index *wbtree_sum_create(struct index_mem *mem, struct index *twin)
{
	static const struct wbtree_rule rule = { pages, fix, broken };

	(void)twin;
	return wbtree_create(mem, &rule);
}

static inline unsigned int wbtree_sum_find(struct index *index, uint64_t gfn)
{
	return wbtree_find(index, gfn);
}

INDEX_LOOPS(wbtree_sum)

INDEX_DEFINE(wbtree_sum) = {
	INDEX_CHANGES(wbtree),
	INDEX_READS(wbtree_sum),
	.create = wbtree_sum_create,
	.name = "wbtree-sum",
	.mirrors = "new: one reading of the 2011 RFC",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
