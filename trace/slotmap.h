/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slots alive at one point of a trace, as KVM's ioctl would keep them: no empty slot, no
 * overlap within an address space, ids unique.
 *
 * A slot by its id costs one array access, a slot by gfn a binary search; a change costs a move of
 * two bytes for each slot above it.
 */
#ifndef TRACE_SLOTMAP_H
#define TRACE_SLOTMAP_H

#include "trace/trace.h"

struct slotmap;

struct slotmap *slotmap_new(void); /* NULL when out of memory */
void slotmap_free(struct slotmap *map);

/* NULL if there is none. */
const struct trace_slot *slotmap_by_id(const struct slotmap *map, unsigned int as, unsigned int id);
const struct trace_slot *slotmap_by_gfn(const struct slotmap *map, unsigned int as, uint64_t gfn);
size_t slotmap_count(const struct slotmap *map, unsigned int as);
/* In the order of base_gfn: how many slots start at or below @gfn; the slot at a place < count. */
size_t slotmap_rank(const struct slotmap *map, unsigned int as, uint64_t gfn);
const struct trace_slot *slotmap_at(const struct slotmap *map, unsigned int as, size_t place);

/* Fill @change (op, slot, old) so that @slot's id is as @slot then; npages 0: gone. False: it is
 * so. */
bool slotmap_change(const struct slotmap *map, const struct trace_slot *slot,
		    struct trace_change *change);

/* Each returns 0, or -EINVAL and what was wrong with what would be right, as text. */
enum { SLOTMAP_WHY = 200 };
int slotmap_insert(struct slotmap *map, const struct trace_slot *slot, char why[SLOTMAP_WHY]);
int slotmap_apply(struct slotmap *map, const struct trace_change *change, char why[SLOTMAP_WHY]);

#endif
