// SPDX-License-Identifier: GPL-2.0-only
#include "capture/assemble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/footer.h"
#include "capture/header.h"
#include "capture/kinds.h"
#include "capture/slots-array.h"
#include "trace/reserve.h"
#include "trace/slotmap.h"

static_assert(CLASS_RAM == (int)TRACE_RAM && CLASS_LOOKUP == (int)TRACE_LOOKUP &&
		      CLASS_MISS_FAST == (int)TRACE_MISS_FAST,
	      "classes are ops");

#define SLOT_INVALID (1u << 16) /* KVM's own mark of a slot that is on its way out */

/* How long a change waits for accesses that came before it: the VMM may take this long over one. */
static const uint64_t late_ns = 100000000;

struct change { /* a slot is now so; npages 0: it is gone */
	struct trace_slot slot;
	uint64_t t_ns, generation;
};

struct assembler {
	const struct capture_config *config;
	const struct hooks *hooks;
	struct trace_writer *writer; /* NULL before the first access */
	struct slotmap *slots;
	uint64_t known[TRACE_ADDRESS_SPACES]; /* generation that `slots` shows */
	uint64_t
		midway[TRACE_ADDRESS_SPACES]; /* key between the two updates of the latest change */
	struct change *changes;		      /* not made yet */
	size_t nr_changes, room_changes;
	unsigned int max_id;
	struct record_slot *walk; /* slots of walks that have not ended */
	size_t nr_walk, room_walk;
	struct record_access *held;
	size_t nr_held, room_held;
	bool seen, timed; /* an access by a vCPU; KVM tells of entries and exits: it knows */
	uint64_t start_ns, now_ns, last_ns[TRACE_NO_VCPU + 1] /* by vCPU */;
	uint64_t ops[TRACE_NR_OPS], unplaced;
	struct footer_counts_written written;
	int err;
	struct diag diag;
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int assembler_new(const struct capture_config *config, const struct hooks *hooks,
		  struct assembler **result, struct diag *d)
{
	struct assembler *a = calloc(1, sizeof(*a));

	if (a)
		a->slots = slotmap_new();
	if (!a || !a->slots || footer_written_new(&a->written, hooks_nr_cpus(hooks))) {
		assembler_free(a);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	}
	a->start_ns = monotonic_ns();
	a->config = config;
	a->hooks = hooks;
	*result = a;
	return 0;
}

void assembler_free(struct assembler *a)
{
	if (!a)
		return;
	trace_writer_abort(a->writer);
	slotmap_free(a->slots);
	footer_written_free(&a->written);
	free(a->changes);
	free(a->walk);
	free(a->held);
	free(a);
}

/* A place for one more element behind @nr; NULL and a->err when out of memory. */
static void *grow(struct assembler *a, void **array, size_t nr, size_t *room, size_t size)
{
	if (reserve(array, room, nr, size)) {
		a->err = diag_set(&a->diag, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	return (char *)*array + nr * size;
}

static uint64_t since_start(const struct assembler *a, uint64_t ns)
{
	return ns > a->start_ns ? ns - a->start_ns : 0;
}

/* ---- slots ---- */

/* All slots alive, in an array that the caller frees. */
static struct trace_slot *list_slots(const struct assembler *a, size_t *nr)
{
	size_t all = slotmap_count(a->slots, 0) + slotmap_count(a->slots, 1);
	struct trace_slot *slots = calloc(all + 1, sizeof(*slots));

	*nr = 0;
	for (unsigned int as = 0; slots && as < TRACE_ADDRESS_SPACES; as++) {
		for (unsigned int id = 0; id <= a->max_id; id++) {
			const struct trace_slot *slot = slotmap_by_id(a->slots, as, id);

			if (slot)
				slots[(*nr)++] = *slot;
		}
	}
	return slots;
}

static void hide_addresses(const struct assembler *a, struct trace_slot *slot)
{
	if (!a->config->hva)
		slot->hva = 0;
}

static int open_trace(struct assembler *a)
{
	size_t nr;
	struct trace_slot *slots = list_slots(a, &nr);
	json_t *header = header_json(a->config, a->hooks, a->timed);

	for (size_t i = 0; slots && i < nr; i++)
		hide_addresses(a, &slots[i]);
	if (!slots || !header)
		a->err = diag_set(&a->diag, EXIT_RUNTIME, -ENOMEM, "out of memory");
	else
		a->err = trace_writer_open(a->config->path, a->config->force, header, slots, nr,
					   &a->writer, &a->diag);
	json_decref(header);
	free(slots);
	return a->err;
}

static void apply(struct assembler *a, const struct trace_slot *slot, uint64_t t_ns,
		  uint64_t generation)
{
	struct trace_change change = { .t_ns = since_start(a, t_ns), .generation = generation };
	char why[SLOTMAP_WHY];

	if (!slotmap_change(a->slots, slot, &change))
		return;
	if (slotmap_apply(a->slots, &change, why) < 0) {
		a->err = diag_set(&a->diag, EXIT_RUNTIME, -EINVAL,
				  "slots as the kernel told them do not fit together: %s", why);
		return;
	}
	if (slot->id > a->max_id)
		a->max_id = slot->id;
	if (!a->writer)
		return;
	hide_addresses(a, &change.slot);
	hide_addresses(a, &change.old);
	trace_writer_change(a->writer, &change);
}

static struct trace_slot slot_of(const struct record_slot *record, enum trace_kind kind)
{
	return (struct trace_slot){
		.base_gfn = record->base_gfn,
		.npages = record->npages,
		.hva = record->hva,
		.flags = record->flags & ~SLOT_INVALID,
		.id = record->id,
		.as = record->as,
		.kind = (uint8_t)kind,
	};
}

static enum trace_kind walked_kind(const struct assembler *a, const struct record_slot *record,
				   struct mappings **mappings)
{
	const struct trace_slot *old = slotmap_by_id(a->slots, record->as, record->id);

	if (old && old->hva == record->hva && !(record->flags & 2))
		return old->kind;
	if (!*mappings)
		*mappings = mappings_read((pid_t)hooks_vm(a->hooks)->tgid);
	return mappings_kind(*mappings, record->flags, record->hva);
}

static const struct record_slot *walked(const struct assembler *a, uint64_t walk, unsigned int id)
{
	for (size_t i = 0; i < a->nr_walk; i++)
		if (a->walk[i].walk == walk && a->walk[i].id == id)
			return &a->walk[i];
	return NULL;
}

/* Deletions first, so that nothing overlaps on the way. */
static void apply_walk(struct assembler *a, const struct record_walk_end *end)
{
	struct mappings *mappings = NULL;

	for (unsigned int id = 0; id <= a->max_id; id++) {
		const struct trace_slot *old = slotmap_by_id(a->slots, end->as, id);

		if (old && !walked(a, end->walk, id)) {
			struct trace_slot gone = { .as = end->as, .id = old->id };

			apply(a, &gone, end->head.t_ns, end->generation);
		}
	}
	for (size_t i = 0; i < a->nr_walk; i++) {
		const struct record_slot *record = &a->walk[i];

		if (record->walk == end->walk) {
			struct trace_slot slot = slot_of(record, walked_kind(a, record, &mappings));

			apply(a, &slot, end->head.t_ns, end->generation);
		}
	}
	mappings_free(mappings);
	a->known[end->as & 1] = end->generation;
}

/* ---- accesses ---- */

static bool in_slot(const struct trace_slot *slot, uint64_t gfn)
{
	return slot && gfn - slot->base_gfn < slot->npages;
}

/* The slot that the kernel found, or NULL: none that is known. */
static const struct trace_slot *slot_told(const struct assembler *a,
					  const struct record_access *record)
{
	const struct trace_slot *slot;

	if (record->slot == RECORD_ASK_SLOT)
		return slotmap_by_gfn(a->slots, record->as & 1, record->gfn);
	slot = slotmap_by_id(a->slots, record->as & 1, record->slot);
	return in_slot(slot, record->gfn) ? slot : NULL;
}

/* What the kernel's word and the slots make of it; false: it fits no slot known. */
static bool place(const struct assembler *a, const struct record_access *record,
		  struct trace_event *event)
{
	const struct trace_slot *slot;

	if (event->op == TRACE_RAM || record->slot != RECORD_NO_SLOT) {
		slot = slot_told(a, record);
		if (!slot)
			return event->op == TRACE_LOOKUP && record->slot == RECORD_ASK_SLOT;
		event->slot = slot->id;
		if (event->op == TRACE_RAM && slot->kind == TRACE_KIND_MAPPED)
			event->op = TRACE_MAPPED;
		return true;
	}
	if (event->op == TRACE_LOOKUP)
		return true;
	slot = slotmap_by_gfn(a->slots, record->as & 1, record->gfn);
	if (!slot)
		return true;
	event->op = TRACE_ROM; /* emulated although there is a slot: a write to a read-only one */
	event->slot = slot->id;
	return slot->kind == TRACE_KIND_ROM;
}

static void write_event(struct assembler *a, struct trace_event *event)
{
	if (event->t_ns < a->last_ns[event->vcpu])
		event->t_ns = a->last_ns[event->vcpu];
	a->last_ns[event->vcpu] = event->t_ns;
	a->ops[event->op]++;
	if (a->writer || !open_trace(a))
		trace_writer_event(a->writer, event);
}

/* One event for each slot that a range of host pages touches. */
static void put_range(struct assembler *a, const struct record_access *record)
{
	uint64_t start = record->gfn << 12, end = start + ((uint64_t)record->span << 12);
	size_t nr;
	struct trace_slot *slots = list_slots(a, &nr);

	for (size_t i = 0; slots && i < nr; i++) {
		const struct trace_slot *slot = &slots[i];
		uint64_t from = start > slot->hva ? start : slot->hva;
		uint64_t to = slot->hva + (slot->npages << 12);
		struct trace_event event = {
			.t_ns = since_start(a, record->head.t_ns),
			.gfn = slot->base_gfn + ((from - slot->hva) >> 12),
			.op = TRACE_HVA,
			.flags = slot->as ? TRACE_SMM : 0,
			.slot = slot->id,
			.vcpu = record->vcpu,
		};

		to = end < to ? end : to;
		event.npages = (uint32_t)((to - from) >> 12);
		if (from < to)
			write_event(a, &event);
	}
	free(slots);
}

/* How the access stands to updates of the slots. */
static uint8_t when(const struct assembler *a, const struct record_access *record)
{
	if (record->key & 1)
		return TRACE_UPDATING;
	if (record->flags & TRACE_UPDATING)
		return TRACE_MIDWAY; /* both: it was over when the miss was cached */
	return record->key && record->key == a->midway[record->as & 1] ? TRACE_MIDWAY : 0;
}

static void put_event(struct assembler *a, const struct record_access *record)
{
	struct trace_event event = {
		.t_ns = since_start(a, record->head.t_ns),
		.gfn = record->gfn,
		.op = record->head.class,
		.flags = record->flags | (record->as ? TRACE_SMM : 0) | when(a, record),
		.dur_ns = record->span,
		.slot = record->slot == RECORD_ASK_SLOT ? TRACE_NO_SLOT : record->slot,
		.vcpu = record->vcpu,
	};

	if (record->head.class == CLASS_HVA)
		put_range(a, record);
	else if (place(a, record, &event))
		write_event(a, &event);
	else
		a->unplaced++;
}

/* A range that the host takes before any vCPU runs does not tell what the header has to say. */
static bool must_wait(const struct assembler *a, const struct record_access *record)
{
	return !a->seen || record->key > 2 * a->known[record->as & 1];
}

typedef bool due_fn(const struct assembler *a, const struct record_access *record,
		    const struct change *change);

static bool is_due(const struct assembler *a, const struct record_access *record,
		   const struct change *change)
{
	(void)change;
	return !must_wait(a, record);
}

static bool is_late(const struct assembler *a, const struct record_access *record,
		    const struct change *change)
{
	(void)a, (void)record, (void)change;
	return true;
}

/* Write those that wait and are due, in their order. */
static void release(struct assembler *a, due_fn *due, const struct change *change)
{
	size_t left = 0;

	for (size_t i = 0; i < a->nr_held; i++) {
		if (!a->err && due(a, &a->held[i], change))
			put_event(a, &a->held[i]);
		else
			a->held[left++] = a->held[i];
	}
	a->nr_held = left;
}

static bool is_moved(const struct trace_slot *slot, const struct trace_slot *old)
{
	return old && (!slot->npages || slot->base_gfn != old->base_gfn);
}

/*
 * A delete or move first marks the slot, zaps all SPTEs, then takes it out: two updates. Accesses
 * before the zap come before the change, since it takes what they cached.
 *
 * One made where the slot comes or goes says itself on which side it stands: whether it found a
 * slot. But a slot that is marked is found by none, and a read-only one is not told.
 */
static bool comes_before(const struct assembler *a, const struct record_access *record,
			 const struct change *change)
{
	const struct trace_slot *slot = &change->slot;
	const struct trace_slot *old = slotmap_by_id(a->slots, slot->as, slot->id);
	bool found = record->slot != RECORD_NO_SLOT, before, after;

	if (record->as != slot->as || record->key >= 2 * change->generation)
		return false;
	before = record->head.class != CLASS_HVA && in_slot(old, record->gfn);
	after = record->head.class != CLASS_HVA && in_slot(slot, record->gfn);
	if (before != after)
		return found == before && slot->kind != TRACE_KIND_ROM;
	return !before && is_moved(slot, old) &&
	       (record->key <= 2 * a->known[slot->as] + 1 ||
		(record->key == a->midway[slot->as] && !record->zapped));
}

/* The key of accesses between the two updates of a delete or move; 0 if that is not known. */
static uint64_t midway(uint64_t before, uint64_t after)
{
	return after - before <= 2 * TRACE_ADDRESS_SPACES ? before + after : 0;
}

static void make_change(struct assembler *a, const struct change *change)
{
	const struct trace_slot *slot = &change->slot;

	if (a->seen && is_moved(slot, slotmap_by_id(a->slots, slot->as, slot->id)))
		a->midway[slot->as] = midway(a->known[slot->as], change->generation);
	if (a->seen)
		release(a, comes_before, change);
	apply(a, slot, change->t_ns, change->generation);
	a->known[slot->as] = change->generation;
	release(a, is_due, NULL);
}

/*
 * An access that the VMM had to complete is told when the vCPU enters the guest again; slots may
 * have changed meanwhile, so a change is made only when no such access can come any more.
 */
static void make_changes(struct assembler *a, bool all)
{
	size_t i = 0;

	for (; i < a->nr_changes && !a->err; i++) {
		if (!all && a->now_ns < a->changes[i].t_ns + late_ns)
			break;
		make_change(a, &a->changes[i]);
	}
	if (i)
		memmove(a->changes, a->changes + i, (a->nr_changes - i) * sizeof(*a->changes));
	a->nr_changes -= i;
}

static void on_change(struct assembler *a, const struct record_slot *record)
{
	struct mappings *mappings = NULL;
	struct change *change;
	enum trace_kind kind;

	if (record->has_vma) {
		kind = kind_of(record->flags, record->vma_flags, record->file);
	} else {
		mappings = record->npages ? mappings_read((pid_t)hooks_vm(a->hooks)->tgid) : NULL;
		kind = mappings_kind(mappings, record->flags, record->hva);
	}
	mappings_free(mappings);
	change = grow(a, (void **)&a->changes, a->nr_changes, &a->room_changes, sizeof(*change));
	if (!change)
		return;
	*change = (struct change){ slot_of(record, kind), record->head.t_ns, record->generation };
	a->nr_changes++;
}

static void on_access(struct assembler *a, const struct record_access *record)
{
	struct record_access *place;

	if (!a->seen && record->vcpu != TRACE_NO_VCPU) {
		a->seen = true;
		a->timed = record->timed;
		release(a, is_due, NULL);
	}
	if (!must_wait(a, record)) {
		put_event(a, record);
		return;
	}
	place = grow(a, (void **)&a->held, a->nr_held, &a->room_held, sizeof(*a->held));
	if (place) {
		*place = *record;
		a->nr_held++;
	}
}

static void on_slot(struct assembler *a, const struct record_slot *record)
{
	struct record_slot *place =
		grow(a, (void **)&a->walk, a->nr_walk, &a->room_walk, sizeof(*a->walk));

	if (place) {
		*place = *record;
		a->nr_walk++;
	}
}

static void on_walk_end(struct assembler *a, const struct record_walk_end *end)
{
	size_t found = 0, left = 0;
	bool marked = false; /* amid a delete or move, which will be told */

	make_changes(a, true); /* they came before */
	for (size_t i = 0; i < a->nr_walk; i++) {
		found += a->walk[i].walk == end->walk;
		marked |= a->walk[i].walk == end->walk && a->walk[i].flags & SLOT_INVALID;
	}
	if (end->whole && !marked && found == end->nr_slots &&
	    end->generation >= a->known[end->as & 1])
		apply_walk(a, end);
	release(a, is_due, NULL);
	for (size_t i = 0; i < a->nr_walk; i++)
		if (a->walk[i].walk != end->walk)
			a->walk[left++] = a->walk[i];
	a->nr_walk = left;
}

/* A walk of the slots as legacy kernels have them. */
static void on_array(struct assembler *a, const struct record_array *array)
{
	struct record_walk_end end = {
		.head = array->head,
		.as = array->as,
		.whole = array->whole,
		.nr_slots = array->nr,
		.walk = UINT64_MAX,
		.generation = array->generation,
	};

	for (uint32_t i = 0; array->whole && !a->err && i < array->nr; i++) {
		struct record_slot slot;

		slots_array_get(array, i, &slot);
		slot.walk = end.walk;
		on_slot(a, &slot);
	}
	on_walk_end(a, &end);
}

int assembler_record(struct assembler *a, const void *data, size_t size)
{
	const struct record_head *head = data;

	(void)size;
	footer_count_written(&a->written, head);
	if (a->err)
		return a->err;
	switch (head->type) {
	case RECORD_ACCESS:
		on_access(a, data);
		break;
	case RECORD_SLOT:
		on_slot(a, data);
		break;
	case RECORD_CHANGE:
		on_change(a, data);
		break;
	case RECORD_ARRAY:
		on_array(a, data);
		break;
	case RECORD_WALK_END:
		on_walk_end(a, data);
		break;
	}
	if (head->t_ns > a->now_ns)
		a->now_ns = head->t_ns;
	make_changes(a, false);
	return a->err;
}

/* ---- end ---- */

bool assembler_is_whole(const struct assembler *a)
{
	return footer_is_whole(a->hooks, &a->written);
}

void assembler_flush(struct assembler *a)
{
	a->now_ns = monotonic_ns();
	make_changes(a, false);
	if (a->writer)
		trace_writer_flush(a->writer);
}

void assembler_progress(const struct assembler *a, struct capture_progress *progress)
{
	memcpy(progress->ops, a->ops, sizeof(progress->ops));
	progress->lost = a->unplaced + footer_lost(a->hooks);
	progress->slots = slotmap_count(a->slots, 0) + slotmap_count(a->slots, 1);
	progress->bytes = a->writer ? trace_writer_bytes(a->writer) : 0;
}

int assembler_commit(struct assembler *a, const char *ended, struct capture_report *report,
		     struct diag *d)
{
	json_t *footer;
	int rc;

	make_changes(a, true);
	release(a, is_late, NULL);
	if (!a->err && !hooks_vm(a->hooks)->kvm)
		a->err = diag_set(&a->diag, EXIT_RUNTIME, -ESRCH,
				  "no KVM guest was seen, so there is no trace; ended by: %s",
				  ended);
	if (!a->err && !a->writer)
		open_trace(a);
	if (a->err) {
		*d = a->diag;
		return a->err;
	}
	assembler_progress(a, &report->total);
	report->unplaced = a->unplaced;
	footer = footer_json(a->hooks, &a->written, a->unplaced, ended);
	rc = footer ? trace_writer_commit(a->writer, footer, d)
		    : diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	if (footer)
		a->writer = NULL;
	json_decref(footer);
	return rc;
}
