/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A red-black tree whose nodes are embedded in the owner's objects, of the shape and size of the
 * kernel's rb_node (24 bytes), for rbtree, hybrid and interval-hva.
 *
 *	up:   | tag, the owner's, 16 bits | parent's address, bits 47..1 | red |
 *
 * The tag is ours: the kernel's lookup answers with the object's address, ours must answer with an
 * id, and here it costs no line that the kernel does not read. User addresses have 47 bits.
 */
#ifndef REPLAY_INDEX_RB_H
#define REPLAY_INDEX_RB_H

#include <stdbool.h>
#include <stdint.h>

struct rb_node {
	uint64_t up;
	struct rb_node *child[2]; /* left, right */
};

/* Recompute what @node keeps about its subtree from its children; NULL for plain trees. */
typedef void rb_augment(struct rb_node *node);

#define RB_PARENT_MASK 0x0000fffffffffffeull

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->up & RB_PARENT_MASK);
}

static inline unsigned int rb_tag(const struct rb_node *node)
{
	return node->up >> 48;
}

static inline void rb_set_tag(struct rb_node *node, unsigned int tag)
{
	node->up = (node->up & ~(0xffffull << 48)) | (uint64_t)tag << 48;
}

/* Hang @node below @parent (NULL: it is the root) on @side, and balance. The tag stays. */
void rb_insert(struct rb_node **root, struct rb_node *node, struct rb_node *parent, int side,
	       rb_augment *augment);
void rb_erase(struct rb_node **root, struct rb_node *node, rb_augment *augment);
/* @node takes the place of @old, which has the same key; O(1). Its tag stays. */
void rb_replace(struct rb_node **root, struct rb_node *old, struct rb_node *node);

struct rb_node *rb_first(struct rb_node *root);
struct rb_node *rb_next(struct rb_node *node);

/* NULL, or which rule is broken: links both ways, no red below red, equal black heights. */
const char *rb_check(const struct rb_node *root);

#endif
