// SPDX-License-Identifier: GPL-2.0-only
/*
 * The negative cache: an access that finds no slot leaves an SPTE that says "MMIO", with the
 * generation of its address space. Later accesses to the page end there, until a slot changes; then
 * they search once more. Deleting or moving a slot zaps every SPTE of the VM.
 *
 * While the slots are updated no SPTE is good (check_mmio_spte()), and one made then has the
 * generation that is about to end.
 *
 * The generation wraps after 2^18 or more changes, where KVM zaps all; that is not modelled, nor
 * are SPTEs lost to memory pressure or to a second root. One entry a page and address space.
 */
#include <errno.h>
#include <stdlib.h>

#include "replay/cache/cache.h"

struct spte {
	uint64_t key; /* 0: free */
	uint64_t generation;
};

/* Open addressing, at most half full. */
struct cache {
	struct spte *sptes;
	size_t nr, bits;
};

static uint64_t key_of(const struct cache_access *access)
{
	return (access->gfn << 1 | access->as) + 1;
}

/* The entry of @key, or the free one where it would stand. */
static struct spte *spte_of(const struct cache *cache, uint64_t key)
{
	size_t mask = ((size_t)1 << cache->bits) - 1;
	size_t i = key * 0x9e3779b97f4a7c15u >> (64 - cache->bits);

	while (cache->sptes[i].key && cache->sptes[i].key != key)
		i = (i + 1) & mask;
	return &cache->sptes[i];
}

static int resize(struct cache *cache, size_t bits)
{
	struct cache wider = { calloc((size_t)1 << bits, sizeof(struct spte)), cache->nr, bits };

	if (!wider.sptes)
		return -ENOMEM;
	for (size_t i = 0; cache->sptes && i < (size_t)1 << cache->bits; i++)
		if (cache->sptes[i].key)
			*spte_of(&wider, cache->sptes[i].key) = cache->sptes[i];
	free(cache->sptes);
	*cache = wider;
	return 0;
}

static struct cache *mmio_spte_create(unsigned int nr_vcpus)
{
	struct cache *cache = calloc(1, sizeof(*cache));

	(void)nr_vcpus;
	if (cache && resize(cache, 8)) {
		free(cache);
		return NULL;
	}
	return cache;
}

static void mmio_spte_destroy(struct cache *cache)
{
	free(cache->sptes);
	free(cache);
}

static enum cache_verdict mmio_spte_ask(const struct cache *cache,
					const struct cache_access *access)
{
	const struct spte *spte = spte_of(cache, key_of(access));

	if (!spte->key || access->slot != TRACE_NO_SLOT || access->updating)
		return CACHE_ABSENT;
	return spte->generation == access->generation ? CACHE_SERVES : CACHE_STALE;
}

static int mmio_spte_learn(struct cache *cache, const struct cache_access *access)
{
	struct spte *spte;

	if (access->slot != TRACE_NO_SLOT)
		return 0;
	if (cache->nr * 2 >= (size_t)1 << cache->bits && resize(cache, cache->bits + 1))
		return -ENOMEM;
	spte = spte_of(cache, key_of(access));
	cache->nr += !spte->key;
	*spte = (struct spte){ key_of(access), access->generation };
	if (access->updating && !access->updated)
		spte->generation--;
	return 0;
}

static void mmio_spte_change(struct cache *cache, enum trace_change_op op)
{
	if ((op != TRACE_DELETE && op != TRACE_MOVE) || !cache->nr)
		return;
	for (size_t i = 0; i < (size_t)1 << cache->bits; i++)
		cache->sptes[i].key = 0;
	cache->nr = 0;
}

const struct cache_ops cache_mmio_spte = {
	.name = "mmio-spte",
	.mirrors = "3.11 check_mmio_spte(), mark_mmio_spte()",
	.create = mmio_spte_create,
	.destroy = mmio_spte_destroy,
	.ask = mmio_spte_ask,
	.learn = mmio_spte_learn,
	.change = mmio_spte_change,
};
