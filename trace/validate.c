// SPDX-License-Identifier: GPL-2.0-only
#include "trace/validate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/codec.h"

struct validator {
	struct slotmap *slots;
	uint64_t nr_events, nr_changes;
	uint64_t last_ns[TRACE_NO_VCPU]; /* per vCPU */
};

int validator_new(const struct trace_slot *slots, size_t nr, struct validator **result,
		  char why[VALIDATE_WHY])
{
	struct validator *v = calloc(1, sizeof(*v));

	if (v)
		v->slots = slotmap_new();
	if (!v || !v->slots) {
		free(v);
		snprintf(why, VALIDATE_WHY, "out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < nr; i++) {
		if (slotmap_insert(v->slots, &slots[i], why) < 0) {
			validator_free(v);
			return -EINVAL;
		}
	}
	*result = v;
	return 0;
}

void validator_free(struct validator *v)
{
	if (!v)
		return;
	slotmap_free(v->slots);
	free(v);
}

const struct slotmap *validator_slots(const struct validator *v)
{
	return v->slots;
}

static bool is_miss(enum trace_op op)
{
	return op >= TRACE_MISS && op <= TRACE_MISS_FAST;
}

/* Pages from the event's gfn on that must lie in its slot. */
static uint64_t length_of(const struct trace_event *event)
{
	return event->op == TRACE_HVA ? event->npages : 1;
}

static bool fits(const struct trace_event *event, const struct trace_slot *slot)
{
	uint64_t offset = event->gfn - slot->base_gfn; /* wraps to a large number below the slot */

	return offset < slot->npages && length_of(event) <= slot->npages - offset;
}

static int bad_slot(const struct trace_event *event, const struct trace_slot *slot,
		    char why[VALIDATE_WHY])
{
	if (!slot)
		snprintf(why, VALIDATE_WHY,
			 "slot %u does not exist then; it must name a live slot "
			 "or null",
			 event->slot);
	else
		snprintf(why, VALIDATE_WHY,
			 "gfn %" PRIu64 "+%" PRIu64 " is not in slot %u, which is at %" PRIu64
			 "+%" PRIu64,
			 (uint64_t)event->gfn, length_of(event), slot->id, slot->base_gfn,
			 slot->npages);
	return -EINVAL;
}

static int check_slot(const struct validator *v, const struct trace_event *event,
		      char why[VALIDATE_WHY])
{
	const struct trace_slot *slot;

	if (event->slot == TRACE_NO_SLOT)
		return 0;
	if (is_miss(event->op)) {
		snprintf(why, VALIDATE_WHY, "op \"%s\" with slot %u; a miss has slot null",
			 trace_op_names[event->op], event->slot);
		return -EINVAL;
	}
	slot = slotmap_by_id(v->slots, event->flags & TRACE_SMM ? 1 : 0, event->slot);
	return slot && fits(event, slot) ? 0 : bad_slot(event, slot, why);
}

int validator_event(struct validator *v, const struct trace_event *event, char why[VALIDATE_WHY])
{
	if (event->vcpu != TRACE_NO_VCPU) {
		uint64_t *last = &v->last_ns[event->vcpu];

		if (event->t_ns < *last) {
			snprintf(why, VALIDATE_WHY,
				 "t_ns %" PRIu64 " of vCPU %u is before its last event at %" PRIu64
				 "; a vCPU's events must be in order",
				 event->t_ns, event->vcpu, *last);
			return -EINVAL;
		}
		*last = event->t_ns;
	}
	v->nr_events++;
	return check_slot(v, event, why);
}

int validator_change(struct validator *v, struct trace_change *change, char why[VALIDATE_WHY])
{
	const struct trace_slot *before = slotmap_by_id(v->slots, change->slot.as, change->slot.id);
	struct trace_slot old = before ? *before : (struct trace_slot){ 0 };
	int rc = slotmap_apply(v->slots, change, why);

	if (rc < 0)
		return rc;
	if (change->op == TRACE_MOVE || change->op == TRACE_FLAGS)
		change->old = old;
	v->nr_changes++;
	return 0;
}

int validator_footer(const struct validator *v, const json_t *footer, char why[VALIDATE_WHY])
{
	struct footer_counts counts;
	char codec_why[CODEC_WHY];

	if (decode_footer(footer, &counts, codec_why) < 0) {
		snprintf(why, VALIDATE_WHY, "footer: %.180s", codec_why);
		return -EINVAL;
	}
	if (counts.events != v->nr_events || counts.slot_changes != v->nr_changes) {
		snprintf(why, VALIDATE_WHY,
			 "footer counts %" PRIu64 " events and %" PRIu64
			 " slot changes, but there are %" PRIu64 " and %" PRIu64,
			 counts.events, counts.slot_changes, v->nr_events, v->nr_changes);
		return -EINVAL;
	}
	return 0;
}
