/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold between the records of a trace; codec.h checks each record by itself.
 *
 *   slots      never overlap, ids are unique, changes fit the slots that exist when they happen
 *   events     lie in the slot they name; a miss names none; each vCPU's time never goes back
 *   footer     counts what was there
 */
#ifndef TRACE_VALIDATE_H
#define TRACE_VALIDATE_H

#include "trace/slotmap.h"
#include "trace/trace.h"

struct validator;
enum { VALIDATE_WHY = SLOTMAP_WHY };

/* -ENOMEM, or -EINVAL with @why. */
int validator_new(const struct trace_slot *slots, size_t nr, struct validator **v,
		  char why[VALIDATE_WHY]);
void validator_free(struct validator *v);

/* Check @rec and follow it; 0 or -EINVAL with @why. Fills in what a change left out of .old. */
int validator_event(struct validator *v, const struct trace_event *event, char why[VALIDATE_WHY]);
int validator_change(struct validator *v, struct trace_change *change, char why[VALIDATE_WHY]);
int validator_footer(const struct validator *v, const json_t *footer, char why[VALIDATE_WHY]);

/* The slots as they are after the last change. */
const struct slotmap *validator_slots(const struct validator *v);

#endif
