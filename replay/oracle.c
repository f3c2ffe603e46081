// SPDX-License-Identifier: GPL-2.0-only
#include "replay/oracle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const replay_class_names[NR_CLASSES] = { "all", "ram", "mapped", "miss" };

/* The slots alive, in no order, and the answers since the last change: direct-mapped by gfn. */
enum { MEMO = 1 << 16 };

struct memo {
	uint64_t key; /* gfn and address space, epoch above them; 0 is never valid */
	uint16_t slot;
	uint8_t class;
};

struct search {
	struct trace_slot *slots;
	size_t nr, room;
	uint64_t epoch;
	struct memo memo[MEMO];
};

static uint8_t class_of(const struct trace_slot *slot)
{
	if (!slot)
		return CLASS_MISS;
	return slot->kind == TRACE_KIND_MAPPED ? CLASS_MAPPED : CLASS_RAM;
}

static const struct trace_slot *search_gfn(const struct search *search, unsigned int as,
					   uint64_t gfn)
{
	for (size_t i = 0; i < search->nr; i++) {
		const struct trace_slot *slot = &search->slots[i];

		if (slot->as == as && gfn >= slot->base_gfn && gfn - slot->base_gfn < slot->npages)
			return slot;
	}
	return NULL;
}

static const struct memo *search_memo(struct search *search, unsigned int as, uint64_t gfn)
{
	uint64_t key = gfn << 1 | as | search->epoch << 53;
	struct memo *memo = &search->memo[(gfn * 0x9e3779b97f4a7c15) >> 48];
	const struct trace_slot *slot;

	if (memo->key == key)
		return memo;
	slot = search_gfn(search, as, gfn);
	*memo = (struct memo){ key, slot ? slot->id : TRACE_NO_SLOT, class_of(slot) };
	return memo;
}

static void forget(struct search *search)
{
	search->epoch = (search->epoch + 1) & 0x7ff; /* the bits above a 53-bit key */
	if (search->epoch)
		return;
	memset(search->memo, 0, sizeof(search->memo));
	search->epoch = 1;
}

static void drop(struct search *search, unsigned int as, unsigned int id)
{
	for (size_t i = 0; i < search->nr; i++) {
		if (search->slots[i].as == as && search->slots[i].id == id) {
			search->slots[i] = search->slots[--search->nr];
			return;
		}
	}
}

static int add(struct search *search, const struct trace_slot *slot)
{
	if (search->nr == search->room) {
		size_t room = search->room ? 2 * search->room : 64;
		struct trace_slot *slots = realloc(search->slots, room * sizeof(*slots));

		if (!slots)
			return -ENOMEM;
		search->slots = slots;
		search->room = room;
	}
	search->slots[search->nr++] = *slot;
	return 0;
}

static int apply(struct search *search, const struct trace_change *change)
{
	forget(search);
	if (change->op != TRACE_CREATE)
		drop(search, change->slot.as, change->slot.id);
	return change->op == TRACE_DELETE ? 0 : add(search, &change->slot);
}

/* Did KVM say which slot it found? The ops that never reached the slots say null for another
 * reason. */
static bool recorded(const struct trace_event *event)
{
	return event->op == TRACE_RAM || event->op == TRACE_MAPPED || event->op == TRACE_ROM ||
	       event->op == TRACE_MISS || event->op == TRACE_MISS_STALE ||
	       event->op == TRACE_LOOKUP;
}

static int disagreement(const struct trace *trace, size_t i, unsigned int found, struct diag *d)
{
	const struct trace_event *event = &trace->events[i];
	char kernel[16] = "none", search[16] = "none";

	if (event->slot != TRACE_NO_SLOT)
		snprintf(kernel, sizeof(kernel), "%u", event->slot);
	if (found != TRACE_NO_SLOT)
		snprintf(search, sizeof(search), "%u", found);
	return diag_set(d, EXIT_RUNTIME, -EILSEQ,
			"%s: event %zu (%s, gfn 0x%llx): the kernel found slot %s, a linear search "
			"slot %s; the trace misses a slot change, see slotsim check",
			trace->name, i, trace_op_names[event->op], (unsigned long long)event->gfn,
			kernel, search);
}

static int ask_all(const struct trace *trace, struct search *search, struct oracle *oracle,
		   struct diag *d)
{
	size_t change = 0;

	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct trace_event *event = &trace->events[i];
		const struct memo *memo;

		while (change < trace->nr_changes && trace->changes[change].at <= i)
			if (apply(search, &trace->changes[change++]))
				return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
		oracle->class[i] = CLASS_NONE;
		oracle->slot[i] = TRACE_NO_SLOT;
		if (event->op == TRACE_HVA)
			continue;
		memo = search_memo(search, event_as(event), event->gfn);
		if (recorded(event) && event->slot != memo->slot)
			return disagreement(trace, i, memo->slot, d);
		oracle->class[i] = memo->class;
		oracle->slot[i] = memo->slot;
	}
	return 0;
}

int oracle_ask(const struct trace *trace, struct oracle *oracle, struct diag *d)
{
	struct search *search = calloc(1, sizeof(*search));
	struct oracle answers = { calloc(trace->nr_events + 1, sizeof(*answers.slot)),
				  calloc(trace->nr_events + 1, sizeof(*answers.class)) };
	int rc = 0;

	if (!search || !answers.slot || !answers.class)
		rc = diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	if (search)
		search->epoch = 1;
	for (size_t i = 0; !rc && i < trace->nr_slots; i++)
		if (add(search, &trace->slots[i]))
			rc = diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	if (!rc)
		rc = ask_all(trace, search, &answers, d);
	if (search)
		free(search->slots);
	free(search);
	if (rc)
		oracle_free(&answers);
	else
		*oracle = answers;
	return rc;
}

void oracle_free(struct oracle *oracle)
{
	free(oracle->slot);
	free(oracle->class);
	*oracle = (struct oracle){ 0 };
}
