// SPDX-License-Identifier: GPL-2.0-only
/*
 * The largest slots in an array by falling size, as 3.3 had all of them, and the rest, devices and
 * their like, in a red-black tree as 5.17 has. RAM is found in the array, and everything else pays
 * for looking there first.
 *
 *	handle: | big[0..BIG-1]: base, npages, slot | tree |
 *	slot:   as rbtree's: 512 bytes, rb_node, base and npages in one line
 *
 * Invariant: no slot of the tree is larger than one of the array, and the array is full if the tree
 * is not empty. Find O(BIG + log n), insert O(log n), remove O(log n), or O(n) when a slot has to
 * rise into the array.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "replay/index/loops.h"
#include "replay/index/rb.h"

enum { BIG = 4 };

struct slot {
	uint8_t before[128];
	struct rb_node rb; /* the tag is the id */
	uint8_t other_set[24];
	uint64_t base, npages;
	uint8_t behind[320];
};
static_assert(sizeof(struct slot) == 512 && offsetof(struct slot, npages) == 184,
	      "as in memslot.h");

struct index {
	struct big {
		uint64_t base, npages; /* 0: no slot here or behind */
		struct slot *slot;
		uint64_t id;
	} big[BIG];
	struct rb_node *tree;
	struct index_mem *mem;
};

#define slot_of(node) ((struct slot *)((char *)(node)-offsetof(struct slot, rb)))

static inline unsigned int hybrid_find(struct index *index, uint64_t gfn)
{
	struct rb_node *node;

	LINES(index, 1);
	for (int i = 0; i < BIG; i++) {
		const struct big *big = &index->big[i];

		if (gfn - LOAD_ALSO(big->base) < LOAD_ALSO(big->npages))
			return LOAD_ALSO(big->id);
	}
	node = LOAD_ALSO(index->tree);
	while (node) {
		struct slot *slot = slot_of(node);

		if (gfn >= LOAD(slot->base)) {
			if (gfn < slot->base + LOAD_ALSO(slot->npages))
				return LOAD_ALSO(node->up) >> 48;
			node = LOAD_ALSO(node->child[1]);
		} else {
			node = LOAD_ALSO(node->child[0]);
		}
	}
	return SLOT_NONE;
}

static struct index *hybrid_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	(void)twin;
	if (index)
		index->mem = mem;
	return index;
}

static void slot_free(struct index *index, struct slot *slot)
{
	index->mem->free(index->mem, slot, sizeof(*slot));
}

static struct slot *slot_new(struct index *index, const struct index_slot *want)
{
	struct slot *slot = index->mem->alloc(index->mem, sizeof(*slot), sizeof(*slot));

	if (!slot)
		return NULL;
	slot->base = want->base_gfn;
	slot->npages = want->npages;
	rb_set_tag(&slot->rb, want->id);
	return slot;
}

static void tree_add(struct index *index, struct slot *slot)
{
	struct rb_node *parent = NULL, *node = index->tree;
	int side = 0;

	for (; node; node = node->child[side]) {
		parent = node;
		side = slot->base > slot_of(node)->base;
	}
	rb_insert(&index->tree, &slot->rb, parent, side, NULL);
}

static struct slot *tree_find(const struct index *index, uint64_t base)
{
	struct rb_node *node = index->tree;

	while (slot_of(node)->base != base)
		node = node->child[base > slot_of(node)->base];
	return slot_of(node);
}

/* Into the array at its place by size; the last entry must be free. */
static void big_add(struct index *index, struct slot *slot)
{
	int at = BIG - 1;

	for (; at > 0 && index->big[at - 1].npages < slot->npages; at--)
		index->big[at] = index->big[at - 1];
	index->big[at] = (struct big){ slot->base, slot->npages, slot, rb_tag(&slot->rb) };
}

static void add(struct index *index, struct slot *slot)
{
	struct big *last = &index->big[BIG - 1];

	if (last->npages >= slot->npages) {
		tree_add(index, slot);
		return;
	}
	if (last->npages)
		tree_add(index, last->slot);
	*last = (struct big){ 0 };
	big_add(index, slot);
}

static struct slot *largest_of_tree(const struct index *index)
{
	struct rb_node *node = rb_first(index->tree);
	struct slot *largest = NULL;

	for (; node; node = rb_next(node))
		if (!largest || slot_of(node)->npages > largest->npages)
			largest = slot_of(node);
	return largest;
}

/* Out of the array, whose gap the largest of the tree fills. */
static struct slot *big_take(struct index *index, int at)
{
	struct slot *slot = index->big[at].slot, *rises;

	memmove(&index->big[at], &index->big[at + 1], (BIG - 1 - at) * sizeof(index->big[0]));
	index->big[BIG - 1] = (struct big){ 0 };
	rises = largest_of_tree(index);
	if (rises) {
		rb_erase(&index->tree, &rises->rb, NULL);
		big_add(index, rises);
	}
	return slot;
}

static struct slot *take(struct index *index, const struct index_slot *want)
{
	struct slot *slot;

	for (int i = 0; i < BIG; i++)
		if (index->big[i].npages && index->big[i].base == want->base_gfn)
			return big_take(index, i);
	slot = tree_find(index, want->base_gfn);
	rb_erase(&index->tree, &slot->rb, NULL);
	return slot;
}

static int hybrid_insert(struct index *index, const struct index_slot *want)
{
	struct slot *slot = slot_new(index, want);

	if (!slot)
		return -ENOMEM;
	add(index, slot);
	return 0;
}

static int hybrid_remove(struct index *index, const struct index_slot *want)
{
	slot_free(index, take(index, want));
	return 0;
}

static int hybrid_move(struct index *index, const struct index_slot *from,
		       const struct index_slot *to)
{
	struct slot *slot = slot_new(index, to);

	if (!slot)
		return -ENOMEM;
	slot_free(index, take(index, from));
	add(index, slot);
	return 0;
}

static void hybrid_destroy(struct index *index)
{
	for (int i = 0; i < BIG && index->big[i].npages; i++)
		slot_free(index, index->big[i].slot);
	while (index->tree) {
		struct slot *slot = slot_of(index->tree);

		rb_erase(&index->tree, &slot->rb, NULL);
		slot_free(index, slot);
	}
	index->mem->free(index->mem, index, sizeof(*index));
}

static const char *hybrid_check(const struct index *index)
{
	struct rb_node *node = rb_first(index->tree);
	uint64_t end = 0;

	for (int i = 0; i + 1 < BIG; i++)
		if (index->big[i].npages < index->big[i + 1].npages)
			return "a slot of the array stands before a larger one";
	for (; node; node = rb_next(node)) {
		if (slot_of(node)->npages > index->big[BIG - 1].npages)
			return "a slot of the tree belongs into the array";
		if (slot_of(node)->base < end)
			return "slots of the tree overlap or are out of order";
		end = slot_of(node)->base + slot_of(node)->npages;
	}
	return rb_check(index->tree);
}

INDEX_LOOPS(hybrid)

INDEX_DEFINE(hybrid) = {
	INDEX_FUNCTIONS(hybrid),      .name = "hybrid", .mirrors = "new", .kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
