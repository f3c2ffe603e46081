// SPDX-License-Identifier: GPL-2.0-only
/*
 * New: from granule (2 MiB) to slot through one table, with the two largest slots in front of it.
 *
 * granule.h draws the layout, states its bounds and has the lookup; granule-tables.h updates
 * entries and nodes, granule-root.h the root. Here are the slots.
 */
#include "replay/index/granule-root.h"

/* What a change keeps for the next: the nodes at a slot's two ends. */
enum { SPARE_NODES = 2 };

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
	index->large_entry[i] = ENTRY_WHOLE(slot->id);
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
	spare_trim(index, SPARE_NODES);
	if (i == 0)
		large_copy(index, 0, 1);
	if (i < 2)
		index->large_npages[1] = 0;
	return 0;
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
	span_remove(index, &from);
	rc = tables_insert(index, &to);
	if (rc)
		span_insert(index, &from);
	spare_trim(index, SPARE_NODES);
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
	for (size_t i = 0; i < root_nr(index); i++)
		entry_free(index, index->root[i], index->shift);
	spare_trim(index, 0);
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
	if (index->far_nr && index->near_nr > index->far_lo)
		return "the windows overlap";
	if (index->root[index->near_nr] != ENTRY_NONE)
		return "the entry for what is out of reach is not empty";
	for (size_t i = 0; !broken && i < root_nr(index); i++) {
		uint64_t g = root_granule(index, i);

		if (i != index->near_nr)
			broken = entry_check(index->root[i], index->shift, g << index->shift);
	}
	return broken;
}

INDEX_LOOPS(granule)

INDEX_DEFINE(granule) = {
	INDEX_FUNCTIONS(granule),     .name = "granule", .mirrors = "new", .kernel_ok = true,
	.max_slots = INDEX_MAX_SLOTS,
};
