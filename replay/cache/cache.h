/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From accesses to lookups: the cache layers that stand between a guest's access and the slots.
 *
 * A trace holds every access, whoever served it; cache_serve() says which of them would have
 * reached the slots under the layers chosen here. Nothing of it is timed.
 */
#ifndef REPLAY_CACHE_CACHE_H
#define REPLAY_CACHE_CACHE_H

#include "trace/slotmap.h"
#include "trace/trace.h"

/* One access as a layer sees it. */
struct cache_access {
	const struct slotmap *slots; /* alive now */
	uint64_t gfn;
	uint64_t generation; /* rises at each change of a slot of this address space */
	bool updating;	     /* KVM was about to raise the generation */
	bool updated;	     /* and had when it cached the outcome */
	unsigned int as, vcpu;
	unsigned int slot; /* the right answer, or TRACE_NO_SLOT */
};

enum cache_verdict {
	CACHE_ABSENT,
	CACHE_STALE,  /* known from before a slot change, so not to be used */
	CACHE_SERVES, /* answered here: what lies below is not asked */
};

struct cache; /* each layer's own */

/*
 * A layer is one file, replay/cache/NAME.c, that ends in `const struct cache_ops cache_NAME`, and
 * one line in list.h. Every op is required.
 */
struct cache_ops {
	const char *name;
	const char *mirrors;				/* kernel version and function */
	struct cache *(*create)(unsigned int nr_vcpus); /* NULL when out of memory */
	void (*destroy)(struct cache *cache);
	enum cache_verdict (*ask)(const struct cache *cache, const struct cache_access *access);
	/* After an access that was asked here was served, here or below; 0 or -ENOMEM. */
	int (*learn)(struct cache *cache, const struct cache_access *access);
	/* A slot changed; the generation of later accesses is higher. */
	void (*change)(struct cache *cache, enum trace_change_op op);
};

extern const struct cache_ops *const cache_table[]; /* in the order of list.h; ends with NULL */

enum { CACHE_MAX_LAYERS = 8 };

struct cache_layers {
	const struct cache_ops *ops[CACHE_MAX_LAYERS];
	size_t nr;
};

/* "mmio-spte,last-vcpu" in any order; "" and "none" are no layers. Filled in the order of list.h.
 * -EINVAL and EXIT_USAGE names what is not a layer. */
int cache_parse(const char *names, struct cache_layers *layers, struct diag *d);

/*
 * Who served each access: CACHE_SEARCHED, or 1 + the layer's place in @layers, or CACHE_NO_LOOKUP
 * where no gfn was looked up whatever the layers: hva ranges and the fast MMIO bus, and `lookup`
 * events in a trace that has accesses as well, because they are the searches of these accesses.
 *
 * @answers: the right slot of each event. @served: room for one byte an event. 0 or -ENOMEM.
 */
enum { CACHE_SEARCHED = 0, CACHE_NO_LOOKUP = 255 };
int cache_serve(const struct trace *trace, const uint16_t *answers,
		const struct cache_layers *layers, uint8_t *served, struct diag *d);

/* vCPUs of @trace: the highest index and one. */
unsigned int cache_nr_vcpus(const struct trace *trace);

#endif
