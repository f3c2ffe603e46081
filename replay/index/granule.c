// SPDX-License-Identifier: GPL-2.0-only
/*
 * New: from granule (2 MiB) to slot through one table, with the two largest slots in front of it.
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
 * Pages count from the start of an aligned 2^16 pages. No slot: id SLOT_NONE. A span of 2^16 pages
 * stands for all of the granule, however large that is.
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
 *  - Update: an entry per granule that the slot covers and two page tables: O(npages / 512 + 512)
 *    steps. Only the granules with the slot's two ends can need memory, a node of 1 KiB a level
 *    each; nothing above a page is allocated but the root (order 6 and vmalloc's at the largest).
 *    When the slot is out of reach the root is made anew, its windows doubled: O(1) amortised.
 *  - Canonical: a node stands exactly where entries would not do, whatever the order of updates, so
 *    that remove gives back what insert took. Only the root keeps its reach.
 *
 * For the kernel: general registers only. An update edits the set that no reader uses, as KVM edits
 * its trees; swapping the pointer of the active set publishes it, and after the grace period the
 * edit is repeated on the other set. Nothing is shared between the sets.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

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

#define ENTRY_ONE  1ull
#define POS_MASK   ((1ull << POS_BITS) - 1)
#define ENTRY_NONE ((uint64_t)SLOT_NONE << 48 | POS_MASK << 32 | ENTRY_ONE)

/* Both kinds of node are read through either type. */
typedef uint64_t __attribute__((may_alias)) entry_t;
typedef uint16_t __attribute__((may_alias)) page_id_t;

/* Pages lo to hi - 1 belong to slot @id; empty if lo == hi. */
struct span {
	uint64_t lo, hi;
	unsigned int id;
};

struct index {
	uint64_t large_base[2];
	entry_t large_entry[2];	  /* the slot as an entry that is all of its granule */
	uint32_t large_npages[2]; /* falling; 0 is unused, as are those behind */
	uint16_t near_nr;	  /* granules 0 to near_nr - 1 are root[0] to root[near_nr - 1] */
	uint16_t far_nr;
	uint32_t shift;	 /* log2 of the root's granule: PAGE_BITS + k * NODE_BITS */
	uint64_t far_lo; /* granule far_lo is root[near_nr + 1] */
	entry_t *root;
	/* the second line: updates only */
	struct index_mem *mem;
	void **spare; /* nodes that node_free() keeps during a move, linked by their first word */
	bool keep;
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

/* ---- spans and entries -------------------------------------------------------------------- */

static struct span span_clip(const struct span *span, uint64_t base, unsigned int shift)
{
	uint64_t end = base + (1ull << shift);

	return (struct span){ span->lo > base ? span->lo : base, span->hi < end ? span->hi : end,
			      span->id };
}

static bool span_fits(const struct span *span, unsigned int shift)
{
	return shift <= POS_BITS || span->hi - span->lo == 1ull << shift;
}

/* A span that fits, or an empty one. */
static uint64_t span_entry(const struct span *span)
{
	uint64_t npages = span->hi - span->lo;

	if (!npages)
		return ENTRY_NONE;
	if (npages > POS_MASK)
		return (uint64_t)span->id << 48 | POS_MASK << 32 | ENTRY_ONE;
	return (uint64_t)span->id << 48 | (npages - 1) << 32 | (span->lo & POS_MASK) << 16 |
	       ENTRY_ONE;
}

/* What an entry that is no node holds of the granule at @base. */
static struct span entry_span(uint64_t e, uint64_t base, unsigned int shift)
{
	uint64_t last = e >> 32 & POS_MASK, lo = (base & ~POS_MASK) | (e >> 16 & POS_MASK);

	if (e == ENTRY_NONE)
		return (struct span){ base, base, SLOT_NONE };
	if (last == POS_MASK)
		return (struct span){ base, base + (1ull << shift), e >> 48 };
	return (struct span){ lo, lo + last + 1, e >> 48 };
}

/* True if a page table holds one span or none, then in @sole. */
static bool pages_sole(const page_id_t *pages, uint64_t base, struct span *sole)
{
	int i = 0, end = 1 << PAGE_BITS;

	while (i < end && pages[i] == SLOT_NONE)
		i++;
	*sole = (struct span){ base + i, base + i, i < end ? pages[i] : SLOT_NONE };
	while (i < end && pages[i] == sole->id)
		i++;
	if (sole->id != SLOT_NONE)
		sole->hi = base + i;
	while (i < end && pages[i] == SLOT_NONE)
		i++;
	return i == end;
}

static bool table_sole(const entry_t *table, uint64_t base, unsigned int below, struct span *sole)
{
	*sole = (struct span){ base, base, SLOT_NONE };
	for (uint64_t i = 0; i < 1 << NODE_BITS; i++) {
		struct span span = entry_span(table[i], base + (i << below), below);

		if (table[i] == ENTRY_NONE)
			continue;
		if (entry_is_node(table[i]))
			return false;
		if (sole->id == SLOT_NONE)
			*sole = span;
		else if (span.id != sole->id || span.lo != sole->hi)
			return false;
		sole->hi = span.hi;
	}
	return true;
}

/* True if the node at @base could be the entry @folded instead. */
static bool node_folds(const void *node, unsigned int shift, uint64_t base, uint64_t *folded)
{
	struct span sole;

	if (shift == PAGE_BITS ? !pages_sole(node, base, &sole)
			       : !table_sole(node, base, shift - NODE_BITS, &sole))
		return false;
	*folded = span_entry(&sole);
	return sole.lo == sole.hi || span_fits(&sole, shift);
}

/* ---- update ------------------------------------------------------------------------------- */

static void entries_clear(entry_t *entries, size_t nr)
{
	while (nr--)
		*entries++ = ENTRY_NONE;
}

static void *node_new(struct index *index, unsigned int shift)
{
	void **node = index->spare;

	if (node)
		index->spare = *node;
	else
		node = index->mem->alloc(index->mem, NODE_BYTES, NODE_BYTES);
	if (node && shift == PAGE_BITS)
		memset(node, 0xff, NODE_BYTES);
	else if (node)
		entries_clear((entry_t *)node, 1 << NODE_BITS);
	return node;
}

static void node_free(struct index *index, void **node)
{
	if (!index->keep) {
		index->mem->free(index->mem, node, NODE_BYTES);
		return;
	}
	*node = index->spare;
	index->spare = node;
}

static void pages_fill(page_id_t *pages, const struct span *span, unsigned int id)
{
	for (size_t at = page_at(span->lo), nr = span->hi - span->lo; nr; nr--)
		pages[at++] = id;
}

static int entry_insert(struct index *index, entry_t *entry, unsigned int shift, uint64_t base,
			const struct span *whole);

/* @span lies within the node. */
static int node_insert(struct index *index, void *node, unsigned int shift, const struct span *span)
{
	unsigned int below = shift - NODE_BITS;

	if (shift == PAGE_BITS) {
		pages_fill(node, span, span->id);
		return 0;
	}
	for (uint64_t g = span->lo >> below; g <= (span->hi - 1) >> below; g++) {
		int rc = entry_insert(index, (entry_t *)node + table_at(g << below, shift), below,
				      g << below, span);

		if (rc)
			return rc;
	}
	return 0;
}

/* Make a node of an entry that is none; what the entry holds fits an entry below. */
static int entry_split(struct index *index, entry_t *entry, unsigned int shift, uint64_t base)
{
	struct span span = entry_span(*entry, base, shift);
	void *node = node_new(index, shift);

	if (!node)
		return -ENOMEM;
	if (*entry != ENTRY_NONE)
		node_insert(index, node, shift, &span);
	*entry = (uintptr_t)node;
	return 0;
}

/* Put the part of @whole that lies in the granule at @base into its entry; it was free before. */
static int entry_insert(struct index *index, entry_t *entry, unsigned int shift, uint64_t base,
			const struct span *whole)
{
	struct span span = span_clip(whole, base, shift);
	int rc;

	if (*entry == ENTRY_NONE && span_fits(&span, shift)) {
		*entry = span_entry(&span);
		return 0;
	}
	if (!entry_is_node(*entry)) {
		rc = entry_split(index, entry, shift, base);
		if (rc)
			return rc;
	}
	return node_insert(index, entry_node(*entry), shift, &span);
}

/* Take the pages of @whole out of the entry, and the node away if an entry can hold what is left.
 * Needs no memory. */
static void entry_remove(struct index *index, entry_t *entry, unsigned int shift, uint64_t base,
			 const struct span *whole)
{
	struct span span = span_clip(whole, base, shift);
	unsigned int below = shift - NODE_BITS;
	void *node = entry_node(*entry);
	uint64_t folded;

	if (!entry_is_node(*entry)) {
		if (*entry >> 48 == span.id)
			*entry = ENTRY_NONE;
		return;
	}
	if (shift == PAGE_BITS)
		pages_fill(node, &span, SLOT_NONE);
	else
		for (uint64_t g = span.lo >> below; g <= (span.hi - 1) >> below; g++)
			entry_remove(index, (entry_t *)node + table_at(g << below, shift), below,
				     g << below, &span);
	if (node_folds(node, shift, base, &folded)) {
		*entry = folded;
		node_free(index, node);
	}
}

static int span_insert(struct index *index, const struct span *span)
{
	for (uint64_t g = span->lo >> index->shift; g <= (span->hi - 1) >> index->shift; g++) {
		int rc = entry_insert(index, &index->root[root_at(index, g)], index->shift,
				      g << index->shift, span);

		if (rc)
			return rc;
	}
	return 0;
}

static void span_remove(struct index *index, const struct span *span)
{
	for (uint64_t g = span->lo >> index->shift; g <= (span->hi - 1) >> index->shift; g++)
		entry_remove(index, &index->root[root_at(index, g)], index->shift,
			     g << index->shift, span);
}

/* ---- the root ----------------------------------------------------------------------------- */

static size_t root_nr(const struct index *index)
{
	return (size_t)index->near_nr + 1 + index->far_nr;
}

static uint64_t root_granule(const struct index *index, size_t at)
{
	return at < index->near_nr ? at : index->far_lo + (at - index->near_nr - 1);
}

static void entry_free(struct index *index, uint64_t e, unsigned int shift)
{
	if (!entry_is_node(e))
		return;
	for (int i = 0; shift > PAGE_BITS && i < 1 << NODE_BITS; i++)
		entry_free(index, ((entry_t *)entry_node(e))[i], shift - NODE_BITS);
	node_free(index, entry_node(e));
}

static void root_free(struct index *index)
{
	for (size_t i = 0; index->root && i < root_nr(index); i++)
		entry_free(index, index->root[i], index->shift);
	index->mem->free(index->mem, index->root, root_nr(index) * sizeof(entry_t));
}

static int root_alloc(struct index *index)
{
	index->root = index->mem->alloc(index->mem, root_nr(index) * sizeof(entry_t), 64);
	if (!index->root)
		return -ENOMEM;
	entries_clear(index->root, root_nr(index));
	return 0;
}

/* Append @next to @run, or hand @run to @to and start anew. */
static int run_add(struct span *run, const struct span *next, struct index *to)
{
	int rc = 0;

	if (next->lo == next->hi || next->id == SLOT_NONE)
		return 0;
	if (run->id == next->id && run->hi == next->lo) {
		run->hi = next->hi;
		return 0;
	}
	if (run->lo != run->hi)
		rc = span_insert(to, run);
	*run = *next;
	return rc;
}

/* Insert what the entry holds into @to. */
static int entry_copy(uint64_t e, unsigned int shift, uint64_t base, struct span *run,
		      struct index *to)
{
	struct span span = entry_span(e, base, shift);
	int rc = 0;

	if (!entry_is_node(e))
		return run_add(run, &span, to);
	if (shift == PAGE_BITS) {
		for (uint64_t i = 0; !rc && i < 1 << PAGE_BITS; i++) {
			span = (struct span){ base + i, base + i + 1,
					      ((page_id_t *)entry_node(e))[i] };
			rc = run_add(run, &span, to);
		}
		return rc;
	}
	shift -= NODE_BITS;
	for (uint64_t i = 0; !rc && i < 1 << NODE_BITS; i++)
		rc = entry_copy(((entry_t *)entry_node(e))[i], shift, base + (i << shift), run, to);
	return rc;
}

/* Move all into a root with the windows of @to, whose root is not set yet. */
static int root_replace(struct index *index, struct index *to)
{
	struct span run = { 0, 0, SLOT_NONE }, end = { 0, 1, SLOT_NONE - 1 };
	int rc = root_alloc(to);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && index->root && i < root_nr(index); i++) {
		uint64_t g = root_granule(index, i);

		if (i == index->near_nr || root_at(index, g) != i)
			continue;
		rc = entry_copy(index->root[i], index->shift, g << index->shift, &run, to);
	}
	rc = rc ? rc : run_add(&run, &end, to);
	root_free(rc ? to : index);
	if (!rc)
		*index = *to;
	return rc;
}

static uint32_t pow2_from(uint64_t n)
{
	return n < 2 ? 1 : 1u << (64 - __builtin_clzll(n - 1));
}

/* True after widening the windows so that they hold granules lo to hi - 1; false if they had to be
 * too wide. Sizes are powers of two, so that growth is rare. */
static bool windows_widen(struct index *to, uint64_t lo, uint64_t hi)
{
	uint64_t end = to->far_lo + to->far_nr;

	if (hi <= to->near_nr || (lo >= to->far_lo && hi <= end))
		return true;
	if (hi <= NEAR_MAX && (!to->far_nr || hi <= to->far_lo)) {
		to->near_nr = pow2_from(hi);
		return true;
	}
	if (to->far_nr) {
		lo = lo < to->far_lo ? lo : to->far_lo;
		hi = hi > end ? hi : end;
	}
	if (hi - lo > FAR_MAX)
		return false;
	to->far_lo = lo;
	to->far_nr = pow2_from(hi - lo);
	return true;
}

static void windows_coarsen(struct index *to)
{
	uint64_t end = to->far_lo + to->far_nr + (1 << NODE_BITS) - 1;

	to->near_nr = (to->near_nr + (1 << NODE_BITS) - 1) >> NODE_BITS;
	to->far_lo >>= NODE_BITS;
	to->far_nr = to->far_nr ? pow2_from((end >> NODE_BITS) - to->far_lo) : 0;
	to->shift += NODE_BITS;
}

/* Let the root reach all of @span. */
static int root_reach(struct index *index, const struct span *span)
{
	struct index to = *index;

	while (!windows_widen(&to, span->lo >> to.shift, ((span->hi - 1) >> to.shift) + 1))
		windows_coarsen(&to);
	if (to.near_nr == index->near_nr && to.far_lo == index->far_lo &&
	    to.far_nr == index->far_nr && to.shift == index->shift)
		return 0;
	return root_replace(index, &to);
}

/* ---- slots -------------------------------------------------------------------------------- */

/* Into the tables; on failure they are as before, but for the root's reach. */
static int tables_insert(struct index *index, const struct span *span)
{
	int rc;

	if (span->lo == span->hi)
		return 0;
	rc = root_reach(index, span);
	if (rc)
		return rc;
	rc = span_insert(index, span);
	if (rc)
		span_remove(index, span);
	return rc;
}

static struct span slot_span(const struct index_slot *slot)
{
	return (struct span){ slot->base_gfn, slot->base_gfn + slot->npages, slot->id };
}

static struct span large_span(const struct index *index, int i)
{
	return (struct span){ index->large_base[i], index->large_base[i] + index->large_npages[i],
			      large_id(index, i) };
}

static void large_set(struct index *index, int i, const struct index_slot *slot)
{
	index->large_base[i] = slot->base_gfn;
	index->large_npages[i] = slot->npages;
	index->large_entry[i] = (uint64_t)slot->id << 48 | POS_MASK << 32 | ENTRY_ONE;
}

static void large_copy(struct index *index, int to, int from)
{
	index->large_base[to] = index->large_base[from];
	index->large_npages[to] = index->large_npages[from];
	index->large_entry[to] = index->large_entry[from];
}

/* The smallest of the two largest and the new one goes into the tables. */
static int granule_insert(struct index *index, const struct index_slot *slot)
{
	struct span span = slot_span(slot), least = large_span(index, 1);
	int rc;

	if (slot->npages <= index->large_npages[1] || slot->npages > UINT32_MAX)
		return tables_insert(index, &span);
	rc = tables_insert(index, &least);
	if (rc)
		return rc;
	if (slot->npages <= index->large_npages[0]) {
		large_set(index, 1, slot);
	} else {
		large_copy(index, 1, 0);
		large_set(index, 0, slot);
	}
	return 0;
}

/* 0 or 1, or 2 if the slot is in the tables. */
static int large_at(const struct index *index, const struct index_slot *slot)
{
	int i = 0;

	while (i < 2 && !(index->large_npages[i] && index->large_base[i] == slot->base_gfn))
		i++;
	return i;
}

/* A place among the largest that falls empty is filled by the next insert that is large enough. */
static int granule_remove(struct index *index, const struct index_slot *slot)
{
	struct span span = slot_span(slot);
	int i = large_at(index, slot);

	if (i == 2)
		span_remove(index, &span);
	if (i == 0)
		large_copy(index, 0, 1);
	if (i < 2)
		index->large_npages[1] = 0;
	return 0;
}

static void spare_free(struct index *index)
{
	index->keep = false;
	while (index->spare) {
		void **node = index->spare;

		index->spare = *node;
		node_free(index, node);
	}
}

/*
 * The old one goes first, because both may overlap. Should the new one find no memory, the nodes
 * that the old one gave back are still there, and just these it needs (canonical). One of the two
 * largest leaves a place there and needs no memory.
 */
static int granule_move(struct index *index, const struct index_slot *old,
			const struct index_slot *slot)
{
	struct span from = slot_span(old), to = slot_span(slot);
	int rc;

	if (from.lo == to.lo && from.hi == to.hi)
		return 0; /* flags are not read by a lookup */
	if (large_at(index, old) < 2) {
		granule_remove(index, old);
		rc = granule_insert(index, slot);
		if (rc)
			granule_insert(index, old);
		return rc;
	}
	rc = root_reach(index, &to);
	if (rc)
		return rc;
	index->keep = true;
	span_remove(index, &from);
	rc = tables_insert(index, &to);
	if (rc)
		span_insert(index, &from);
	spare_free(index);
	return rc;
}

static struct index *granule_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	(void)twin;
	if (!index)
		return NULL;
	index->mem = mem;
	index->shift = PAGE_BITS;
	if (root_alloc(index)) {
		mem->free(mem, index, sizeof(*index));
		return NULL;
	}
	return index;
}

static void granule_destroy(struct index *index)
{
	root_free(index);
	index->mem->free(index->mem, index, sizeof(*index));
}

/* ---- check -------------------------------------------------------------------------------- */

static const char *entry_check(uint64_t e, unsigned int shift, uint64_t base)
{
	struct span span = entry_span(e, base, shift);
	const char *broken = NULL;
	uint64_t folded;

	if (!entry_is_node(e)) {
		if (e != ENTRY_NONE && (span.lo < base || span.hi > base + (1ull << shift)))
			return "an entry reaches out of its granule";
		return NULL;
	}
	if ((uintptr_t)entry_node(e) % NODE_BYTES)
		return "a node is not aligned";
	if (node_folds(entry_node(e), shift, base, &folded))
		return "a node stands where an entry would do";
	shift -= NODE_BITS;
	for (uint64_t i = 0; !broken && shift >= PAGE_BITS && i < 1 << NODE_BITS; i++)
		broken = entry_check(((entry_t *)entry_node(e))[i], shift, base + (i << shift));
	return broken;
}

static const char *granule_check(const struct index *index)
{
	const char *broken = NULL;

	if (index->large_npages[0] < index->large_npages[1])
		return "the largest slot is not the first";
	if (index->root[index->near_nr] != ENTRY_NONE)
		return "the entry for what is out of reach is not empty";
	for (size_t i = 0; !broken && i < root_nr(index); i++) {
		uint64_t g = root_granule(index, i);

		if (i == index->near_nr || root_at(index, g) != i)
			continue;
		broken = entry_check(index->root[i], index->shift, g << index->shift);
	}
	return broken;
}

INDEX_LOOPS(granule)

INDEX_DEFINE(granule) = {
	INDEX_FUNCTIONS(granule),     .name = "granule", .mirrors = "new", .kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
