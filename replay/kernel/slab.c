// SPDX-License-Identifier: GPL-2.0-only
#include "replay/kernel/slab.h"

#include <linux/slab.h>
#include <string.h>

_Thread_local struct index_mem *slab_mem;

struct kmem_cache {
	unsigned int size, align;
	void (*ctor)(void *);
};

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = calloc(1, sizeof(*cache));

	(void)name;
	(void)flags;
	if (cache)
		*cache = (struct kmem_cache){ size, align ? align : 8, ctor };
	return cache;
}

void *kmem_cache_alloc_lru(struct kmem_cache *cache, struct list_lru *lru, int flags)
{
	void *p = slab_mem->alloc(slab_mem, cache->size, cache->align);

	(void)lru;
	(void)flags;
	if (p && cache->ctor)
		cache->ctor(p);
	return p;
}

void kmem_cache_free(struct kmem_cache *cache, void *p)
{
	slab_mem->free(slab_mem, p, cache->size);
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **list)
{
	while (nr)
		kmem_cache_free(cache, list[--nr]);
}

int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t flags, size_t nr, void **list)
{
	for (size_t i = 0; i < nr; i++) {
		list[i] = kmem_cache_alloc_lru(cache, NULL, flags);
		if (!list[i]) {
			kmem_cache_free_bulk(cache, i, list);
			return 0;
		}
	}
	return nr;
}
