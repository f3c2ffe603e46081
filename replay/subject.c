// SPDX-License-Identifier: GPL-2.0-only
#include "replay/subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct index_slot subject_slot(const struct trace_slot *slot)
{
	return (struct index_slot){ .base_gfn = slot->base_gfn,
				    .npages = slot->npages,
				    .hva = slot->hva,
				    .id = slot->id,
				    .flags = slot->flags };
}

size_t subject_slots_needed(const struct trace *trace)
{
	size_t nr[TRACE_ADDRESS_SPACES] = { 0 }, most = 0;

	for (size_t i = 0; i < trace->nr_slots; i++)
		nr[trace->slots[i].as]++;
	for (int as = 0; as < TRACE_ADDRESS_SPACES; as++)
		most = nr[as] > most ? nr[as] : most;
	for (size_t i = 0; i < trace->nr_changes; i++) {
		const struct trace_change *change = &trace->changes[i];
		unsigned int as = change->slot.as;

		nr[as] += change->op == TRACE_CREATE;
		nr[as] -= change->op == TRACE_DELETE;
		most = nr[as] > most ? nr[as] : most;
	}
	return most;
}

static void note_peak(struct subject *subject)
{
	size_t bytes = heap_mem(subject->heap)->bytes;

	if (bytes > subject->peak_bytes)
		subject->peak_bytes = bytes;
}

int subject_fill(const struct index_ops *ops, struct index *index, const struct trace_slot *slots,
		 size_t nr, unsigned int as)
{
	struct index_slot *mine = calloc(nr + 1, sizeof(*mine));
	size_t nr_mine = 0;
	int rc = mine ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < nr; i++)
		if (slots[i].as == as)
			mine[nr_mine++] = subject_slot(&slots[i]);
	if (!rc && ops->fill)
		rc = ops->fill(index, mine, nr_mine);
	for (size_t i = 0; !rc && !ops->fill && i < nr_mine; i++)
		rc = ops->insert(index, &mine[i]);
	free(mine);
	return rc;
}

static int insert(struct subject *subject, const struct trace_slot *slot)
{
	struct index_slot made = subject_slot(slot);
	int rc = subject->ops->insert(subject->index[slot->as], &made);

	note_peak(subject);
	return rc;
}

static int withdraw(struct subject *subject, const struct trace_slot *slot)
{
	struct index_slot gone = subject_slot(slot);

	return subject->ops->remove(subject->index[slot->as], &gone);
}

static int move(struct subject *subject, const struct trace_slot *old,
		const struct trace_slot *slot)
{
	struct index_slot from = subject_slot(old), to = subject_slot(slot);
	int rc = subject->ops->move(subject->index[slot->as], &from, &to);

	note_peak(subject);
	return rc;
}

int subject_open(struct subject *subject, const struct index_ops *ops, const struct trace *trace,
		 struct diag *d)
{
	size_t needed = subject_slots_needed(trace);
	int rc = 0;

	*subject = (struct subject){ .ops = ops, .trace = trace };
	if (needed > ops->max_slots)
		return diag_set(d, EXIT_USAGE, -E2BIG, "%s holds at most %u slots, %s has %zu",
				ops->name, ops->max_slots, trace->name, needed);
	subject->heap = heap_create();
	for (int as = 0; subject->heap && as < TRACE_ADDRESS_SPACES; as++) {
		subject->index[as] = ops->create(heap_mem(subject->heap), NULL);
		if (!subject->index[as])
			rc = -ENOMEM;
	}
	if (!subject->heap)
		rc = -ENOMEM;
	for (int as = 0; !rc && as < TRACE_ADDRESS_SPACES; as++)
		rc = subject_fill(ops, subject->index[as], trace->slots, trace->nr_slots, as);
	if (!rc) {
		note_peak(subject);
		return 0;
	}
	subject_close(subject);
	return diag_set(d, EXIT_RUNTIME, rc, "%s: cannot hold the slots of %s: %s", ops->name,
			trace->name, strerror(-rc));
}

void subject_close(struct subject *subject)
{
	for (int as = 0; as < TRACE_ADDRESS_SPACES; as++)
		if (subject->index[as])
			subject->ops->destroy(subject->index[as]);
	heap_destroy(subject->heap);
	subject->heap = NULL;
	memset(subject->index, 0, sizeof(subject->index));
}

int subject_step(struct subject *subject)
{
	const struct trace_change *change = &subject->trace->changes[subject->segment];
	int rc = -EINVAL;

	switch (change->op) {
	case TRACE_CREATE:
		rc = insert(subject, &change->slot);
		break;
	case TRACE_DELETE:
		rc = withdraw(subject, &change->slot);
		break;
	case TRACE_MOVE:
	case TRACE_FLAGS:
		rc = move(subject, &change->old, &change->slot);
		break;
	case TRACE_NR_CHANGE_OPS:
		break;
	}
	subject->segment += !rc;
	return rc;
}

/* ---- from one segment to another: each slot id that changed in between, once ---- */

struct span {
	const struct trace_change *first, *last; /* of one id within the changes between */
};

static const struct trace_slot *before(const struct span *span)
{
	const struct trace_change *change = span->first;

	if (change->op == TRACE_CREATE)
		return NULL;
	return change->op == TRACE_DELETE ? &change->slot : &change->old;
}

static const struct trace_slot *after(const struct span *span)
{
	return span->last->op == TRACE_DELETE ? NULL : &span->last->slot;
}

static int by_id(const void *a, const void *b)
{
	const struct trace_change *x = *(const struct trace_change *const *)a;
	const struct trace_change *y = *(const struct trace_change *const *)b;
	int kx = x->slot.as << 16 | x->slot.id, ky = y->slot.as << 16 | y->slot.id;

	return kx != ky ? (kx > ky) - (kx < ky) : (x > y) - (x < y);
}

/* Fill @spans from the changes [from, to); returns how many ids. */
static size_t find_spans(const struct trace *trace, size_t from, size_t to,
			 const struct trace_change **sorted, struct span *spans)
{
	size_t nr = 0, n = to - from;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &trace->changes[from + i];
	qsort(sorted, n, sizeof(*sorted), by_id);
	for (size_t i = 0; i < n; i++) {
		const struct trace_slot *slot = &sorted[i]->slot;

		if (nr && spans[nr - 1].last->slot.as == slot->as &&
		    spans[nr - 1].last->slot.id == slot->id)
			spans[nr - 1].last = sorted[i];
		else
			spans[nr++] = (struct span){ sorted[i], sorted[i] };
	}
	return nr;
}

static bool same(const struct trace_slot *a, const struct trace_slot *b)
{
	return a && b && a->base_gfn == b->base_gfn && a->npages == b->npages &&
	       a->flags == b->flags;
}

/* Removals first, so that ranges never overlap on the way. */
static int cross(struct subject *subject, const struct span *spans, size_t nr, bool forward)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < nr; i++) {
		const struct trace_slot *from = forward ? before(&spans[i]) : after(&spans[i]);
		const struct trace_slot *to = forward ? after(&spans[i]) : before(&spans[i]);

		if (from && !same(from, to))
			rc = withdraw(subject, from);
	}
	for (size_t i = 0; !rc && i < nr; i++) {
		const struct trace_slot *from = forward ? before(&spans[i]) : after(&spans[i]);
		const struct trace_slot *to = forward ? after(&spans[i]) : before(&spans[i]);

		if (to && !same(from, to))
			rc = insert(subject, to);
	}
	return rc;
}

int subject_go(struct subject *subject, size_t segment)
{
	size_t from = subject->segment < segment ? subject->segment : segment;
	size_t to = subject->segment < segment ? segment : subject->segment;
	const struct trace_change **sorted;
	struct span *spans;
	int rc = -ENOMEM;

	if (from == to)
		return 0;
	sorted = calloc(to - from, sizeof(*sorted));
	spans = calloc(to - from, sizeof(*spans));
	if (sorted && spans)
		rc = cross(subject, spans, find_spans(subject->trace, from, to, sorted, spans),
			   subject->segment < segment);
	free(sorted);
	free(spans);
	if (!rc)
		subject->segment = segment;
	return rc;
}
