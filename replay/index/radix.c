// SPDX-License-Identifier: GPL-2.0-only
/*
 * Like a page table: nine bits of the gfn choose one of 512 entries, level by level, and an entry
 * whose whole range has one answer ends the walk, as a huge page does.
 *
 *	gfn:    | must be 0 | 9 bits | ... | 9 bits | 9 bits |      as many levels as the highest
 *slot needs entry:  32 bits: 0 no slot, id + 1, or NODE | number of the node below
 *
 * Nodes are 2 KiB, in one growing block; free ones form a list through their first entry. Slots
 * that are large and aligned end high up (one or two lines); a slot costs nodes for its two edges
 * only. Find: at most 6 dependent lines at 2^52, 4 below 2^36. Update O(levels + entries covered).
 *
 * Invariant: no node whose entries are all the same answer, but for the root.
 */
#include <errno.h>
#include <string.h>

#include "replay/index/loops.h"

enum { BITS = 9, ENTRIES = 1 << BITS, MAX_LEVELS = 6 };
#define NODE 0x80000000u

struct node {
	uint32_t entry[ENTRIES];
};

struct index {
	struct node *nodes;
	uint32_t root; /* NODE | number */
	unsigned int levels;
	uint32_t nr, cap, free; /* nodes ever used, room, first of the free list or 0 */
	uint32_t nr_free;
	struct index_mem *mem;
};

static inline unsigned int radix_find(struct index *index, uint64_t gfn)
{
	const struct node *nodes = LOAD(index->nodes);
	uint32_t entry = LOAD_ALSO(index->root);
	unsigned int shift = LOAD_ALSO(index->levels) * BITS;

	if (gfn >> shift)
		return SLOT_NONE;
	do {
		shift -= BITS;
		entry = LOAD(nodes[entry & ~NODE].entry[gfn >> shift & (ENTRIES - 1)]);
	} while (entry & NODE);
	return (entry - 1) & SLOT_NONE; /* 0 becomes SLOT_NONE */
}

static struct node *node_of(const struct index *index, uint32_t entry)
{
	return &index->nodes[entry & ~NODE];
}

/* So that @nr nodes can be taken without failing. */
static int reserve(struct index *index, uint32_t nr)
{
	struct index_mem *mem = index->mem;
	uint32_t cap = index->cap ? index->cap : 4;
	struct node *nodes;

	if (index->cap - index->nr + index->nr_free >= nr)
		return 0;
	while (cap - index->nr + index->nr_free < nr)
		cap *= 2;
	nodes = mem->alloc(mem, cap * sizeof(*nodes), 64);
	if (!nodes)
		return -ENOMEM;
	if (index->nr)
		memcpy(nodes, index->nodes, index->nr * sizeof(*nodes));
	mem->free(mem, index->nodes, index->cap * sizeof(*nodes));
	index->nodes = nodes;
	index->cap = cap;
	return 0;
}

/* A node whose entries are all @entry. */
static uint32_t take_node(struct index *index, uint32_t entry)
{
	uint32_t number = index->free;

	if (number) {
		index->free = index->nodes[number].entry[0];
		index->nr_free--;
	} else {
		number = index->nr++;
	}
	for (int i = 0; i < ENTRIES; i++)
		index->nodes[number].entry[i] = entry;
	return NODE | number;
}

/* The node of @entry, if it is one, and all below. */
static void free_below(struct index *index, uint32_t entry)
{
	if (!(entry & NODE))
		return;
	for (int i = 0; i < ENTRIES; i++)
		free_below(index, node_of(index, entry)->entry[i]);
	node_of(index, entry)->entry[0] = index->free;
	index->free = entry & ~NODE;
	index->nr_free++;
}

/* The one answer of the whole node, or the node itself. */
static uint32_t collapsed(struct index *index, uint32_t entry)
{
	const struct node *node = node_of(index, entry);
	uint32_t first = node->entry[0];

	if (first & NODE)
		return entry;
	for (int i = 1; i < ENTRIES; i++)
		if (node->entry[i] != first)
			return entry;
	free_below(index, entry);
	return first;
}

/*
 * Give the gfns @first to @last, counted from the start of the node @entry, which covers 2^@shift
 * of them, the answer @value.
 */
static void set_range(struct index *index, uint32_t entry, unsigned int shift, uint64_t first,
		      uint64_t last, uint32_t value)
{
	uint64_t span = 1ull << (shift - BITS);

	for (uint64_t i = first / span; i <= last / span; i++) {
		uint64_t from = i * span > first ? 0 : first - i * span;
		uint64_t to = last - i * span < span ? last - i * span : span - 1;
		uint32_t child = node_of(index, entry)->entry[i];

		if (from == 0 && to == span - 1) {
			free_below(index, child);
			node_of(index, entry)->entry[i] = value;
			continue;
		}
		if (!(child & NODE))
			child = take_node(index, child);
		set_range(index, child, shift - BITS, from, to, value);
		node_of(index, entry)->entry[i] = collapsed(index, child);
	}
}

static void grow_to(struct index *index, uint64_t last)
{
	while (last >> (index->levels * BITS)) {
		uint32_t root = take_node(index, 0);

		node_of(index, root)->entry[0] = collapsed(index, index->root);
		index->root = root;
		index->levels++;
	}
}

static void set_slot(struct index *index, const struct index_slot *slot, uint32_t value)
{
	set_range(index, index->root, index->levels * BITS, slot->base_gfn,
		  slot->base_gfn + slot->npages - 1, value);
}

static struct index *radix_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	(void)twin;
	if (!index)
		return NULL;
	index->mem = mem;
	if (reserve(index, 2)) {
		mem->free(mem, index, sizeof(*index));
		return NULL;
	}
	index->nr = 1; /* number 0 ends the free list */
	index->root = take_node(index, 0);
	index->levels = 1;
	return index;
}

static void radix_destroy(struct index *index)
{
	index->mem->free(index->mem, index->nodes, index->cap * sizeof(*index->nodes));
	index->mem->free(index->mem, index, sizeof(*index));
}

/* Two edges, a node a level each, and a new root a level. */
static int radix_insert(struct index *index, const struct index_slot *slot)
{
	int rc = reserve(index, 3 * MAX_LEVELS);

	if (rc)
		return rc;
	grow_to(index, slot->base_gfn + slot->npages - 1);
	set_slot(index, slot, slot->id + 1);
	return 0;
}

/* A slot may end in an entry it shares with nothing, so this takes nodes as well. */
static int radix_remove(struct index *index, const struct index_slot *slot)
{
	int rc = reserve(index, 2 * MAX_LEVELS);

	if (!rc)
		set_slot(index, slot, 0);
	return rc;
}

static int radix_move(struct index *index, const struct index_slot *old,
		      const struct index_slot *slot)
{
	int rc = reserve(index, 5 * MAX_LEVELS);

	if (rc)
		return rc;
	set_slot(index, old, 0);
	return radix_insert(index, slot);
}

/* Counts the nodes in use below and with @entry. */
static const char *check_node(const struct index *index, uint32_t entry, unsigned int level,
			      uint32_t *used)
{
	const struct node *node = node_of(index, entry);
	bool same = true;

	++*used;
	for (int i = 0; i < ENTRIES; i++) {
		const char *fault = NULL;

		same &= node->entry[i] == node->entry[0];
		if (!(node->entry[i] & NODE))
			continue;
		if (!level)
			return "a node below the last level";
		fault = check_node(index, node->entry[i], level - 1, used);
		if (fault)
			return fault;
	}
	return same && entry != index->root ? "a node whose entries are all the same" : NULL;
}

static const char *radix_check(const struct index *index)
{
	uint32_t used = 1, nr_free = 0; /* number 0 is never given out */
	const char *fault = check_node(index, index->root, index->levels - 1, &used);

	for (uint32_t i = index->free; i && nr_free <= index->nr; i = index->nodes[i].entry[0])
		nr_free++;
	if (!fault && nr_free != index->nr_free)
		fault = "the free list has another length";
	if (!fault && used + nr_free != index->nr)
		fault = "nodes are lost";
	return fault;
}

INDEX_LOOPS(radix)

INDEX_DEFINE(radix) = {
	INDEX_FUNCTIONS(radix),
	.name = "radix",
	.mirrors = "new: as a page table",
	.kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
