/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The array of slots as KVM kept it until 5.16: what linear, size-sorted and bsearch share.
 *
 *	byte  0        8        16      20      24                                 80
 *	      | base   | npages | id    | flags | what lookups do not read (rmap,  |
 *	      |  _gfn  |        |       |       |  dirty bitmap, arch, hva)        |
 *
 * 80 bytes as in 3.16 and 3.19, so the stride crosses lines and most probes are a new one. KVM
 * answers with the slot's address, we with its id, which therefore stands beside what was compared.
 * Invariant: slots[nr..cap-1] are zero and there is at least one, the sentinel of size-sorted.
 */
#ifndef REPLAY_INDEX_ARRAY_H
#define REPLAY_INDEX_ARRAY_H

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/index/index.h"

struct array_slot {
	uint64_t base_gfn;
	uint64_t npages;
	uint32_t id;
	uint32_t flags;
	uint8_t unread[56];
};
static_assert(sizeof(struct array_slot) == 80, "3.16 and 3.19 have 80-byte slots");

struct index {
	struct array_slot *slots;
	unsigned int nr, cap;
	struct index_mem *mem;
};

static inline void array_set(struct array_slot *to, const struct index_slot *slot)
{
	*to = (struct array_slot){ slot->base_gfn, slot->npages, slot->id, slot->flags };
}

/* Room for @nr slots and the sentinel. */
static inline int array_reserve(struct index *index, unsigned int nr)
{
	struct index_mem *mem = index->mem;
	size_t cap = index->cap ? index->cap : 8;
	struct array_slot *slots;

	if (nr < index->cap)
		return 0;
	while (cap <= nr)
		cap *= 2;
	slots = mem->alloc(mem, cap * sizeof(*slots), 64);
	if (!slots)
		return -ENOMEM;
	if (index->nr)
		memcpy(slots, index->slots, index->nr * sizeof(*slots));
	mem->free(mem, index->slots, index->cap * sizeof(*slots));
	index->slots = slots;
	index->cap = cap;
	return 0;
}

static inline struct index *array_create(struct index_mem *mem, unsigned int cap)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	if (!index)
		return NULL;
	index->mem = mem;
	if (!array_reserve(index, cap))
		return index;
	mem->free(mem, index, sizeof(*index));
	return NULL;
}

static inline void array_destroy(struct index *index)
{
	index->mem->free(index->mem, index->slots, index->cap * sizeof(*index->slots));
	index->mem->free(index->mem, index, sizeof(*index));
}

/* kvm_dup_memslots(): the whole set, whatever changes. */
static inline struct index *array_clone(const struct index *from)
{
	struct index *index = array_create(from->mem, from->cap - 1);

	if (!index)
		return NULL;
	memcpy(index->slots, from->slots, from->nr * sizeof(*index->slots));
	index->nr = from->nr;
	return index;
}

static inline int array_insert_at(struct index *index, unsigned int at,
				  const struct index_slot *slot)
{
	int rc = array_reserve(index, index->nr + 1);

	if (rc)
		return rc;
	memmove(&index->slots[at + 1], &index->slots[at], (index->nr - at) * sizeof(*index->slots));
	array_set(&index->slots[at], slot);
	index->nr++;
	return 0;
}

/* Into an empty array. @before compares pointers to slots: what it puts first stands first. */
static inline int array_fill(struct index *index, const struct index_slot *slots, size_t nr,
			     int (*before)(const void *a, const void *b))
{
	size_t bytes = (nr + 1) * sizeof(const struct index_slot *);
	const struct index_slot **order = index->mem->alloc(index->mem, bytes, 64);
	int rc = order ? array_reserve(index, nr) : -ENOMEM;

	if (!rc) {
		for (size_t i = 0; i < nr; i++)
			order[i] = &slots[i];
		qsort(order, nr, sizeof(*order), before);
		for (size_t i = 0; i < nr; i++)
			array_set(&index->slots[i], order[i]);
		index->nr = nr;
	}
	index->mem->free(index->mem, order, bytes);
	return rc;
}

static inline void array_remove_at(struct index *index, unsigned int at)
{
	index->nr--;
	memmove(&index->slots[at], &index->slots[at + 1], (index->nr - at) * sizeof(*index->slots));
	memset(&index->slots[index->nr], 0, sizeof(*index->slots));
}

static inline const char *array_check(const struct index *index)
{
	static const struct array_slot zero;

	if (index->nr >= index->cap)
		return "no sentinel after the last slot";
	for (unsigned int i = index->nr; i < index->cap; i++)
		if (memcmp(&index->slots[i], &zero, sizeof(zero)))
			return "unused entry is not zero";
	return NULL;
}

#endif
