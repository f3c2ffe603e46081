// SPDX-License-Identifier: GPL-2.0-only
/* 3.19 to 5.14: one last-used place for the whole VM in each address space's array. */
#include <stdlib.h>

#include "replay/cache/last-index.h"

struct cache {
	size_t place[TRACE_ADDRESS_SPACES]; /* 0 at first */
};

static struct cache *last_vm_create(unsigned int nr_vcpus)
{
	(void)nr_vcpus;
	return calloc(1, sizeof(struct cache));
}

static void last_vm_destroy(struct cache *cache)
{
	free(cache);
}

static enum cache_verdict last_vm_ask(const struct cache *cache, const struct cache_access *access)
{
	return last_index_ask(cache->place[access->as], access);
}

static int last_vm_learn(struct cache *cache, const struct cache_access *access)
{
	last_index_learn(&cache->place[access->as], access);
	return 0;
}

static void last_vm_change(struct cache *cache, enum trace_change_op op)
{
	(void)cache;
	(void)op;
}

const struct cache_ops cache_last_vm = {
	.name = "last-vm",
	.mirrors = "3.19 search_memslots(), lru_slot",
	.create = last_vm_create,
	.destroy = last_vm_destroy,
	.ask = last_vm_ask,
	.learn = last_vm_learn,
	.change = last_vm_change,
};
