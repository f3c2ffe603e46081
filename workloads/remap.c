// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/remap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/slotmap.h"
#include "workloads/churners.h"
#include "workloads/profile.h"
#include "workloads/space.h"

/* The pages of a class: those touched in the recording, in order, and where they go. */
struct mapping {
	uint64_t *gfns;
	size_t nr, room;
	struct space space;
};

struct remapping {
	const struct trace *trace;
	const struct layout *layout;
	struct layout open; /* the layout's slots that accesses go to */
	struct mapping mappings[NR_CLASSES];
	struct slotmap *recorded; /* the recording's slots as they are now */
	struct trace_slot *reserved;
	size_t nr_reserved;
	struct churners *churners[TRACE_ADDRESS_SPACES];
	struct trace_slot *slots; /* ours at the start, with both address spaces if there are two */
	size_t nr_slots;
	unsigned int nr_as;
	struct trace_writer *writer;
	struct remapped *done;
};

/* ---- which pages ---- */

/* A search that was seen by itself belongs to the class of the slot it found. */
static int lookup_class(const struct remapping *r, const struct trace_event *event)
{
	static const int class[TRACE_NR_KINDS] = { CLASS_RAM, CLASS_MAPPED, CLASS_ROM };
	const struct trace_slot *slot;

	if (event->slot == TRACE_NO_SLOT)
		return CLASS_UNMAPPED;
	slot = slotmap_by_id(r->recorded, !!(event->flags & TRACE_SMM), event->slot);
	return slot ? class[slot->kind] : CLASS_RAM;
}

static int class_of(const struct remapping *r, const struct trace_event *event)
{
	if (event->op == TRACE_LOOKUP)
		return lookup_class(r, event);
	/* a range taken from the host lies in RAM, whatever was touched of it */
	return event->op == TRACE_HVA ? CLASS_RAM : profile_class(event->op);
}

static int note_page(struct mapping *m, uint64_t gfn)
{
	if (m->nr && m->gfns[m->nr - 1] == gfn)
		return 0;
	if (m->nr == m->room) {
		size_t room = m->room ? 2 * m->room : 4096;
		uint64_t *gfns = realloc(m->gfns, room * sizeof(*gfns));

		if (!gfns)
			return -ENOMEM;
		m->gfns = gfns;
		m->room = room;
	}
	m->gfns[m->nr++] = gfn;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void sort_pages(struct mapping *m)
{
	size_t nr = 0;

	if (m->nr)
		qsort(m->gfns, m->nr, sizeof(*m->gfns), by_number);
	for (size_t i = 0; i < m->nr; i++)
		if (!nr || m->gfns[nr - 1] != m->gfns[i])
			m->gfns[nr++] = m->gfns[i];
	m->nr = nr;
}

/* Start over with the recording's slots. */
static int rewind_slots(struct remapping *r)
{
	char why[SLOTMAP_WHY];
	int rc = 0;

	slotmap_free(r->recorded);
	r->recorded = slotmap_new();
	if (!r->recorded)
		return -ENOMEM;
	for (size_t i = 0; !rc && i < r->trace->nr_slots; i++)
		rc = slotmap_insert(r->recorded, &r->trace->slots[i], why);
	return rc;
}

/* Walk events and changes in their order. */
static int walk(struct remapping *r, int (*event)(struct remapping *, const struct trace_event *),
		int (*change)(struct remapping *, const struct trace_change *))
{
	const struct trace *trace = r->trace;
	char why[SLOTMAP_WHY];
	size_t c = 0;
	int rc = rewind_slots(r);

	for (size_t i = 0; !rc && i <= trace->nr_events; i++) {
		for (; !rc && c < trace->nr_changes && trace->changes[c].at <= i; c++) {
			rc = change(r, &trace->changes[c]);
			if (!rc)
				rc = slotmap_apply(r->recorded, &trace->changes[c], why);
		}
		if (!rc && i < trace->nr_events)
			rc = event(r, &trace->events[i]);
	}
	return rc;
}

static int gather_event(struct remapping *r, const struct trace_event *event)
{
	if (event->flags & TRACE_SMM)
		r->nr_as = 2;
	return note_page(&r->mappings[class_of(r, event)], event->gfn);
}

static int gather_change(struct remapping *r, const struct trace_change *change)
{
	if (change->slot.as)
		r->nr_as = 2;
	return 0;
}

static int gather(struct remapping *r)
{
	int rc;

	r->nr_as = 1;
	for (size_t i = 0; i < r->trace->nr_slots; i++)
		r->nr_as = r->trace->slots[i].as ? 2 : r->nr_as;
	rc = walk(r, gather_event, gather_change);
	for (int c = 0; c < NR_CLASSES; c++)
		sort_pages(&r->mappings[c]);
	return rc;
}

/* ---- which slots ---- */

/* Slots that churn are the last BARs, never more than a quarter of them. */
static int reserve(struct remapping *r)
{
	const struct layout *layout = r->layout;
	size_t wanted = 0, most = 0, nr = layout->nr_slots;

	for (unsigned int as = 0; as < r->nr_as; as++) {
		size_t needed = churners_needed(r->trace, as);

		wanted = needed > wanted ? needed : wanted;
	}
	for (size_t i = 0; i < nr; i++)
		most += layout->slots[i].kind == TRACE_KIND_MAPPED;
	wanted = wanted < most / 4 ? wanted : most / 4;
	r->open = *layout;
	r->open.slots = calloc(nr, sizeof(*r->open.slots));
	r->reserved = calloc(nr, sizeof(*r->reserved));
	if (!r->open.slots || !r->reserved)
		return -ENOMEM;
	r->open.nr_slots = 0;
	for (size_t i = nr; i-- > 0;) {
		const struct trace_slot *slot = &layout->slots[i];

		if (r->nr_reserved < wanted && slot->kind == TRACE_KIND_MAPPED)
			r->reserved[r->nr_reserved++] = *slot;
		else
			r->open.slots[r->open.nr_slots++] = *slot;
	}
	return 0;
}

static int check_class(struct remapping *r, int class, struct diag *d)
{
	static const char *const what[NR_CLASSES] = { "RAM slot",	   "mapped slot",
						      "ROM slot",	   "emulated page (mmio)",
						      "doorbell (notify)", "RAM slot" };

	return diag_set(d, EXIT_INPUT, -EINVAL, "%s: has %s accesses, but the layout has no %s",
			r->trace->name, class_names[class], what[class]);
}

static int make_spaces(struct remapping *r, struct diag *d)
{
	for (int c = 0; c < NR_CLASSES; c++) {
		struct mapping *m = &r->mappings[c];
		int rc = m->nr ? space_init(&m->space, &r->open, (enum access_class)c, m->nr,
					    SPREAD_SIZE)
			       : 0;

		if (rc == -ENOENT)
			return check_class(r, c, d);
		if (rc)
			return diag_set(d, EXIT_RUNTIME, rc, "out of memory");
		if (m->nr > m->space.npages)
			r->done->joined += m->nr - m->space.npages;
	}
	return 0;
}

static int make_slots(struct remapping *r)
{
	const struct layout *layout = r->layout;
	uint64_t top = 0;
	unsigned int id = 0;

	r->slots = calloc(r->nr_as * layout->nr_slots, sizeof(*r->slots));
	if (!r->slots)
		return -ENOMEM;
	for (size_t i = 0; i < layout->nr_slots; i++) {
		const struct trace_slot *slot = &layout->slots[i];

		top = slot->base_gfn + slot->npages > top ? slot->base_gfn + slot->npages : top;
		id = slot->id >= id ? slot->id + 1u : id;
	}
	for (unsigned int as = 0; as < r->nr_as; as++) {
		struct trace_slot *reserved = r->reserved;

		for (size_t i = 0; i < layout->nr_slots; i++) {
			r->slots[r->nr_slots] = layout->slots[i];
			r->slots[r->nr_slots++].as = (uint8_t)as;
		}
		for (size_t i = 0; i < r->nr_reserved; i++)
			reserved[i].as = (uint8_t)as;
		r->churners[as] = churners_new(reserved, r->nr_reserved,
					       LAYOUT_MAX_SLOTS - layout->nr_slots, top, id);
		if (!r->churners[as])
			return -ENOMEM;
	}
	return 0;
}

/* ---- writing ---- */

static uint64_t rank_of(const struct mapping *m, uint64_t gfn)
{
	size_t low = 0, high = m->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (m->gfns[middle] < gfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int put_event(struct remapping *r, const struct trace_event *event)
{
	const struct mapping *m = &r->mappings[class_of(r, event)];
	uint64_t index = rank_of(m, event->gfn);
	struct trace_event moved = *event;
	const struct region *region;

	if (m->nr > m->space.npages)
		index = (uint64_t)((unsigned __int128)index * m->space.npages / m->nr);
	region = space_region(&m->space, index);
	moved.gfn = region->base_gfn + (index - region->first);
	moved.slot = region->slot;
	if (event->op == TRACE_HVA && moved.npages > region[1].first - index)
		moved.npages = (uint32_t)(region[1].first - index);
	trace_writer_event(r->writer, &moved);
	r->done->events++;
	return 0;
}

/* Of an open slot; its nature stays its own. */
static void change_flags(struct remapping *r, struct trace_change *change)
{
	const uint32_t readonly = 2; /* KVM_MEM_READONLY */
	struct trace_slot *slot = &r->open.slots[change->slot.id % r->open.nr_slots];
	uint32_t flags = (slot->flags & readonly) | (change->slot.flags & ~readonly);

	change->old = *slot;
	change->old.as = change->slot.as;
	/* a change that changes nothing is none: toggle dirty logging instead */
	slot->flags = flags != slot->flags ? flags : slot->flags ^ 1;
	change->op = TRACE_FLAGS;
	change->slot = *slot;
	change->slot.as = change->old.as;
}

static int put_change(struct remapping *r, const struct trace_change *change)
{
	struct trace_change moved = *change;

	if (!change->at) {
		r->done->built++;
		return 0;
	}
	moved.old = (struct trace_slot){ 0 };
	if (change->op == TRACE_FLAGS) {
		change_flags(r, &moved);
	} else if (!churners_change(r->churners[change->slot.as], &moved)) {
		change_flags(r, &moved);
		r->done->substituted++;
	}
	trace_writer_change(r->writer, &moved);
	r->done->changes++;
	return 0;
}

static int open_writer(struct remapping *r, const char *path, bool force, struct diag *d)
{
	json_t *header = json_copy(r->trace->header);
	int rc;

	if (!header)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	json_object_del(header, "slots");
	json_object_set_new(header, "remapped",
			    json_pack("{s:s,s:s,s:I}", "from", r->trace->name, "sha256",
				      r->trace->sha256, "slots", (json_int_t)r->layout->nr_slots));
	rc = trace_writer_open(path, force, header, r->slots, r->nr_slots, &r->writer, d);
	json_decref(header);
	return rc;
}

static int write_out(struct remapping *r, const char *path, bool force, struct diag *d)
{
	json_t *footer;
	int rc = open_writer(r, path, force, d);

	if (rc)
		return rc;
	rc = walk(r, put_event, put_change);
	if (rc) {
		trace_writer_abort(r->writer);
		return diag_set(d, EXIT_RUNTIME, rc, "out of memory");
	}
	footer = json_pack("{s:I}", "lost", (json_int_t)r->trace->lost);
	rc = trace_writer_commit(r->writer, footer, d);
	json_decref(footer);
	return rc;
}

static void free_all(struct remapping *r)
{
	for (int c = 0; c < NR_CLASSES; c++) {
		free(r->mappings[c].gfns);
		space_free(&r->mappings[c].space);
	}
	for (unsigned int as = 0; as < TRACE_ADDRESS_SPACES; as++)
		churners_free(r->churners[as]);
	slotmap_free(r->recorded);
	free(r->open.slots);
	free(r->reserved);
	free(r->slots);
}

int remap(const struct trace *trace, const struct layout *layout, const char *path, bool force,
	  struct remapped *done, struct diag *d)
{
	struct remapping r = { .trace = trace, .layout = layout, .done = done };
	int rc;

	*done = (struct remapped){ 0 };
	rc = gather(&r);
	if (!rc)
		rc = reserve(&r);
	if (rc)
		rc = diag_set(d, EXIT_RUNTIME, rc, "out of memory");
	else
		rc = make_spaces(&r, d);
	if (!rc && make_slots(&r))
		rc = diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	if (!rc)
		rc = write_out(&r, path, force, d);
	free_all(&r);
	return rc;
}
