// SPDX-License-Identifier: GPL-2.0-only
#include "trace/slotmap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct space {
	size_t nr;
	uint16_t order[TRACE_MAX_SLOT + 1]; /* ids by rising base_gfn; the first nr count */
	struct trace_slot by_id[TRACE_MAX_SLOT + 1]; /* npages 0: no such slot */
};

struct slotmap {
	struct space spaces[TRACE_ADDRESS_SPACES];
};

struct slotmap *slotmap_new(void)
{
	return calloc(1, sizeof(struct slotmap));
}

void slotmap_free(struct slotmap *map)
{
	free(map);
}

const struct trace_slot *slotmap_by_id(const struct slotmap *map, unsigned int as, unsigned int id)
{
	const struct trace_slot *slot;

	if (as >= TRACE_ADDRESS_SPACES || id > TRACE_MAX_SLOT)
		return NULL;
	slot = &map->spaces[as].by_id[id];
	return slot->npages ? slot : NULL;
}

/* How many slots start at or below @gfn. */
static size_t rank(const struct space *space, uint64_t gfn)
{
	size_t low = 0, high = space->nr;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (space->by_id[space->order[mid]].base_gfn <= gfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct trace_slot *slotmap_by_gfn(const struct slotmap *map, unsigned int as, uint64_t gfn)
{
	const struct space *space = &map->spaces[as];
	size_t below = rank(space, gfn);
	const struct trace_slot *slot = below ? &space->by_id[space->order[below - 1]] : NULL;

	return slot && gfn - slot->base_gfn < slot->npages ? slot : NULL;
}

size_t slotmap_rank(const struct slotmap *map, unsigned int as, uint64_t gfn)
{
	return rank(&map->spaces[as], gfn);
}

const struct trace_slot *slotmap_at(const struct slotmap *map, unsigned int as, size_t place)
{
	const struct space *space = &map->spaces[as];

	return &space->by_id[space->order[place]];
}

size_t slotmap_count(const struct slotmap *map, unsigned int as)
{
	return map->spaces[as].nr;
}

static const struct trace_slot *overlapped(const struct space *space, const struct trace_slot *slot,
					   size_t at)
{
	if (at > 0) {
		const struct trace_slot *low = &space->by_id[space->order[at - 1]];

		if (slot->base_gfn - low->base_gfn < low->npages)
			return low;
	}
	if (at < space->nr) {
		const struct trace_slot *high = &space->by_id[space->order[at]];

		if (high->base_gfn - slot->base_gfn < slot->npages)
			return high;
	}
	return NULL;
}

int slotmap_insert(struct slotmap *map, const struct trace_slot *slot, char why[SLOTMAP_WHY])
{
	struct space *space = &map->spaces[slot->as];
	size_t at = rank(space, slot->base_gfn);
	const struct trace_slot *other = overlapped(space, slot, at);

	if (space->by_id[slot->id].npages) {
		snprintf(why, SLOTMAP_WHY, "slot %u of as %u exists already; delete it first",
			 slot->id, slot->as);
		return -EINVAL;
	}
	if (other) {
		snprintf(why, SLOTMAP_WHY,
			 "slot %u (gfn %" PRIu64 "+%" PRIu64 ") overlaps slot %u (gfn %" PRIu64
			 "+%" PRIu64 ") of as %u; slots must be disjoint",
			 slot->id, slot->base_gfn, slot->npages, other->id, other->base_gfn,
			 other->npages, slot->as);
		return -EINVAL;
	}
	memmove(&space->order[at + 1], &space->order[at], (space->nr - at) * sizeof(*space->order));
	space->order[at] = slot->id;
	space->by_id[slot->id] = *slot;
	space->nr++;
	return 0;
}

static void take_out(struct space *space, struct trace_slot *slot)
{
	size_t at = rank(space, slot->base_gfn) - 1;

	space->nr--;
	memmove(&space->order[at], &space->order[at + 1], (space->nr - at) * sizeof(*space->order));
	slot->npages = 0;
}

static bool same_range(const struct trace_slot *a, const struct trace_slot *b)
{
	return a->base_gfn == b->base_gfn && a->npages == b->npages;
}

/* What the change says of the slot before it: delete and flags in .slot, move in .old, if at all.
 */
static const struct trace_slot *said_before(const struct trace_change *change)
{
	return change->op == TRACE_MOVE ? &change->old : &change->slot;
}

int slotmap_apply(struct slotmap *map, const struct trace_change *change, char why[SLOTMAP_WHY])
{
	struct space *space = &map->spaces[change->slot.as];
	struct trace_slot *slot = &space->by_id[change->slot.id];
	const struct trace_slot *before = said_before(change);

	if (change->op == TRACE_CREATE)
		return slotmap_insert(map, &change->slot, why);
	if (!slot->npages) {
		snprintf(why, SLOTMAP_WHY, "%s of slot %u of as %u, which does not exist then",
			 trace_change_names[change->op], change->slot.id, change->slot.as);
		return -EINVAL;
	}
	if (before->npages && !same_range(slot, before)) {
		snprintf(why, SLOTMAP_WHY,
			 "%s of slot %u says gfn %" PRIu64 "+%" PRIu64
			 ", but the slot is at %" PRIu64 "+%" PRIu64,
			 trace_change_names[change->op], slot->id, before->base_gfn, before->npages,
			 slot->base_gfn, slot->npages);
		return -EINVAL;
	}
	if (change->op == TRACE_FLAGS) {
		*slot = change->slot;
		return 0;
	}
	take_out(space, slot);
	return change->op == TRACE_MOVE ? slotmap_insert(map, &change->slot, why) : 0;
}

bool slotmap_change(const struct slotmap *map, const struct trace_slot *slot,
		    struct trace_change *change)
{
	const struct trace_slot *old = slotmap_by_id(map, slot->as, slot->id);

	change->slot = slot->npages || !old ? *slot : *old;
	if (!old)
		change->op = TRACE_CREATE;
	else if (!slot->npages)
		change->op = TRACE_DELETE;
	else if (old->base_gfn != slot->base_gfn)
		change->op = TRACE_MOVE;
	else
		change->op = TRACE_FLAGS;
	if (change->op == TRACE_MOVE || change->op == TRACE_FLAGS)
		change->old = *old;
	if (!old)
		return slot->npages != 0;
	return change->op != TRACE_FLAGS || old->flags != slot->flags;
}
