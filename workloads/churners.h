/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slots that a remapped trace creates, deletes and moves. No access goes to them, so that any
 * of them can stand for any slot that changed in the recording: what stays is how many slots there
 * are and what kind of change came when.
 */
#ifndef WORKLOADS_CHURNERS_H
#define WORKLOADS_CHURNERS_H

#include "workloads/layout.h"

struct churners;

/* How many slots of @as must be alive beforehand for the changes of @trace to find one to delete.
 */
size_t churners_needed(const struct trace *trace, unsigned int as);

/*
 * @reserved slots are alive; up to @room more are created above gfn @top when the recording has
 * more, with ids from @first_id on. NULL when out of memory.
 */
struct churners *churners_new(const struct trace_slot *reserved, size_t nr, size_t room,
			      uint64_t top_gfn, unsigned int first_id);
void churners_free(struct churners *c);

/* Turn a create, delete or move of the recording into one of ours; false where there is no slot
 * for it. */
bool churners_change(struct churners *c, struct trace_change *change);

#endif
