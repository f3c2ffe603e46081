// SPDX-License-Identifier: GPL-2.0-only
#include "replay/cache/walk.h"

#include <errno.h>

int cache_walk_start(struct cache_walk *walk, const struct trace *trace)
{
	char why[SLOTMAP_WHY];

	*walk = (struct cache_walk){ .trace = trace, .slots = slotmap_new() };
	if (!walk->slots)
		return -ENOMEM;
	for (size_t i = 0; i < trace->nr_slots; i++)
		if (slotmap_insert(walk->slots, &trace->slots[i], why))
			return -EINVAL;
	return 0;
}

void cache_walk_end(struct cache_walk *walk)
{
	slotmap_free(walk->slots);
}

bool cache_walk_change(struct cache_walk *walk, size_t i, enum trace_change_op *op)
{
	const struct trace_change *change = &walk->trace->changes[walk->next_change];
	char why[SLOTMAP_WHY];

	if (walk->next_change >= walk->trace->nr_changes || change->at > i)
		return false;
	slotmap_apply(walk->slots, change, why); /* trace_load() has proved that it fits */
	walk->generation[change->slot.as] += 2;
	walk->zapped[change->slot.as] = change->op == TRACE_DELETE || change->op == TRACE_MOVE;
	walk->next_change++;
	*op = change->op;
	return true;
}

void cache_walk_access(struct cache_walk *walk, const struct trace_event *event,
		       struct cache_access *access)
{
	unsigned int as = event->flags & TRACE_SMM ? 1 : 0;
	bool updating = event->flags & TRACE_UPDATING, midway = event->flags & TRACE_MIDWAY;
	uint64_t generation = walk->generation[as];

	if (!updating && !midway)
		walk->zapped[as] = false;
	if (!updating && midway)
		generation += walk->zapped[as] ? -1 : 1;
	*access = (struct cache_access){ .slots = walk->slots,
					 .gfn = event->gfn,
					 .generation = generation,
					 .updating = updating,
					 .updated = updating && midway,
					 .as = as,
					 .vcpu = event->vcpu,
					 .slot = TRACE_NO_SLOT };
}
