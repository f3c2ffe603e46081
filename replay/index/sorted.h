/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For structures that are built anew from all slots at each change, as KVM's arrays were
 *until 5.16.
 *
 * The slots are kept here by rising base_gfn; lookups never read them. A file provides
 *
 *	static int NAME_build(struct index *index);     from index->sorted; on failure all as before
 *	static void NAME_release(struct index *index);  what build made; the handle is freed here
 *
 * and a struct index with the members mem and sorted; SORTED_OPS(NAME) makes the updates and the
 * op fill. A new index is zeroed, then built from no slots.
 */
#ifndef REPLAY_INDEX_SORTED_H
#define REPLAY_INDEX_SORTED_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/index/index.h"

struct sorted {
	struct sorted_slot {
		uint64_t base, end; /* gfns; end is the first one behind */
		uint32_t id;
	} * slots;
	unsigned int nr, cap;
};

/* How many slots start below @gfn. */
static inline unsigned int sorted_place(const struct sorted *sorted, uint64_t gfn)
{
	unsigned int low = 0, high = sorted->nr;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (sorted->slots[middle].base < gfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline int sorted_reserve(struct sorted *sorted, struct index_mem *mem, unsigned int nr)
{
	unsigned int cap = sorted->cap ? sorted->cap : 8;
	struct sorted_slot *slots;

	if (nr <= sorted->cap)
		return 0;
	while (cap < nr)
		cap *= 2;
	slots = mem->alloc(mem, cap * sizeof(*slots), 64);
	if (!slots)
		return -ENOMEM;
	if (sorted->nr)
		memcpy(slots, sorted->slots, sorted->nr * sizeof(*slots));
	mem->free(mem, sorted->slots, sorted->cap * sizeof(*slots));
	sorted->slots = slots;
	sorted->cap = cap;
	return 0;
}

static inline void sorted_free(struct sorted *sorted, struct index_mem *mem)
{
	mem->free(mem, sorted->slots, sorted->cap * sizeof(*sorted->slots));
}

static inline void sorted_add(struct sorted *sorted, const struct index_slot *slot)
{
	unsigned int at = sorted_place(sorted, slot->base_gfn);
	struct sorted_slot *slots = sorted->slots;

	memmove(&slots[at + 1], &slots[at], (sorted->nr++ - at) * sizeof(*slots));
	slots[at] = (struct sorted_slot){ slot->base_gfn, slot->base_gfn + slot->npages, slot->id };
}

static inline void sorted_drop(struct sorted *sorted, const struct index_slot *slot)
{
	unsigned int at = sorted_place(sorted, slot->base_gfn);
	struct sorted_slot *slots = sorted->slots;

	memmove(&slots[at], &slots[at + 1], (--sorted->nr - at) * sizeof(*slots));
}

/* @old out, @slot in (either may be NULL), build; as before if that fails. */
static inline int sorted_change(struct index *index, struct sorted *sorted, struct index_mem *mem,
				const struct index_slot *old, const struct index_slot *slot,
				int (*build)(struct index *index))
{
	int rc = sorted_reserve(sorted, mem, sorted->nr + 1);

	if (rc)
		return rc;
	if (old)
		sorted_drop(sorted, old);
	if (slot)
		sorted_add(sorted, slot);
	rc = build(index);
	if (!rc)
		return 0;
	if (slot)
		sorted_drop(sorted, slot);
	if (old)
		sorted_add(sorted, old);
	return rc;
}

static inline int sorted_rising(const void *a, const void *b)
{
	const struct sorted_slot *x = a, *y = b;

	return (x->base > y->base) - (x->base < y->base);
}

/* Into no slots; none again if that fails. */
static inline int sorted_fill(struct index *index, struct sorted *sorted, struct index_mem *mem,
			      const struct index_slot *slots, size_t nr,
			      int (*build)(struct index *index))
{
	int rc = sorted_reserve(sorted, mem, nr);

	if (rc || !nr)
		return rc;
	for (size_t i = 0; i < nr; i++)
		sorted->slots[i] =
			(struct sorted_slot){ slots[i].base_gfn,
					      slots[i].base_gfn + slots[i].npages, slots[i].id };
	qsort(sorted->slots, nr, sizeof(*sorted->slots), sorted_rising);
	sorted->nr = nr;
	rc = build(index);
	if (rc)
		sorted->nr = 0;
	return rc;
}

/* NULL, or what is wrong with the slots themselves. */
static inline const char *sorted_check(const struct sorted *sorted)
{
	for (unsigned int i = 0; i < sorted->nr; i++) {
		if (sorted->slots[i].base >= sorted->slots[i].end)
			return "an empty slot";
		if (i && sorted->slots[i - 1].end > sorted->slots[i].base)
			return "slots overlap or stand out of order";
	}
	return NULL;
}

#define SORTED_OPS(name)                                                                           \
	static void name##_destroy(struct index *index)                                            \
	{                                                                                          \
		name##_release(index);                                                             \
		sorted_free(&index->sorted, index->mem);                                           \
		index->mem->free(index->mem, index, sizeof(*index));                               \
	}                                                                                          \
	static struct index *name##_create(struct index_mem *mem, struct index *twin)              \
	{                                                                                          \
		struct index *index = mem->alloc(mem, sizeof(*index), 64);                         \
                                                                                                   \
		(void)twin;                                                                        \
		if (!index)                                                                        \
			return NULL;                                                               \
		index->mem = mem;                                                                  \
		if (!name##_build(index))                                                          \
			return index;                                                              \
		mem->free(mem, index, sizeof(*index));                                             \
		return NULL;                                                                       \
	}                                                                                          \
	static int name##_move(struct index *index, const struct index_slot *old,                  \
			       const struct index_slot *slot)                                      \
	{                                                                                          \
		return sorted_change(index, &index->sorted, index->mem, old, slot, name##_build);  \
	}                                                                                          \
	static int name##_fill(struct index *index, const struct index_slot *slots, size_t nr)     \
	{                                                                                          \
		return sorted_fill(index, &index->sorted, index->mem, slots, nr, name##_build);    \
	}                                                                                          \
	static int name##_insert(struct index *index, const struct index_slot *slot)               \
	{                                                                                          \
		return name##_move(index, NULL, slot);                                             \
	}                                                                                          \
	static int name##_remove(struct index *index, const struct index_slot *slot)               \
	{                                                                                          \
		return name##_move(index, slot, NULL);                                             \
	}

#endif
