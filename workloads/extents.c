// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/extents.h"

#include <errno.h>
#include <stdlib.h>

static int by_base(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->base_gfn > y->base_gfn) - (x->base_gfn < y->base_gfn);
}

static int by_slot_base(const void *a, const void *b)
{
	const struct trace_slot *x = a, *y = b;

	return (x->base_gfn > y->base_gfn) - (x->base_gfn < y->base_gfn);
}

/* The first of the slots, ordered by gfn, that ends above @gfn; nr if none does. */
static size_t slot_above(const struct trace_slot *slots, size_t nr, uint64_t gfn)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (slots[middle].base_gfn + slots[middle].npages <= gfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool in_windows(const struct windows *windows, uint64_t gfn)
{
	for (size_t i = 0; i < windows->nr; i++)
		if (gfn - windows->at[i].base_gfn < windows->at[i].npages)
			return true;
	return false;
}

/*
 * A page has one nature: where the layout has windows, theirs; before that, what it was more often,
 * because the first access to a doorbell is an ordinary miss.
 */
static bool fits_emulated(const struct profile *p, enum access_class class,
			  const struct layout *layout, uint64_t gfn)
{
	const struct touched *slow = profile_page(p, CLASS_UNMAPPED, gfn);
	const struct touched *fast = profile_page(p, CLASS_NOTIFY, gfn);
	bool is_fast = fast && (!slow || fast->events > slow->events);

	if (layout->mmio.nr || layout->notify.nr)
		return in_windows(class == CLASS_NOTIFY ? &layout->notify : &layout->mmio, gfn);
	return is_fast == (class == CLASS_NOTIFY);
}

static bool fits(enum access_class class, const struct trace_slot *slots, size_t nr, size_t at,
		 uint64_t gfn)
{
	bool inside = at < nr && gfn >= slots[at].base_gfn;

	switch (class) {
	case CLASS_RAM:
		return inside && slots[at].kind == TRACE_KIND_RAM;
	case CLASS_MAPPED:
		return inside && slots[at].kind == TRACE_KIND_MAPPED;
	case CLASS_ROM:
		return inside && slots[at].kind == TRACE_KIND_ROM;
	default:
		return !inside;
	}
}

static struct trace_slot *sorted_slots(const struct layout *layout)
{
	struct trace_slot *slots = calloc(layout->nr_slots, sizeof(*slots));

	for (size_t i = 0; slots && i < layout->nr_slots; i++)
		slots[i] = layout->slots[i];
	if (slots)
		qsort(slots, layout->nr_slots, sizeof(*slots), by_slot_base);
	return slots;
}

static void gather(const struct profile *p, enum access_class class, const struct layout *layout,
		   const struct trace_slot *slots, struct extents *extents)
{
	size_t nr_slots = layout->nr_slots;
	bool sweeps = profile_sweeps(&p->classes[class]);

	for (size_t i = 0; i < p->size; i++) {
		const struct touched *page = &p->pages[i];
		uint64_t gfn = (page->key - 1) >> 3;

		if (!page->key || ((page->key - 1) & 7) != (uint64_t) class)
			continue;
		if (fits(class, slots, nr_slots, slot_above(slots, nr_slots, gfn), gfn) &&
		    (class < CLASS_UNMAPPED || fits_emulated(p, class, layout, gfn)))
			extents->at[extents->nr++] =
				(struct extent){ gfn, 1, sweeps ? page->events : page->cold };
		else
			extents->dropped += sweeps ? page->events : page->cold;
	}
	qsort(extents->at, extents->nr, sizeof(*extents->at), by_base);
}

static uint64_t gap(const struct extent *low)
{
	return low[1].base_gfn - low->base_gfn - low->npages;
}

/* Join all neighbours that are at most @widest apart and in the same slot. */
static void join(struct extents *extents, const struct trace_slot *slots, size_t nr_slots,
		 uint64_t widest)
{
	size_t nr = 0;

	for (size_t i = 0; i < extents->nr; i++) {
		struct extent *from = &extents->at[i], *to = nr ? &extents->at[nr - 1] : NULL;
		uint64_t apart = to ? from->base_gfn - to->base_gfn - to->npages : 0;

		if (to && apart <= widest &&
		    slot_above(slots, nr_slots, to->base_gfn) ==
			    slot_above(slots, nr_slots, from->base_gfn)) {
			to->npages += apart + from->npages;
			to->weight += from->weight;
		} else {
			extents->at[nr++] = *from;
		}
	}
	extents->nr = nr;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The width of gap that leaves about @most extents. */
static int widest_gap(const struct extents *extents, size_t most, uint64_t *widest)
{
	size_t nr = extents->nr - 1;
	uint64_t *gaps = malloc(nr * sizeof(*gaps));

	if (!gaps)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		gaps[i] = gap(&extents->at[i]);
	qsort(gaps, nr, sizeof(*gaps), by_number);
	*widest = gaps[nr - most];
	free(gaps);
	return 0;
}

int extents_of(const struct profile *p, enum access_class class, const struct layout *layout,
	       size_t most, struct extents *extents)
{
	struct trace_slot *slots = sorted_slots(layout);
	uint64_t widest;
	int rc = 0;

	*extents = (struct extents){ .at = calloc(p->nr_pages + 1, sizeof(*extents->at)) };
	if (!slots || !extents->at)
		rc = -ENOMEM;
	if (!rc) {
		gather(p, class, layout, slots, extents);
		join(extents, slots, layout->nr_slots, 0);
	}
	/* emulated pages stay exact: between them others may lie */
	if (!rc && extents->nr > most && class < CLASS_UNMAPPED) {
		rc = widest_gap(extents, most, &widest);
		if (!rc)
			join(extents, slots, layout->nr_slots, widest);
	}
	free(slots);
	if (rc)
		free(extents->at);
	return rc;
}
