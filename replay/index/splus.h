/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A static B+ tree of boundaries, a node being one cache line of eight keys; for splus and its SIMD
 * variants, which differ in how they count.
 *
 *	leaf:  | base 0 | end 0 | base 1 | end 1 | base 2 | end 2 | base 3 | end 3 |   4 slots
 *	inner: | first key of child 1 | ... of child 8 |                               9 children
 *
 *	key:   | 0 0 | gfn, 52 bits | 10 bits of the id: the low half in base, the high one in end |
 *
 * How many keys of the leaf are <= (gfn, 1s) tells all: an odd count is within a slot, whose
 * boundaries hold the id, an even one between slots. So a miss costs what a hit costs, and nothing
 * but one line a level is read: 1 up to 4 slots, 2 to 36, 3 to 324, 4 to 2916, 5 to 26244, 6 above.
 * 62 bits leave the sign alone, as AVX2 compares signed; an end may be 2^52. Nodes of a level lie
 * one after the other, so that child c of node i is node 9 i + c of the next; unused keys are
 *larger than any. Find O(log n) without a branch that depends on data; rebuilt at each change,
 *O(n).
 */
#ifndef REPLAY_INDEX_SPLUS_H
#define REPLAY_INDEX_SPLUS_H

#include "replay/index/loops.h"
#include "replay/index/sorted.h"

enum { SPLUS_KEYS = 8, SPLUS_WAYS = 9, SPLUS_LEVELS = 7, SPLUS_ID_BITS = 10 };
#define SPLUS_ID_MASK ((1ull << SPLUS_ID_BITS) - 1)
#define SPLUS_UNUSED  ((uint64_t)INT64_MAX)

struct splus_node {
	uint64_t key[SPLUS_KEYS];
};

struct index {
	struct splus_node *level[SPLUS_LEVELS]; /* [0]: the leaves; one line with nr_levels */
	unsigned int nr_levels;
	unsigned int nr_nodes; /* of all levels, in one block that starts at the top level */
	struct index_mem *mem;
	struct sorted sorted;
};

/* splus_count() gives how many keys of a node are <= @x. */
static inline __attribute__((always_inline)) unsigned int
splus_search(struct index *index, uint64_t gfn,
	     unsigned int (*splus_count)(const struct splus_node *node, uint64_t x))
{
	uint64_t x = gfn << SPLUS_ID_BITS | SPLUS_ID_MASK;
	unsigned int level = LOAD(index->nr_levels), count;
	const struct splus_node *leaf;
	size_t node = 0;
	uint64_t id, hit;

	LINES_ALSO(index->level, sizeof(index->level));
	while (--level) {
		LINES(&index->level[level][node], sizeof(struct splus_node));
		node = node * SPLUS_WAYS + splus_count(&index->level[level][node], x);
	}
	leaf = &index->level[0][node];
	LINES(leaf, sizeof(*leaf));
	count = splus_count(leaf, x);
	hit = -(uint64_t)(count & 1);
	id = (leaf->key[(count - 1) % SPLUS_KEYS] & SPLUS_ID_MASK) |
	     (leaf->key[count % SPLUS_KEYS] & SPLUS_ID_MASK) << SPLUS_ID_BITS;
	return (id & hit) | (SLOT_NONE & ~hit);
}

static inline void splus_free_nodes(struct index *index)
{
	struct splus_node *top = index->nr_levels ? index->level[index->nr_levels - 1] : NULL;

	index->mem->free(index->mem, top, index->nr_nodes * sizeof(*top));
}

/* Nodes of each level: @nr[0] leaves up to one root. Returns the number of levels. */
static inline unsigned int splus_shape(unsigned int nr_slots, unsigned int *nr)
{
	unsigned int levels = 1;

	nr[0] = nr_slots ? (2 * nr_slots + SPLUS_KEYS - 1) / SPLUS_KEYS : 1;
	for (; nr[levels - 1] > 1; levels++)
		nr[levels] = (nr[levels - 1] + SPLUS_WAYS - 1) / SPLUS_WAYS;
	return levels;
}

static inline void splus_fill_leaves(struct index *index, unsigned int nr_leaves)
{
	uint64_t *key = index->level[0]->key;

	for (unsigned int i = 0; i < index->sorted.nr; i++) {
		const struct sorted_slot *slot = &index->sorted.slots[i];

		*key++ = slot->base << SPLUS_ID_BITS | (slot->id & SPLUS_ID_MASK);
		*key++ = slot->end << SPLUS_ID_BITS | slot->id >> SPLUS_ID_BITS;
	}
	while (key < index->level[0][nr_leaves].key)
		*key++ = SPLUS_UNUSED;
}

/* The first key of the leaf that lies leftmost below @node of @level; unused if there is none. */
static inline uint64_t splus_first_key(const struct index *index, const unsigned int *nr,
				       unsigned int level, size_t node)
{
	while (level--)
		node *= SPLUS_WAYS;
	/* without its id bits: a gfn equal to the boundary must go right whatever the id */
	return node < nr[0] ? index->level[0][node].key[0] & ~SPLUS_ID_MASK : SPLUS_UNUSED;
}

static inline void splus_fill_inner(struct index *index, const unsigned int *nr, unsigned int level)
{
	for (size_t node = 0; node < nr[level]; node++)
		for (size_t i = 0; i < SPLUS_KEYS; i++)
			index->level[level][node].key[i] =
				splus_first_key(index, nr, level - 1, node * SPLUS_WAYS + i + 1);
}

static inline void splus_release(struct index *index)
{
	splus_free_nodes(index);
}

static inline int splus_build(struct index *index)
{
	struct index next = *index;
	unsigned int nr[SPLUS_LEVELS] = { 0 };
	struct splus_node *node;

	next.nr_levels = splus_shape(index->sorted.nr, nr);
	next.nr_nodes = 0;
	for (unsigned int level = 0; level < next.nr_levels; level++)
		next.nr_nodes += nr[level];
	node = index->mem->alloc(index->mem, next.nr_nodes * sizeof(*node), 64);
	if (!node)
		return -ENOMEM;
	for (unsigned int level = next.nr_levels; level--; node += nr[level])
		next.level[level] = node;
	splus_fill_leaves(&next, nr[0]);
	for (unsigned int level = 1; level < next.nr_levels; level++)
		splus_fill_inner(&next, nr, level);
	splus_free_nodes(index);
	*index = next;
	return 0;
}

static inline const char *splus_check(const struct index *index)
{
	const uint64_t *key = index->level[0]->key;
	unsigned int nr[SPLUS_LEVELS] = { 0 };

	if (splus_shape(index->sorted.nr, nr) != index->nr_levels)
		return "wrong number of levels";
	for (size_t i = 0; i < 2ull * index->sorted.nr; i++) {
		const struct sorted_slot *slot = &index->sorted.slots[i / 2];

		if (key[i] >> SPLUS_ID_BITS != (i % 2 ? slot->end : slot->base))
			return "a leaf's key is not the slot's boundary";
	}
	for (unsigned int level = 1; level < index->nr_levels; level++) {
		key = index->level[level]->key;
		for (size_t i = 1; i < (size_t)nr[level] * SPLUS_KEYS; i++)
			if (key[i - 1] > key[i])
				return "inner keys are out of order";
	}
	return sorted_check(&index->sorted);
}

SORTED_OPS(splus)

#endif
