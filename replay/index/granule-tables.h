/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Updates of granule's entries and nodes: spans of pages go in and out. The layout is in granule.h.
 *
 * What holds between updates: an entry is a node exactly if its granule holds more than one span,
 * or one that an entry cannot say (node_folds()).
 */
#ifndef REPLAY_INDEX_GRANULE_TABLES_H
#define REPLAY_INDEX_GRANULE_TABLES_H

#include <errno.h>
#include <string.h>

#include "replay/index/granule.h"

/* Pages lo to hi - 1 belong to slot @id; empty if lo == hi. */
struct span {
	uint64_t lo, hi;
	unsigned int id;
};

/* ---- spans and entries ---- */

static inline struct span span_clip(const struct span *span, uint64_t base, unsigned int shift)
{
	uint64_t end = base + (1ull << shift);

	return (struct span){ span->lo > base ? span->lo : base, span->hi < end ? span->hi : end,
			      span->id };
}

static inline bool span_fits(const struct span *span, unsigned int shift)
{
	return shift <= POS_BITS || span->hi - span->lo == 1ull << shift;
}

/* A span that fits, or an empty one. */
static inline uint64_t span_entry(const struct span *span, unsigned int shift)
{
	uint64_t npages = span->hi - span->lo;

	if (!npages)
		return ENTRY_NONE;
	if (npages == 1ull << shift)
		return ENTRY_WHOLE(span->id);
	return (uint64_t)span->id << 48 | (npages - 1) << 32 | (span->lo & POS_MASK) << 16 |
	       ENTRY_ONE;
}

/* What an entry that is no node holds of the granule at @base. */
static inline struct span entry_span(uint64_t e, uint64_t base, unsigned int shift)
{
	uint64_t last = e >> 32 & POS_MASK, lo = (base & ~POS_MASK) | (e >> 16 & POS_MASK);

	if (e == ENTRY_NONE)
		return (struct span){ base, base, SLOT_NONE };
	if (last == POS_MASK)
		return (struct span){ base, base + (1ull << shift), e >> 48 };
	return (struct span){ lo, lo + last + 1, e >> 48 };
}

/* Four pages of one slot; where page_id_t's are read through entry_t. */
static inline uint64_t page_word(unsigned int id)
{
	return id * 0x0001000100010001ull;
}

/* The first page from @at on that is not @id's. */
static inline unsigned int pages_skip(const page_id_t *pages, unsigned int at, unsigned int id)
{
	const unsigned int end = 1 << PAGE_BITS;

	for (; at % 4 && pages[at] == id; at++)
		;
	for (; at % 4 == 0 && at < end && *(const entry_t *)(pages + at) == page_word(id); at += 4)
		;
	for (; at < end && pages[at] == id; at++)
		;
	return at;
}

static inline void pages_fill(page_id_t *pages, const struct span *span, unsigned int id)
{
	unsigned int at = page_at(span->lo), end = at + (unsigned int)(span->hi - span->lo);

	for (; at < end && at % 4; at++)
		pages[at] = id;
	for (; at + 4 <= end; at += 4)
		*(entry_t *)(pages + at) = page_word(id);
	for (; at < end; at++)
		pages[at] = id;
}

/* True if a page table holds one span or none, then in @sole. */
static inline bool pages_sole(const page_id_t *pages, uint64_t base, struct span *sole)
{
	const unsigned int end = 1 << PAGE_BITS;
	unsigned int lo = pages_skip(pages, 0, SLOT_NONE), hi = lo;

	*sole = (struct span){ base + lo, base + lo, SLOT_NONE };
	if (lo == end)
		return true;
	sole->id = pages[lo];
	hi = pages_skip(pages, lo, sole->id);
	sole->hi = base + hi;
	return pages_skip(pages, hi, SLOT_NONE) == end;
}

static inline bool table_sole(const entry_t *table, uint64_t base, unsigned int below,
			      struct span *sole)
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
static inline bool node_folds(const void *node, unsigned int shift, uint64_t base, uint64_t *folded)
{
	struct span sole;

	if (shift == PAGE_BITS ? !pages_sole(node, base, &sole)
			       : !table_sole(node, base, shift - NODE_BITS, &sole))
		return false;
	*folded = span_entry(&sole, shift);
	return sole.lo == sole.hi || span_fits(&sole, shift);
}

/* ---- nodes ---- */

static inline void entries_clear(entry_t *entries, size_t nr)
{
	while (nr--)
		*entries++ = ENTRY_NONE;
}

static inline void *node_new(struct index *index, unsigned int shift)
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

static inline void node_free(struct index *index, void **node)
{
	*node = index->spare;
	index->spare = node;
}

/* Give back all spare nodes but @keep. */
static inline void spare_trim(struct index *index, unsigned int keep)
{
	void **last = (void **)&index->spare;

	for (; *last && keep; keep--)
		last = *last;
	while (*last) {
		void **node = *last;

		*last = *node;
		index->mem->free(index->mem, node, NODE_BYTES);
	}
}

static inline int entry_insert(struct index *index, entry_t *entry, unsigned int shift,
			       uint64_t base, const struct span *whole);

/* @span lies within the node. */
static inline int node_insert(struct index *index, void *node, unsigned int shift,
			      const struct span *span)
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
static inline int entry_split(struct index *index, entry_t *entry, unsigned int shift,
			      uint64_t base)
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
static inline int entry_insert(struct index *index, entry_t *entry, unsigned int shift,
			       uint64_t base, const struct span *whole)
{
	struct span span = span_clip(whole, base, shift);
	int rc;

	if (*entry == ENTRY_NONE && span_fits(&span, shift)) {
		*entry = span_entry(&span, shift);
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
static inline void entry_remove(struct index *index, entry_t *entry, unsigned int shift,
				uint64_t base, const struct span *whole)
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

#endif
