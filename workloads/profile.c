// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/walker.h"

int profile_class(enum trace_op op)
{
	static const int class[TRACE_NR_OPS] = {
		[TRACE_RAM] = CLASS_RAM,
		[TRACE_MAPPED] = CLASS_MAPPED,
		[TRACE_ROM] = CLASS_ROM,
		[TRACE_MISS] = CLASS_UNMAPPED,
		[TRACE_MISS_STALE] = CLASS_UNMAPPED,
		[TRACE_MISS_SPTE] = CLASS_UNMAPPED,
		[TRACE_MISS_VCPU] = CLASS_UNMAPPED,
		[TRACE_MISS_FAST] = CLASS_NOTIFY,
		[TRACE_HVA] = CLASS_SWAP,
		[TRACE_LOOKUP] = -1,
	};

	return class[op];
}

static void add_octave(uint64_t *octaves, uint64_t length)
{
	int k = 63 - __builtin_clzll(length);

	octaves[k < OCTAVES_MAX ? k : OCTAVES_MAX - 1]++;
}

static uint64_t key_of(int class, uint64_t gfn)
{
	return (gfn << 3 | (uint64_t) class) + 1;
}

static struct touched *find_page(const struct profile *p, uint64_t key)
{
	size_t i = key * 0x9e3779b97f4a7c15 >> 20 & (p->size - 1);

	while (p->pages[i].key && p->pages[i].key != key)
		i = (i + 1) & (p->size - 1);
	return &p->pages[i];
}

const struct touched *profile_page(const struct profile *p, int class, uint64_t gfn)
{
	const struct touched *page = p->size ? find_page(p, key_of(class, gfn)) : NULL;

	return page && page->key ? page : NULL;
}

static int grow(struct profile *p)
{
	struct profile wider = { .size = p->size ? 2 * p->size : 1 << 12 };

	wider.pages = calloc(wider.size, sizeof(*wider.pages));
	if (!wider.pages)
		return -ENOMEM;
	for (size_t i = 0; i < p->size; i++)
		if (p->pages[i].key)
			*find_page(&wider, p->pages[i].key) = p->pages[i];
	free(p->pages);
	p->pages = wider.pages;
	p->size = wider.size;
	return 0;
}

static int touch(struct profile *p, int class, uint64_t gfn)
{
	struct class_profile *c = &p->classes[class];
	struct touched *page;
	uint64_t key = key_of(class, gfn);

	if (p->nr_pages * 4 >= p->size * 3 && grow(p))
		return -ENOMEM;
	page = find_page(p, key);
	if (!page->key) {
		*page = (struct touched){ .key = key, .cold = 1 };
		p->nr_pages++;
		c->cold++;
	} else {
		uint64_t distance = c->events - page->last;

		add_octave(c->reuse, distance);
		page->cold += distance > WALKER_REACH;
	}
	page->events++;
	page->last = c->events++;
	return 0;
}

/* What each vCPU, and the trace as a whole, is in the middle of. */
struct runs {
	struct {
		int class;
		uint64_t length, last[NR_CLASSES];
	} * vcpus;
	uint64_t misses;
	unsigned int vcpu;
};

static void end_burst(struct profile *p, struct runs *runs, unsigned int vcpu, int next)
{
	if (!runs->vcpus[vcpu].length)
		return;
	add_octave(p->classes[runs->vcpus[vcpu].class].burst, runs->vcpus[vcpu].length);
	if (next >= 0)
		p->classes[runs->vcpus[vcpu].class].then[next]++;
	runs->vcpus[vcpu].length = 0;
}

static void end_misses(struct profile *p, struct runs *runs)
{
	if (runs->misses)
		add_octave(p->miss_runs, runs->misses);
	runs->misses = 0;
}

static void follow(struct profile *p, struct runs *runs, const struct trace_event *event, int class)
{
	unsigned int vcpu = event->vcpu;

	if (vcpu == TRACE_NO_VCPU || class == CLASS_SWAP) {
		add_octave(p->classes[class].burst, 1);
		return;
	}
	if (class == CLASS_UNMAPPED || class == CLASS_NOTIFY)
		runs->misses++;
	else
		end_misses(p, runs);
	if (runs->vcpus[vcpu].class != class)
		end_burst(p, runs, vcpu, class);
	runs->vcpus[vcpu].class = class;
	runs->vcpus[vcpu].length++;
	p->classes[class].onward += event->gfn == runs->vcpus[vcpu].last[class] + 1;
	runs->vcpus[vcpu].last[class] = event->gfn;
	p->vcpu_events[vcpu]++;
	p->vcpu_runs += vcpu != runs->vcpu;
	runs->vcpu = vcpu;
}

static int count(struct profile *p, struct runs *runs, const struct trace_event *event)
{
	int class = profile_class(event->op);

	if (class < 0) {
		p->skipped++;
		return 0;
	}
	p->events++;
	p->ops[event->op]++;
	p->classes[class].writes += event->flags & TRACE_WRITE;
	if (class == CLASS_SWAP)
		p->swapped_pages += event->npages;
	follow(p, runs, event, class);
	if (class != CLASS_SWAP)
		return touch(p, class, event->gfn);
	p->classes[class].events++;
	return 0;
}

static uint64_t count_vcpus(const struct trace *trace)
{
	uint64_t nr = 1;

	for (size_t i = 0; i < trace->nr_events; i++)
		if (trace->events[i].vcpu != TRACE_NO_VCPU && trace->events[i].vcpu >= nr)
			nr = trace->events[i].vcpu + 1u;
	return nr;
}

int profile_take(struct profile *p, const struct trace *trace, size_t from, size_t to)
{
	struct runs runs = { .vcpu = TRACE_NO_VCPU };
	int rc = 0;

	*p = (struct profile){ .nr_vcpus = count_vcpus(trace) };
	p->vcpu_events = calloc(p->nr_vcpus, sizeof(*p->vcpu_events));
	runs.vcpus = calloc(p->nr_vcpus, sizeof(*runs.vcpus));
	if (!p->vcpu_events || !runs.vcpus)
		rc = -ENOMEM;
	for (size_t i = from; !rc && i < to; i++)
		rc = count(p, &runs, &trace->events[i]);
	for (unsigned int v = 0; !rc && v < p->nr_vcpus; v++)
		end_burst(p, &runs, v, -1);
	end_misses(p, &runs);
	free(runs.vcpus);
	if (rc)
		profile_free(p);
	return rc;
}

void profile_free(struct profile *p)
{
	free(p->vcpu_events);
	free(p->pages);
	*p = (struct profile){ 0 };
}

double profile_overlap(const uint64_t *a, const uint64_t *b, size_t nr)
{
	double sum_a = 0, sum_b = 0, common = 0;

	for (size_t i = 0; i < nr; i++) {
		sum_a += (double)a[i];
		sum_b += (double)b[i];
	}
	if (sum_a == 0 || sum_b == 0)
		return -1;
	for (size_t i = 0; i < nr; i++) {
		double x = (double)a[i] / sum_a, y = (double)b[i] / sum_b;

		common += x < y ? x : y;
	}
	return common;
}
