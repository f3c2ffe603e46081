/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * New: from granule (2 MiB) to slot through one table, with the two largest slots in front of it.
 * Here are the layout, its bounds and the lookup.
 *
 * Small slots are kept as in a page table, because guests place them like pages: aligned, side by
 * side. A hole costs what a slot costs, and a lookup neither branches on the data nor writes.
 *
 *	struct index, first line        root: 8 bytes a granule       page table: 1 KiB
 *	+-------------------------+     +------------------------+    +------------------+
 *	| the 2 largest slots     |  ,->| near: granule 0, 1, .. | ,->| u16 id of page 0 |
 *	|   base, npages, entry   |  |  |   one slot or none ----+-+- | ends here        |
 *	| near_nr far_lo far_nr   |  |  |   several -------------+-'  | ..               |
 *	| root -------------------+--'  | none: all out of reach |    | id of page 511   |
 *	+-------------------------+     | far: granule far_lo .. |    +------------------+
 *	                                +------------------------+
 *
 *	entry: 63                48 47              32 31               16 15     1 0
 *	       |      slot id      |  last page - first |  first page      |   0   |1|  one slot
 *	       |                 address of a node, 1 KiB aligned                  |0|  several
 *
 * Pages count from the start of an aligned 2^16 pages. No slot: id SLOT_NONE. Where last - first is
 * 2^16 - 1 the entry stands for all of its granule, however large that is.
 *
 * Two windows, because a guest's memory has two ends: all near 0, and 64-bit BARs far up. What is
 * among the two largest slots (RAM below and above the 32-bit hole) is in no table. If the windows
 * would hold more than NEAR_MAX and FAR_MAX granules, the granule of the root grows by NODE_BITS,
 * and an entry for several slots points at a table of 128 entries, each a granule of the size
 * before.
 *
 *	pages from the first far slot to the last   <= 2^24   2^31   2^38   2^45   2^52
 *	granule of the root, pages                     2^9    2^16   2^23   2^30   2^37
 *	lines read by a lookup, at most                 3      4      5      6      7
 *
 * Bounds, none of which depends on the number of slots:
 *  - Lines: this first line, a root entry, a node's entry or id a level; none straddles two lines.
 *    A gfn of the two largest slots ends in the first line, where their entries stand.
 *  - Branches: none that depends on the gfn while the granule is 2 MiB.
 *  - Memory: the root has at most NEAR_MAX + 1 + FAR_MAX entries (295 KB; 16 bytes per 2 MiB of
 *    span when smaller). A page table stands only where two slots share 2 MiB, so n slots need at
 *    most n - 1, and a table of a wider root only where two slots share its granule or one ends
 *    in a granule above 2^16 pages, so at most 2n a level.
 *  - Update: an entry per granule that the slot covers, stored one after the other, and a node a
 *    level at each of the slot's two ends: O(npages / 512 + 128) stores and compares of words. Only
 *    those nodes can need memory, 1 KiB each; up to two that became free are kept for the next.
 *    Nothing above a page is allocated but the root (order 6 and vmalloc's at the largest). When a
 *    slot is out of reach the root is made anew, its windows doubled: O(1) amortised.
 *  - Canonical: a node stands exactly where entries would not do, whatever the order of updates, so
 *    that remove gives back what insert took. Only the root keeps its reach.
 *
 * For the kernel: general registers only. An update edits the set that no reader uses, as KVM edits
 * its trees; swapping the pointer of the active set publishes it, and after the grace period the
 * edit is repeated on the other set. Nothing is shared between the sets. Both hold the same, so
 * both edits need the same memory, and what the second needs can be taken before the swap.
 */
#ifndef REPLAY_INDEX_GRANULE_H
#define REPLAY_INDEX_GRANULE_H

#include <assert.h>

#include "replay/index/loops.h"

enum {
	PAGE_BITS = 9, /* of a page table: 2 MiB */
	NODE_BITS = 7, /* of an entry table */
	NODE_BYTES = 1024,
	NEAR_MAX = 1 << 12, /* granules: 8 GiB at 2 MiB each, beyond which a slot is far */
	FAR_MAX = 1 << 15,  /* granules: 64 GiB */
	POS_BITS = 16,
};

static_assert(sizeof(uint16_t) << PAGE_BITS == NODE_BYTES, "a page table is a node");
static_assert(sizeof(uint64_t) << NODE_BITS == NODE_BYTES, "an entry table is a node");

#define ENTRY_ONE	1ull
#define POS_MASK	((1ull << POS_BITS) - 1)
#define ENTRY_WHOLE(id) ((uint64_t)(id) << 48 | POS_MASK << 32 | ENTRY_ONE)
#define ENTRY_NONE	ENTRY_WHOLE(SLOT_NONE)

/* Both kinds of node are read through either type. */
typedef uint64_t __attribute__((may_alias)) entry_t;
typedef uint16_t __attribute__((may_alias)) page_id_t;

struct index {
	uint64_t large_base[2];
	entry_t large_entry[2];	  /* ENTRY_WHOLE() of the slot */
	uint32_t large_npages[2]; /* falling; 0 is unused, as are those behind */
	uint16_t near_nr;	  /* granules 0 to near_nr - 1 are root[0] to root[near_nr - 1] */
	uint16_t far_nr;
	uint32_t shift;	 /* log2 of the root's granule: PAGE_BITS + k * NODE_BITS */
	uint64_t far_lo; /* granule far_lo is root[near_nr + 1] */
	entry_t *root;
	/* the second line: updates only */
	struct index_mem *mem;
	void **spare; /* nodes to use again, linked by their first word */
} __attribute__((aligned(64)));

static_assert(offsetof(struct index, mem) == 64, "a lookup reads the first line only");

/* ---- find --------------------------------------------------------------------------------- */

/*
 * first ? a : b without a branch, which traffic of mixed kinds would mispredict in every third
 * lookup (15 ticks; the whole lookup takes 6). gcc makes a conditional move once it cannot sink
 * what makes a and b into a branch; clang makes a branch all the same, so it gets a mask.
 */
static inline uintptr_t pick(bool first, uintptr_t a, uintptr_t b)
{
#ifdef __clang__
	uintptr_t mask = -(uintptr_t)first;

	OPAQUE(mask);
	return b ^ ((a ^ b) & mask);
#else
	OPAQUE(a);
	OPAQUE(b);
	return first ? a : b;
#endif
}

/* The place of a granule in the root; out of both windows it is the entry between them, none. */
static inline size_t root_at(const struct index *index, uint64_t granule)
{
	uint64_t near_nr = index->near_nr, far = granule - index->far_lo;
	uint64_t at = granule < near_nr ? granule : near_nr;

	return far < index->far_nr ? near_nr + 1 + far : at;
}

static inline size_t table_at(uint64_t gfn, unsigned int shift)
{
	return gfn >> (shift - NODE_BITS) & ((1u << NODE_BITS) - 1);
}

static inline size_t page_at(uint64_t gfn)
{
	return gfn & ((1u << PAGE_BITS) - 1);
}

static inline bool entry_is_node(uint64_t e)
{
	return !(e & ENTRY_ONE);
}

static inline void *entry_node(uint64_t e)
{
	return (void *)(uintptr_t)e;
}

/* Of an entry that is no node. */
static inline uint16_t entry_answer(uint64_t e, uint64_t gfn)
{
	uint16_t at = gfn - (e >> 16), last = e >> 32;

	return e >> 48 | -(unsigned int)(at > last);
}

static inline bool large_has(const struct index *index, int i, uint64_t gfn)
{
	return gfn - index->large_base[i] < index->large_npages[i];
}

static inline unsigned int large_id(const struct index *index, int i)
{
	return index->large_entry[i] >> 48;
}

/* A root whose granule is above 2 MiB: one more dependent line a level. */
static __attribute__((noinline)) unsigned int find_wide(struct index *index, uint64_t gfn)
{
	unsigned int shift = index->shift;
	uint64_t e;

	for (int i = 0; i < 2; i++)
		if (large_has(index, i, gfn))
			return large_id(index, i);
	e = LOAD(index->root[root_at(index, gfn >> shift)]);
	for (; entry_is_node(e) && shift > PAGE_BITS; shift -= NODE_BITS)
		e = LOAD(((entry_t *)entry_node(e))[table_at(gfn, shift)]);
	if (entry_is_node(e))
		return LOAD(((page_id_t *)entry_node(e))[page_at(gfn)]);
	return entry_answer(e, gfn);
}

/* The entry that answers for @gfn: in the first line or in the root. */
static inline const entry_t *index_entry(const struct index *index, uint64_t gfn)
{
	uintptr_t entry = (uintptr_t)&index->root[root_at(index, gfn >> PAGE_BITS)];

	entry = pick(large_has(index, 1, gfn), (uintptr_t)&index->large_entry[1], entry);
	entry = pick(large_has(index, 0, gfn), (uintptr_t)&index->large_entry[0], entry);
	return (const entry_t *)entry;
}

static inline unsigned int granule_find(struct index *index, uint64_t gfn)
{
	const entry_t *entry;
	uintptr_t page;
	uint64_t e;

	LINES(index, 64);
	if (__builtin_expect(index->shift != PAGE_BITS, 0))
		return find_wide(index, gfn);
	entry = index_entry(index, gfn);
	e = LOAD(*entry);
	/* one slot: the load that a page table would need reads the entry again, for nothing */
	page = (uintptr_t)((const page_id_t *)entry_node(e) + page_at(gfn));
	page = pick(entry_is_node(e), page, (uintptr_t)entry);
	return pick(entry_is_node(e), LOAD(*(const page_id_t *)page), entry_answer(e, gfn));
}

#endif
