// SPDX-License-Identifier: GPL-2.0-only
/* A recording in order of time, each access in its slot. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/import/recording.h"
#include "trace/slotmap.h"

struct placer {
	const struct recording *r;
	struct slotmap *slots;
	size_t next_change; /* of r->changes, not in force yet */
	const char *out;
	bool force;
	struct trace_writer *writer; /* NULL before the first access */
	uint64_t start_ns;
	struct import_done done;
};

/* ---- order ---- */

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_time(const void *a, const void *b)
{
	const struct trace_event *x = a, *y = b;

	return by_number(x->t_ns, y->t_ns);
}

static int by_end(const void *a, const void *b)
{
	const struct import_change *x = a, *y = b;

	return by_number(x->done_ns, y->done_ns);
}

/* ---- slots that nobody told ---- */

static bool is_found(const struct trace_event *event)
{
	return event->op == TRACE_RAM;
}

static int by_gfn_found_first(const void *a, const void *b)
{
	const struct trace_event *x = a, *y = b;
	int order = by_number(x->gfn, y->gfn);

	return order ? order : is_found(y) - is_found(x);
}

/*
 * The fewest slots that hold every page found and none that was missed, unless it was found at
 * another time. They have no times, so they are there from the start.
 */
static int guess_slots(struct recording *r, struct diag *d)
{
	struct trace_event *sorted = malloc((r->nr_events + 1) * sizeof(*sorted));
	struct import_change *open = NULL;
	int rc = 0;

	if (!sorted)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", r->path);
	memcpy(sorted, r->events, r->nr_events * sizeof(*sorted));
	qsort(sorted, r->nr_events, sizeof(*sorted), by_gfn_found_first);
	for (size_t i = 0; !rc && i < r->nr_events; i++) {
		struct import_change change = { .slot = { .base_gfn = sorted[i].gfn,
							  .npages = 1 } };
		bool repeated = i && sorted[i - 1].gfn == sorted[i].gfn;

		if (!is_found(&sorted[i])) {
			open = repeated ? open : NULL;
		} else if (open) {
			open->slot.npages = sorted[i].gfn - open->slot.base_gfn + 1;
		} else if (r->nr_changes > TRACE_MAX_SLOT) {
			rc = diag_set(d, EXIT_INPUT, -E2BIG,
				      "%s: its accesses fit no %d slots; record one VM only",
				      r->path, TRACE_MAX_SLOT + 1);
		} else {
			change.slot.id = (uint16_t)r->nr_changes;
			rc = recording_add_change(r, &change, d);
			open = rc ? NULL : &r->changes[r->nr_changes - 1];
		}
	}
	free(sorted);
	return rc;
}

/* ---- header and footer ---- */

static void set_if(json_t *object, const char *key, const char *why)
{
	if (why)
		json_object_set_new(object, key, json_string(why));
}

static json_t *header_json(const struct recording *r)
{
	json_t *ops = json_object(), *fields = json_object(), *host = json_object();

	for (int op = 0; op < TRACE_NR_OPS; op++)
		set_if(ops, trace_op_names[op], r->blind[op]);
	set_if(fields, "vcpu", r->no_vcpu);
	set_if(fields, "slot", r->no_slot);
	set_if(fields, "flags", r->no_flags);
	set_if(fields, "dur_ns", r->no_duration);
	set_if(host, "kernel", r->kernel[0] ? r->kernel : NULL);
	return json_pack("{s:s,s:o,s:o,s:o}", "source", r->source, "host", host, "not_observed",
			 ops, "fields_not_observed", fields);
}

static int out_of_memory(const struct placer *p, struct diag *d)
{
	return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", p->r->path);
}

/* Of both address spaces, counted through. */
static const struct trace_slot *slot_number(const struct placer *p, size_t i)
{
	size_t nr = slotmap_count(p->slots, 0);

	return slotmap_at(p->slots, i >= nr, i < nr ? i : i - nr);
}

static int open_trace(struct placer *p, struct diag *d)
{
	size_t all = slotmap_count(p->slots, 0) + slotmap_count(p->slots, 1);
	struct trace_slot *slots = calloc(all + 1, sizeof(*slots));
	json_t *header = header_json(p->r);
	int rc;

	for (size_t i = 0; slots && i < all; i++) {
		slots[i] = *slot_number(p, i);
		slots[i].hva = 0; /* it gives away the host's address space layout */
	}
	rc = slots && header
		     ? trace_writer_open(p->out, p->force, header, slots, all, &p->writer, d)
		     : out_of_memory(p, d);
	json_decref(header);
	free(slots);
	return rc;
}

/* ---- changes ---- */

static uint64_t since_start(const struct placer *p, uint64_t t_ns)
{
	return t_ns > p->start_ns ? t_ns - p->start_ns : 0;
}

/* The next slot change takes force. */
static int apply_next(struct placer *p, struct diag *d)
{
	const struct import_change *next = &p->r->changes[p->next_change++];
	struct trace_change change = { .t_ns = since_start(p, next->done_ns) };
	char why[SLOTMAP_WHY];

	if (!slotmap_change(p->slots, &next->slot, &change))
		return 0;
	if (slotmap_apply(p->slots, &change, why) < 0)
		return diag_set(d, EXIT_INPUT, -EINVAL,
				"%s: its slot changes do not fit together: %s; record one VM only",
				p->r->path, why);
	change.slot.hva = change.old.hva = 0;
	if (p->writer)
		trace_writer_change(p->writer, &change);
	return 0;
}

static bool more_changes(const struct placer *p)
{
	return p->next_change < p->r->nr_changes;
}

/* ---- accesses ---- */

static bool is_miss(const struct trace_event *event)
{
	return event->op >= TRACE_MISS && event->op <= TRACE_MISS_FAST;
}

/* Does it fit the slots as they are? */
static bool place(const struct placer *p, struct trace_event *event)
{
	const struct trace_slot *slot = slotmap_by_gfn(p->slots, 0, event->gfn);

	event->slot = slot ? slot->id : TRACE_NO_SLOT;
	if (!is_miss(event))
		return slot != NULL;
	if (slot && slot->kind == TRACE_KIND_ROM) /* emulated: a write to a read-only slot */
		event->op = TRACE_ROM;
	return !slot || event->op == TRACE_ROM;
}

static int write_event(struct placer *p, const struct trace_event *event, struct diag *d)
{
	int rc = p->writer ? 0 : open_trace(p, d);

	if (rc)
		return rc;
	trace_writer_event(p->writer, event);
	p->done.events++;
	return 0;
}

/* One event for each slot that a range of host pages touches. */
static int put_range(struct placer *p, const struct trace_event *range, struct diag *d)
{
	uint64_t start = (uint64_t)range->gfn << 12, end = start + ((uint64_t)range->npages << 12);
	size_t all = slotmap_count(p->slots, 0) + slotmap_count(p->slots, 1);
	int rc = 0;

	for (size_t i = 0; !rc && i < all; i++) {
		const struct trace_slot *slot = slot_number(p, i);
		uint64_t slot_end = slot->hva + (slot->npages << 12);
		uint64_t from = start > slot->hva ? start : slot->hva;
		uint64_t to = end < slot_end ? end : slot_end;
		struct trace_event event = *range;

		if (from >= to)
			continue;
		event.gfn = slot->base_gfn + ((from - slot->hva) >> 12);
		event.npages = (uint32_t)((to - from) >> 12);
		event.slot = slot->id;
		event.flags = slot->as ? TRACE_SMM : 0;
		rc = write_event(p, &event, d);
	}
	return rc;
}

/* A change whose ioctl has been called, but has not returned, may be in force already. */
static int put_event(struct placer *p, struct trace_event event, struct diag *d)
{
	uint64_t t_ns = event.t_ns;

	event.t_ns = since_start(p, t_ns);
	if (event.op == TRACE_HVA)
		return put_range(p, &event, d);
	while (!place(p, &event)) {
		int rc;

		if (!more_changes(p) || p->r->changes[p->next_change].begun_ns > t_ns) {
			p->done.unplaced++;
			return 0;
		}
		rc = apply_next(p, d);
		if (rc)
			return rc;
	}
	return write_event(p, &event, d);
}

static int put_all(struct placer *p, struct diag *d)
{
	const struct recording *r = p->r;
	int rc = 0;

	for (size_t i = 0; !rc && i <= r->nr_events; i++) {
		uint64_t t_ns = i < r->nr_events ? r->events[i].t_ns : UINT64_MAX;

		while (!rc && more_changes(p) && r->changes[p->next_change].done_ns <= t_ns)
			rc = apply_next(p, d);
		if (!rc && i < r->nr_events)
			rc = put_event(p, r->events[i], d);
	}
	return rc || p->writer ? rc : open_trace(p, d);
}

static int commit(struct placer *p, struct diag *d)
{
	struct trace_writer *writer = p->writer;
	json_t *footer;
	int rc;

	p->done.lost = p->r->lost + p->done.unplaced;
	footer = json_pack("{s:I,s:I}", "lost", (json_int_t)p->done.lost, "unplaced",
			   (json_int_t)p->done.unplaced);
	if (!footer)
		return out_of_memory(p, d);
	p->writer = NULL;
	rc = trace_writer_commit(writer, footer, d);
	json_decref(footer);
	return rc;
}

int recording_write(struct recording *r, const char *out, bool force, struct import_done *done,
		    struct diag *d)
{
	struct placer p = { .r = r, .out = out, .force = force };
	int rc = r->slots_told ? 0 : guess_slots(r, d);

	if (rc)
		return rc;
	if (!r->nr_events)
		return diag_set(d, EXIT_INPUT, -ENODATA,
				"%s: no access of a KVM guest is in it; start recording before the "
				"guest",
				r->path);
	qsort(r->events, r->nr_events, sizeof(*r->events), by_time);
	if (r->nr_changes)
		qsort(r->changes, r->nr_changes, sizeof(*r->changes), by_end);
	p.start_ns = r->events[0].t_ns;
	p.slots = slotmap_new();
	rc = p.slots ? put_all(&p, d) : out_of_memory(&p, d);
	if (!rc)
		rc = commit(&p, d);
	trace_writer_abort(p.writer);
	slotmap_free(p.slots);
	*done = p.done;
	return rc;
}
