// SPDX-License-Identifier: GPL-2.0-only
/* 5.15 and 5.16: each vCPU has a last-used place, one for both address spaces. */
#include <stdlib.h>

#include "replay/cache/last-index.h"

struct cache {
	size_t place[0]; /* 0 at first */
};

static struct cache *last_vcpu_index_create(unsigned int nr_vcpus)
{
	return calloc(nr_vcpus, sizeof(size_t));
}

static void last_vcpu_index_destroy(struct cache *cache)
{
	free(cache);
}

static enum cache_verdict last_vcpu_index_ask(const struct cache *cache,
					      const struct cache_access *access)
{
	return last_index_ask(cache->place[access->vcpu], access);
}

static int last_vcpu_index_learn(struct cache *cache, const struct cache_access *access)
{
	last_index_learn(&cache->place[access->vcpu], access);
	return 0;
}

static void last_vcpu_index_change(struct cache *cache, enum trace_change_op op)
{
	(void)cache;
	(void)op;
}

const struct cache_ops cache_last_vcpu_index = {
	.name = "last-vcpu-index",
	.mirrors = "5.15 kvm_vcpu_gfn_to_memslot(), last_used_slot",
	.create = last_vcpu_index_create,
	.destroy = last_vcpu_index_destroy,
	.ask = last_vcpu_index_ask,
	.learn = last_vcpu_index_learn,
	.change = last_vcpu_index_change,
};
