// SPDX-License-Identifier: GPL-2.0-only
/*
 * One reserved range of addresses, handed out from its start; what is freed goes to a list of its
 * power of two and is used again from there. The range is backed by huge pages where the machine
 * has them: the kernel's own memory is, and TLB walks would drown the cache misses we are after.
 */
#include "replay/index/heap.h"

#include <string.h>
#include <sys/mman.h>

static const size_t range_bytes = 4ull << 30; /* of addresses; memory only where written */
enum { MIN_ORDER = 3, MAX_ORDER = 30, PAGE = 4096, HUGE_PAGE = 2 << 20 };

struct object {
	struct object *next;
};

struct heap {
	struct index_mem mem; /* first: alloc and free find the heap by it */
	size_t used;	      /* bytes of the range, this header among them */
	struct object *free[MAX_ORDER + 1];
};

static unsigned int order_of(size_t bytes)
{
	unsigned int order = MIN_ORDER;

	while (order < MAX_ORDER && (size_t)1 << order < bytes)
		order++;
	return order;
}

static size_t cost_of(size_t bytes)
{
	return bytes <= PAGE ? (size_t)1 << order_of(bytes) : (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Every object is aligned to its power of two, so @align matters only where it is larger. */
static void *heap_alloc(struct index_mem *mem, size_t bytes, size_t align)
{
	struct heap *heap = (struct heap *)mem;
	unsigned int order = order_of(bytes > align ? bytes : align);
	size_t size = (size_t)1 << order, at = (heap->used + size - 1) & -size;
	struct object *object = heap->free[order];

	if (bytes > size || (!object && at + size > range_bytes))
		return NULL;
	if (object) {
		heap->free[order] = object->next;
		memset(object, 0, bytes);
	} else {
		object = (struct object *)((char *)heap + at);
		heap->used = at + size;
	}
	mem->bytes += cost_of(bytes);
	return object;
}

static void heap_free(struct index_mem *mem, void *p, size_t bytes)
{
	struct heap *heap = (struct heap *)mem;
	struct object *object = p;
	unsigned int order = order_of(bytes);

	if (!p)
		return;
	object->next = heap->free[order];
	heap->free[order] = object;
	mem->bytes -= cost_of(bytes);
}

struct heap *heap_create(void)
{
	struct heap *heap;
	size_t skip;
	char *p = mmap(NULL, range_bytes + HUGE_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	skip = -(uintptr_t)p % HUGE_PAGE;
	if (skip)
		munmap(p, skip);
	munmap(p + skip + range_bytes, HUGE_PAGE - skip);
	madvise(p + skip, range_bytes, MADV_HUGEPAGE);
	heap = (struct heap *)(p + skip);
	heap->mem = (struct index_mem){ heap_alloc, heap_free, 0 };
	heap->used = sizeof(*heap);
	return heap;
}

struct index_mem *heap_mem(struct heap *heap)
{
	return &heap->mem;
}

void heap_destroy(struct heap *heap)
{
	if (heap)
		munmap(heap, range_bytes);
}
