// SPDX-License-Identifier: GPL-2.0-only
/*
 * wbtree.h, reading C of the 2011 rule, as a control: weight is the number of slots, so size has no
 * say. Nievergelt and Reingold's tree with the integer parameters of Hirai and Yamamoto: with one
 * added to each count, no side weighs more than 3 times the other, and the inner grandchild rises
 * by two rotations when it weighs 2 times the outer one or more. Find O(log n).
 */
#include "replay/index/wbtree.h"

static uint64_t one(const struct node *node)
{
	(void)node;
	return 1;
}

enum { DELTA = 3, GAMMA = 2 };

static uint64_t count(const struct index *index, uint32_t at, int side)
{
	return weight(index, index->nodes[at].child[side]) + 1;
}

static bool too_heavy(const struct index *index, uint32_t at, int side)
{
	return count(index, at, side) > DELTA * count(index, at, !side);
}

static void fix(struct index *index, uint32_t at)
{
	int side = too_heavy(index, at, 1);
	uint32_t child = index->nodes[at].child[side];

	if (!too_heavy(index, at, side))
		return;
	if (count(index, child, !side) >= GAMMA * count(index, child, side))
		rotate_up(index, child, !side);
	rotate_up(index, at, side);
}

static const char *broken(const struct index *index, uint32_t at)
{
	return too_heavy(index, at, 0) || too_heavy(index, at, 1) ? "out of balance" : NULL;
}

static struct index *wbtree_count_create(struct index_mem *mem, struct index *twin)
{
	static const struct wbtree_rule rule = { one, fix, broken };

	(void)twin;
	return wbtree_create(mem, &rule);
}

static inline unsigned int wbtree_count_find(struct index *index, uint64_t gfn)
{
	return wbtree_find(index, gfn);
}

INDEX_LOOPS(wbtree_count)

INDEX_DEFINE(wbtree_count) = {
	INDEX_CHANGES(wbtree),
	INDEX_READS(wbtree_count),
	.create = wbtree_count_create,
	.name = "wbtree-count",
	.mirrors = "new: one reading of the 2011 RFC",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
