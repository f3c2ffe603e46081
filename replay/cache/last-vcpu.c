// SPDX-License-Identifier: GPL-2.0-only
/*
 * 5.17 and later: each vCPU remembers the slot of its latest hit, until the generation it sees is
 * another: after every slot change, and on the way into and out of SMM, whose address space counts
 * on its own. A miss leaves the entry alone.
 */
#include <stdlib.h>

#include "replay/cache/cache.h"

struct cache {
	struct entry {
		uint64_t generation;
		unsigned int as, slot;
	} entries[0];
};

static struct cache *last_vcpu_create(unsigned int nr_vcpus)
{
	struct cache *cache = calloc(nr_vcpus, sizeof(struct entry));

	for (unsigned int i = 0; cache && i < nr_vcpus; i++)
		cache->entries[i].slot = TRACE_NO_SLOT;
	return cache;
}

static void last_vcpu_destroy(struct cache *cache)
{
	free(cache);
}

static enum cache_verdict last_vcpu_ask(const struct cache *cache,
					const struct cache_access *access)
{
	const struct entry *entry = &cache->entries[access->vcpu];

	if (access->slot == TRACE_NO_SLOT || entry->slot != access->slot)
		return CACHE_ABSENT;
	return entry->generation == access->generation && entry->as == access->as ? CACHE_SERVES
										  : CACHE_STALE;
}

static int last_vcpu_learn(struct cache *cache, const struct cache_access *access)
{
	struct entry *entry = &cache->entries[access->vcpu];

	if (entry->generation != access->generation || entry->as != access->as)
		*entry = (struct entry){ access->generation, access->as, TRACE_NO_SLOT };
	if (access->slot != TRACE_NO_SLOT)
		entry->slot = access->slot;
	return 0;
}

static void last_vcpu_change(struct cache *cache, enum trace_change_op op)
{
	(void)cache;
	(void)op;
}

const struct cache_ops cache_last_vcpu = {
	.name = "last-vcpu",
	.mirrors = "5.17 kvm_vcpu_gfn_to_memslot(), last_used_slot and its generation",
	.create = last_vcpu_create,
	.destroy = last_vcpu_destroy,
	.ask = last_vcpu_ask,
	.learn = last_vcpu_learn,
	.change = last_vcpu_change,
};
