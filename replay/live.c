// SPDX-License-Identifier: GPL-2.0-only
#include "replay/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/subject.h"
#include "replay/tsc.h"

static void drop(struct live *live, unsigned int id)
{
	for (size_t i = 0; i < live->nr; i++) {
		if (live->slots[i].id == id) {
			live->slots[i] = live->slots[--live->nr];
			return;
		}
	}
}

/* The slots of address space 0 after @segment changes. */
static int gather(struct live *live, const struct trace *trace, size_t segment)
{
	live->slots = calloc(trace->nr_slots + segment + 1, sizeof(*live->slots));
	if (!live->slots)
		return -ENOMEM;
	for (size_t i = 0; i < trace->nr_slots; i++)
		if (trace->slots[i].as == 0)
			live->slots[live->nr++] = trace->slots[i];
	for (size_t i = 0; i < segment; i++) {
		const struct trace_change *change = &trace->changes[i];

		if (change->slot.as)
			continue;
		drop(live, change->slot.id);
		if (change->op != TRACE_DELETE)
			live->slots[live->nr++] = change->slot;
	}
	return live->nr ? 0 : -ENODATA;
}

/* Both sets hold the same. The first content needs no publishing: the VM has not started. */
static int fill(struct live *live)
{
	int rc = 0;

	for (size_t i = 0; i < live->nr; i++) {
		const struct trace_slot *slot = &live->slots[i];

		if (slot->base_gfn + slot->npages > live->free_gfn)
			live->free_gfn = slot->base_gfn + slot->npages;
	}
	for (int s = 0; !rc && s < 2; s++)
		if (live->sets.set[s])
			rc = subject_fill(live->sets.ops, live->sets.set[s], live->slots, live->nr,
					  0);
	return rc;
}

static unsigned int unused_id(const struct live *live)
{
	static bool used[TRACE_MAX_SLOT + 1];
	unsigned int id = 0;

	memset(used, 0, sizeof(used));
	for (size_t i = 0; i < live->nr; i++)
		used[live->slots[i].id] = true;
	while (id < TRACE_MAX_SLOT && used[id])
		id++;
	return id;
}

int live_open(struct live *live, const struct index_ops *ops, const struct trace *trace,
	      size_t segment)
{
	int rc;

	*live = (struct live){ .heap = heap_create() };
	rc = live->heap ? gather(live, trace, segment) : -ENOMEM;
	if (!rc)
		rc = sets_init(&live->sets, ops, heap_mem(live->heap));
	if (!rc)
		rc = fill(live);
	if (rc)
		live_close(live);
	else
		live->free_id = unused_id(live);
	return rc;
}

void live_close(struct live *live)
{
	if (live->sets.ops) /* set by sets_init() where it succeeds */
		sets_destroy(&live->sets);
	heap_destroy(live->heap);
	free(live->slots);
	*live = (struct live){ 0 };
}

int live_change(struct live *live, enum trace_change_op op, const struct index_slot *slot,
		const struct index_slot *target, double *ticks)
{
	uint64_t start = tsc_start();
	int rc = -EINVAL;

	switch (op) {
	case TRACE_CREATE:
		rc = sets_create_slot(&live->sets, slot);
		break;
	case TRACE_DELETE:
		rc = sets_delete_slot(&live->sets, slot);
		break;
	case TRACE_MOVE:
		rc = sets_move_slot(&live->sets, slot, target);
		break;
	case TRACE_FLAGS:
		rc = sets_change_flags(&live->sets, slot, target);
		break;
	case TRACE_NR_CHANGE_OPS:
		break;
	}
	*ticks = (double)(tsc_stop() - start);
	return rc;
}
