// SPDX-License-Identifier: GPL-2.0-only
/*
 * With the mmio SPTE layer a page without a slot is searched for once, and then again only after
 * the generation rose. So every search for a page that was searched before is the price of a slot
 * change.
 */
#include "replay/bump.h"

#include <errno.h>
#include <stdlib.h>

#include "replay/cache/cache.h"

/* A search that missed. */
struct search {
	uint64_t page; /* gfn and address space */
	size_t event;
};

static int by_page(const void *a, const void *b)
{
	const struct search *x = a, *y = b;

	if (x->page != y->page)
		return (x->page > y->page) - (x->page < y->page);
	return (x->event > y->event) - (x->event < y->event);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static size_t list_searches(const struct trace *trace, const struct oracle *oracle,
			    const uint8_t *served, struct search *searches, struct bump_cost *cost)
{
	size_t nr = 0;

	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct trace_event *event = &trace->events[i];

		if (oracle->class[i] != CLASS_MISS)
			continue;
		cost->misses++;
		if (served[i] == CACHE_SEARCHED)
			searches[nr++] = (struct search){ event->gfn << 1 | event_as(event), i };
	}
	return nr;
}

/* Mark the events that searched for a page known before. */
static void mark_again(struct search *searches, size_t nr, uint8_t *again, struct bump_cost *cost)
{
	qsort(searches, nr, sizeof(*searches), by_page);
	for (size_t i = 0; i < nr; i++) {
		bool known = i && searches[i - 1].page == searches[i].page;

		again[searches[i].event] = known;
		cost->again += known;
		cost->first += !known;
	}
}

/* From each change to the last search before the next one that it caused. */
static int settle(const struct trace *trace, const uint8_t *again, struct bump_cost *cost)
{
	double *times = calloc(trace->nr_changes + 1, sizeof(*times));
	size_t nr = 0;

	if (!times)
		return -ENOMEM;
	for (size_t c = 0; c < trace->nr_changes; c++) {
		const struct trace_change *change = &trace->changes[c];
		size_t end = c + 1 < trace->nr_changes ? change[1].at : trace->nr_events;
		uint64_t last = change->t_ns;

		for (size_t i = change->at; i < end; i++)
			if (again[i] && trace->events[i].t_ns > last)
				last = trace->events[i].t_ns;
		if (last > change->t_ns)
			times[nr++] = (double)(last - change->t_ns);
	}
	qsort(times, nr, sizeof(*times), ascending);
	cost->settle_ns = nr ? times[nr / 2] : 0;
	free(times);
	return 0;
}

static unsigned int bin_of(uint64_t since_ns)
{
	unsigned int bin =
		since_ns < 1000 ? 0 : 64 - (unsigned int)__builtin_clzll(since_ns / 1000);

	return bin < BUMP_BINS ? bin : BUMP_BINS - 1;
}

/* The same by time since the change before. */
static void spread(const struct trace *trace, const struct oracle *oracle, const uint8_t *served,
		   const uint8_t *again, struct bump_cost *cost)
{
	size_t c = 0;

	for (size_t b = 0; b < BUMP_BINS; b++)
		cost->after[b] = (struct bump_bin){ b ? 500ull << b : 0, 1000ull << b };
	for (size_t i = 0; i < trace->nr_events; i++) {
		uint64_t now = trace->events[i].t_ns;
		struct bump_bin *bin;

		while (c < trace->nr_changes && trace->changes[c].at <= i)
			c++;
		if (!c || oracle->class[i] != CLASS_MISS || served[i] == CACHE_NO_LOOKUP ||
		    now < trace->changes[c - 1].t_ns)
			continue;
		bin = &cost->after[bin_of(now - trace->changes[c - 1].t_ns)];
		bin->misses++;
		bin->again += again[i];
	}
}

int bump_measure(const struct trace *trace, const struct oracle *oracle, struct bump_cost *cost,
		 struct diag *d)
{
	uint8_t *served = calloc(trace->nr_events + 1, 1), *again = calloc(trace->nr_events + 1, 1);
	struct search *searches = calloc(trace->nr_events + 1, sizeof(*searches));
	struct cache_layers layers;
	int err = diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");

	*cost = (struct bump_cost){ .changes = trace->nr_changes };
	if (!served || !again || !searches)
		goto out;
	err = cache_parse("mmio-vcpu,mmio-spte", &layers, d);
	if (!err)
		err = cache_serve(trace, oracle->slot, &layers, served, d);
	if (err)
		goto out;
	mark_again(searches, list_searches(trace, oracle, served, searches, cost), again, cost);
	spread(trace, oracle, served, again, cost);
	err = settle(trace, again, cost);
out:
	free(searches);
	free(again);
	free(served);
	return err;
}
