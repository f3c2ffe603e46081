// SPDX-License-Identifier: GPL-2.0-only
/*
 * Red-black tree, after Cormen et al., ch. 13, without a sentinel: NULL is a black leaf. Left and
 * right are child[0] and child[1], so each mirrored pair of cases is one.
 */
#include "replay/index/rb.h"

#include <stddef.h>

static bool is_red(const struct rb_node *node)
{
	return node && node->up & 1;
}

static void set_red(struct rb_node *node, bool red)
{
	node->up = (node->up & ~1ull) | red;
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->up = (node->up & ~RB_PARENT_MASK) | (uintptr_t)parent;
}

static int side_of(const struct rb_node *parent, const struct rb_node *node)
{
	return parent->child[1] == node;
}

/* Put @node (may be NULL) where @old hangs. */
static void hang(struct rb_node **root, struct rb_node *old, struct rb_node *node)
{
	struct rb_node *parent = rb_parent(old);

	if (!parent)
		*root = node;
	else
		parent->child[side_of(parent, old)] = node;
	if (node)
		set_parent(node, parent);
}

static void augment_path(struct rb_node *node, rb_augment *augment)
{
	for (; augment && node; node = rb_parent(node))
		augment(node);
}

/* @node sinks to @side, its other child takes its place. */
static void rotate(struct rb_node **root, struct rb_node *node, int side, rb_augment *augment)
{
	struct rb_node *top = node->child[!side], *middle = top->child[side];

	hang(root, node, top);
	node->child[!side] = middle;
	if (middle)
		set_parent(middle, node);
	top->child[side] = node;
	set_parent(node, top);
	if (augment) {
		augment(node);
		augment(top);
	}
}

void rb_insert(struct rb_node **root, struct rb_node *node, struct rb_node *parent, int side,
	       rb_augment *augment)
{
	node->child[0] = node->child[1] = NULL;
	set_parent(node, parent);
	set_red(node, true);
	if (parent)
		parent->child[side] = node;
	else
		*root = node;
	augment_path(node, augment);
	while (is_red(parent = rb_parent(node))) {
		struct rb_node *grand = rb_parent(parent); /* a red node is not the root */
		int s = side_of(grand, parent);
		struct rb_node *uncle = grand->child[!s];

		if (is_red(uncle)) {
			set_red(parent, false);
			set_red(uncle, false);
			set_red(grand, true);
			node = grand;
			continue;
		}
		if (side_of(parent, node) != s) {
			rotate(root, parent, s, augment);
			parent = node;
		}
		set_red(parent, false);
		set_red(grand, true);
		rotate(root, grand, !s, augment);
		break;
	}
	set_red(*root, false);
}

/* The subtree at @parent's @side is one black short. */
static void erase_balance(struct rb_node **root, struct rb_node *parent, int side,
			  rb_augment *augment)
{
	while (parent && !is_red(parent->child[side])) {
		struct rb_node *sibling = parent->child[!side], *up = rb_parent(parent);

		if (is_red(sibling)) {
			set_red(sibling, false);
			set_red(parent, true);
			rotate(root, parent, side, augment);
			continue;
		}
		if (!is_red(sibling->child[0]) && !is_red(sibling->child[1])) {
			set_red(sibling, true);
			side = up && side_of(up, parent);
			if (is_red(parent)) {
				set_red(parent, false);
				return;
			}
			parent = up;
			continue;
		}
		if (!is_red(sibling->child[!side])) {
			set_red(sibling->child[side], false);
			set_red(sibling, true);
			rotate(root, sibling, !side, augment);
			sibling = parent->child[!side];
		}
		set_red(sibling, is_red(parent));
		set_red(parent, false);
		set_red(sibling->child[!side], false);
		rotate(root, parent, side, augment);
		return;
	}
	if (parent)
		set_red(parent->child[side], false);
	else if (*root)
		set_red(*root, false);
}

/* The successor, which has no left child, takes the place and the colour of @node. Returns where
 * the tree lost a node: parent and *@side. */
static struct rb_node *swap_successor(struct rb_node **root, struct rb_node *node, int *side,
				      bool *lost_black)
{
	struct rb_node *next = rb_first(node->child[1]), *parent = rb_parent(next);

	*lost_black = !is_red(next);
	*side = 1;
	if (parent == node) {
		parent = next;
	} else {
		*side = 0;
		hang(root, next, next->child[1]);
		next->child[1] = node->child[1];
		set_parent(next->child[1], next);
	}
	hang(root, node, next);
	next->child[0] = node->child[0];
	set_parent(next->child[0], next);
	set_red(next, is_red(node));
	return parent;
}

void rb_erase(struct rb_node **root, struct rb_node *node, rb_augment *augment)
{
	struct rb_node *parent = rb_parent(node);
	bool lost_black = !is_red(node);
	int side = parent && side_of(parent, node);

	if (node->child[0] && node->child[1])
		parent = swap_successor(root, node, &side, &lost_black);
	else
		hang(root, node, node->child[0] ? node->child[0] : node->child[1]);
	augment_path(parent, augment);
	if (lost_black)
		erase_balance(root, parent, side, augment);
}

void rb_replace(struct rb_node **root, struct rb_node *old, struct rb_node *node)
{
	hang(root, old, node);
	set_red(node, is_red(old));
	for (int side = 0; side < 2; side++) {
		node->child[side] = old->child[side];
		if (node->child[side])
			set_parent(node->child[side], node);
	}
}

struct rb_node *rb_first(struct rb_node *root)
{
	while (root && root->child[0])
		root = root->child[0];
	return root;
}

struct rb_node *rb_next(struct rb_node *node)
{
	struct rb_node *parent;

	if (node->child[1])
		return rb_first(node->child[1]);
	while ((parent = rb_parent(node)) && side_of(parent, node))
		node = parent;
	return parent;
}

/* Black height of @node, or 0 when a rule is broken; recursion is at most 2 log2(n) deep. */
static unsigned int check_node(const struct rb_node *node, const char **fault)
{
	unsigned int height[2] = { 1, 1 };

	for (int side = 0; side < 2; side++) {
		const struct rb_node *child = node->child[side];

		if (!child)
			continue;
		if (rb_parent(child) != node)
			*fault = "a child's parent is another node";
		if (is_red(node) && is_red(child))
			*fault = "red below red";
		if (*fault)
			return 0;
		height[side] = check_node(child, fault);
	}
	if (!*fault && height[0] != height[1])
		*fault = "black heights differ";
	return height[0] + !is_red(node);
}

const char *rb_check(const struct rb_node *root)
{
	const char *fault = NULL;

	if (root && (is_red(root) || rb_parent(root)))
		return "the root is red or has a parent";
	if (root)
		check_node(root, &fault);
	return fault;
}
