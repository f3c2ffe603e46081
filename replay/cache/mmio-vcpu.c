// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each vCPU remembers the page of its latest emulated access that found no slot, with the
 * generation of its address space. One entry; RAM accesses leave it alone, and so does all that
 * happens while the slots are updated (vcpu_cache_mmio_info()). KVM tells "no entry" by gfn 0, so
 * that page is never remembered.
 */
#include <stdlib.h>

#include "replay/cache/cache.h"

struct cache {
	struct entry {
		uint64_t gfn, generation;
		unsigned int as;
	} entries[0];
};

static struct cache *mmio_vcpu_create(unsigned int nr_vcpus)
{
	return calloc(nr_vcpus, sizeof(struct entry));
}

static void mmio_vcpu_destroy(struct cache *cache)
{
	free(cache);
}

static enum cache_verdict mmio_vcpu_ask(const struct cache *cache,
					const struct cache_access *access)
{
	const struct entry *entry = &cache->entries[access->vcpu];

	if (access->slot != TRACE_NO_SLOT || access->updating || !entry->gfn ||
	    entry->gfn != access->gfn || entry->as != access->as)
		return CACHE_ABSENT;
	return entry->generation == access->generation ? CACHE_SERVES : CACHE_STALE;
}

static int mmio_vcpu_learn(struct cache *cache, const struct cache_access *access)
{
	if (access->slot == TRACE_NO_SLOT && !access->updating)
		cache->entries[access->vcpu] =
			(struct entry){ access->gfn, access->generation, access->as };
	return 0;
}

/* The generation is enough: a zap leaves the entry alone. */
static void mmio_vcpu_change(struct cache *cache, enum trace_change_op op)
{
	(void)cache;
	(void)op;
}

const struct cache_ops cache_mmio_vcpu = {
	.name = "mmio-vcpu",
	.mirrors = "3.19 vcpu_match_mmio_gpa()",
	.create = mmio_vcpu_create,
	.destroy = mmio_vcpu_destroy,
	.ask = mmio_vcpu_ask,
	.learn = mmio_vcpu_learn,
	.change = mmio_vcpu_change,
};
