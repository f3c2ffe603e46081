/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * granule's root: its two windows, how it grows, and how slots go into it. The layout is in
 * granule.h.
 *
 * Growing copies the entries; nodes stay where they are. A granule of the root that is 2^NODE_BITS
 * times as large takes the entries of so many into a node, unless it folds.
 */
#ifndef REPLAY_INDEX_GRANULE_ROOT_H
#define REPLAY_INDEX_GRANULE_ROOT_H

#include "replay/index/granule-tables.h"

static inline size_t root_nr(const struct index *index)
{
	return (size_t)index->near_nr + 1 + index->far_nr;
}

static inline uint64_t root_granule(const struct index *index, size_t at)
{
	return at < index->near_nr ? at : index->far_lo + (at - index->near_nr - 1);
}

static inline void entry_free(struct index *index, uint64_t e, unsigned int shift)
{
	if (!entry_is_node(e))
		return;
	for (int i = 0; shift > PAGE_BITS && i < 1 << NODE_BITS; i++)
		entry_free(index, ((entry_t *)entry_node(e))[i], shift - NODE_BITS);
	node_free(index, entry_node(e));
}

static inline int root_alloc(struct index *index)
{
	index->root = index->mem->alloc(index->mem, root_nr(index) * sizeof(entry_t), 64);
	if (!index->root)
		return -ENOMEM;
	entries_clear(index->root, root_nr(index));
	return 0;
}

static inline void root_free(struct index *index)
{
	index->mem->free(index->mem, index->root, root_nr(index) * sizeof(entry_t));
}

/* ---- growing ---- */

/* Put the entry of granule @g, of the size before, into @to; its nodes are @index's. */
static inline int entry_take(struct index *index, struct index *to, uint64_t g, uint64_t e)
{
	entry_t *entry = &to->root[root_at(to, g)];

	if (to->shift == index->shift) {
		*entry = e;
		return 0;
	}
	entry = &to->root[root_at(to, g >> NODE_BITS)];
	if (!entry_is_node(*entry)) {
		void *node = node_new(index, to->shift);

		if (!node)
			return -ENOMEM;
		*entry = (uintptr_t)node;
	}
	((entry_t *)entry_node(*entry))[g & ((1 << NODE_BITS) - 1)] = e;
	return 0;
}

/* Of a wider root: give back the tables that entry_take() made, all or those that fold. */
static inline void root_settle(struct index *index, struct index *to, bool all)
{
	for (size_t i = 0; i < root_nr(to); i++) {
		uint64_t e = to->root[i], folded = ENTRY_NONE;

		if (!entry_is_node(e))
			continue;
		if (!node_folds(entry_node(e), to->shift, root_granule(to, i) << to->shift,
				&folded) &&
		    !all)
			continue;
		to->root[i] = folded;
		node_free(index, entry_node(e));
	}
}

/* Move all into a root with the windows of @to, whose granule is the same or the next wider. */
static inline int root_replace(struct index *index, struct index *to)
{
	bool wider = to->shift != index->shift;
	int rc = root_alloc(to);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < root_nr(index); i++)
		if (index->root[i] != ENTRY_NONE)
			rc = entry_take(index, to, root_granule(index, i), index->root[i]);
	if (wider)
		root_settle(index, to, rc);
	root_free(rc ? to : index);
	if (rc)
		return rc;
	to->spare = index->spare;
	*index = *to;
	return 0;
}

static inline uint32_t pow2_from(uint64_t n)
{
	return n < 2 ? 1 : 1u << (64 - __builtin_clzll(n - 1));
}

/*
 * Sizes are powers of two, so that growth is rare; a window that grows down has its room below. The
 * near window gives way to a slot that begins in it, so of the slots there only the last granule of
 * one can become far.
 */
static inline void far_widen(struct index *to, uint64_t lo, uint64_t hi)
{
	uint64_t nr = pow2_from(hi - lo), room = hi > nr ? hi - nr : 0;

	if (to->near_nr > lo)
		to->near_nr = lo;
	if (to->far_nr && lo < to->far_lo)
		lo = room > to->near_nr ? room : to->near_nr;
	to->far_lo = lo;
	to->far_nr = nr;
}

/* True after widening the windows so that they hold granules lo to hi - 1; false if they had to be
 * too wide. They never overlap. */
static inline bool windows_widen(struct index *to, uint64_t lo, uint64_t hi)
{
	uint64_t end = to->far_lo + to->far_nr, near = to->far_nr ? to->far_lo : NEAR_MAX;

	if (hi <= to->near_nr || (lo >= to->far_lo && hi <= end))
		return true;
	if (hi <= NEAR_MAX && hi <= near) {
		to->near_nr = pow2_from(hi) < near ? pow2_from(hi) : near;
		return true;
	}
	if (to->far_nr) {
		lo = lo < to->far_lo ? lo : to->far_lo;
		hi = hi > end ? hi : end;
	}
	if (hi - lo > FAR_MAX)
		return false;
	far_widen(to, lo, hi);
	return true;
}

static inline void windows_coarsen(struct index *to)
{
	uint64_t end = to->far_lo + to->far_nr + (1 << NODE_BITS) - 1;

	to->near_nr = (to->near_nr + (1 << NODE_BITS) - 1) >> NODE_BITS;
	to->far_lo >>= NODE_BITS;
	to->far_nr = to->far_nr ? pow2_from((end >> NODE_BITS) - to->far_lo) : 0;
	if (to->far_nr && to->near_nr > to->far_lo)
		to->near_nr = to->far_lo;
	to->shift += NODE_BITS;
}

/* Let the root reach all of @span. */
static inline int root_reach(struct index *index, const struct span *span)
{
	struct index to = *index;
	int rc = 0;

	while (!rc && !windows_widen(&to, span->lo >> to.shift, ((span->hi - 1) >> to.shift) + 1)) {
		windows_coarsen(&to);
		rc = root_replace(index, &to);
		to = *index;
	}
	if (rc || (to.near_nr == index->near_nr && to.far_lo == index->far_lo &&
		   to.far_nr == index->far_nr))
		return rc;
	return root_replace(index, &to);
}

/* ---- spans ---- */

/* Granules @first to @end - 1, neither the first nor the last of a slot: all in one window. */
static inline void root_fill(struct index *index, uint64_t first, uint64_t end, uint64_t e)
{
	entry_t *entry = &index->root[root_at(index, first)];

	for (; first < end; first++)
		*entry++ = e;
}

static inline entry_t *root_entry(struct index *index, uint64_t granule)
{
	return &index->root[root_at(index, granule)];
}

/* All granules but the first and the last are whole, so they are entries. */
static inline int span_insert(struct index *index, const struct span *span)
{
	unsigned int shift = index->shift;
	uint64_t first = span->lo >> shift, last = (span->hi - 1) >> shift;
	int rc = entry_insert(index, root_entry(index, first), shift, first << shift, span);

	if (rc || first == last)
		return rc;
	root_fill(index, first + 1, last, ENTRY_WHOLE(span->id));
	return entry_insert(index, root_entry(index, last), shift, last << shift, span);
}

static inline void span_remove(struct index *index, const struct span *span)
{
	unsigned int shift = index->shift;
	uint64_t first = span->lo >> shift, last = (span->hi - 1) >> shift;

	entry_remove(index, root_entry(index, first), shift, first << shift, span);
	if (first == last)
		return;
	root_fill(index, first + 1, last, ENTRY_NONE);
	entry_remove(index, root_entry(index, last), shift, last << shift, span);
}

#endif
