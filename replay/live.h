/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slots of address space 0 as a VM holds them while it runs: KVM's two sets (or copied set) of
 * a structure, with room above the highest gfn to move a slot to.
 */
#ifndef REPLAY_LIVE_H
#define REPLAY_LIVE_H

#include "replay/index/heap.h"
#include "replay/index/sets.h"
#include "trace/trace.h"

struct live {
	struct heap *heap;
	struct sets sets;
	struct trace_slot *slots; /* alive, of address space 0 */
	size_t nr;
	uint64_t free_gfn;    /* none at or above it is in a slot */
	unsigned int free_id; /* no slot has it */
};

/* As after the first @segment slot changes of @trace. 0, -ENOMEM, or what the structure's insert()
 * says; -ENODATA without slots. */
int live_open(struct live *live, const struct index_ops *ops, const struct trace *trace,
	      size_t segment);
void live_close(struct live *live);

/* Ticks of one change of @slot as KVM makes it; 0 or -errno. TRACE_MOVE goes to @target. */
int live_change(struct live *live, enum trace_change_op op, const struct index_slot *slot,
		const struct index_slot *target, double *ticks);

#endif
