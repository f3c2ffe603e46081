/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk along a trace that keeps the slots alive and the generation of each address space. */
#ifndef REPLAY_CACHE_WALK_H
#define REPLAY_CACHE_WALK_H

#include "replay/cache/cache.h"

struct cache_walk {
	const struct trace *trace;
	struct slotmap *slots;
	size_t next_change;
	uint64_t generation[TRACE_ADDRESS_SPACES]; /* rises by two; midway is between */
	bool zapped[TRACE_ADDRESS_SPACES]; /* accesses midway are behind a delete or move, not
					      before */
};

int cache_walk_start(struct cache_walk *walk, const struct trace *trace); /* 0 or -errno */
void cache_walk_end(struct cache_walk *walk);

/* Make the next slot change that comes before event @i; false if there is none. */
bool cache_walk_change(struct cache_walk *walk, size_t i, enum trace_change_op *op);

/* Fill @access for @event; its slot is left TRACE_NO_SLOT. */
void cache_walk_access(struct cache_walk *walk, const struct trace_event *event,
		       struct cache_access *access);

#endif
