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
#include "replay/oracle.h"

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

		cost->shadow += (event->flags & TRACE_SHADOW) != 0;
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

static int measure(const struct trace *trace, const struct oracle *oracle, struct bump_cost *cost,
		   struct diag *d)
{
	uint8_t *served = calloc(trace->nr_events + 1, 1), *again = calloc(trace->nr_events + 1, 1);
	struct search *searches = calloc(trace->nr_events + 1, sizeof(*searches));
	struct cache_layers layers;
	int err = diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");

	if (!served || !again || !searches)
		goto out;
	err = cache_parse("mmio-vcpu,mmio-spte", &layers, d);
	if (!err)
		err = cache_serve(trace, oracle->slot, &layers, served, d);
	if (err)
		goto out;
	mark_again(searches, list_searches(trace, oracle, served, searches, cost), again, cost);
	err = settle(trace, again, cost);
out:
	free(searches);
	free(again);
	free(served);
	return err;
}

int bump_measure(const struct trace *trace, struct bump_cost *cost, struct diag *d)
{
	struct oracle oracle = { 0 };
	int err;

	*cost = (struct bump_cost){ .changes = trace->nr_changes };
	err = oracle_ask(trace, &oracle, d);
	if (!err)
		err = measure(trace, &oracle, cost, d);
	oracle_free(&oracle);
	return err;
}
