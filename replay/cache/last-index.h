/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last-used entry of the array era: the place in the gfn-sorted array (highest base first)
 * where the latest hit was found. It outlives slot changes, so it may come to name another slot;
 * the range check keeps that right.
 */
#ifndef REPLAY_CACHE_LAST_INDEX_H
#define REPLAY_CACHE_LAST_INDEX_H

#include "replay/cache/cache.h"

/* The array stands by falling base, slotmap by rising. */
static inline enum cache_verdict last_index_ask(size_t place, const struct cache_access *access)
{
	size_t nr = slotmap_count(access->slots, access->as);
	const struct trace_slot *slot;

	if (place >= nr)
		return CACHE_ABSENT;
	slot = slotmap_at(access->slots, access->as, nr - 1 - place);
	return access->gfn >= slot->base_gfn && access->gfn - slot->base_gfn < slot->npages
		       ? CACHE_SERVES
		       : CACHE_ABSENT;
}

static inline void last_index_learn(size_t *place, const struct cache_access *access)
{
	if (access->slot != TRACE_NO_SLOT)
		*place = slotmap_count(access->slots, access->as) -
			 slotmap_rank(access->slots, access->as, access->gfn);
}

#endif
