// SPDX-License-Identifier: GPL-2.0-only
/*
 * JudyL of libJudy: base_gfn -> address of {end, id}. A lookup asks for the last key at or below
 * the gfn and compares the end. Find and update O(log gfns / 8) at worst.
 *
 * The library is not compiled here, so its loads cannot be recorded: touch() says unknown and
 * callgrind has the lines. Its memory is counted: libJudy takes all of it from JudyMalloc(), which
 * a program may define. One contract it breaks: when an allocation fails, JudyLIns() can lose
 * memory and JudyLDel() can damage the array (1.0.5, seen under AddressSanitizer), so after -ENOMEM
 * only the end of the run is safe.
 */
#include <Judy.h>
#include <errno.h>

#include "replay/index/loops.h"

struct range {
	uint64_t end;
	uint64_t id;
};

struct index {
	Pvoid_t array;
	struct index_mem *mem;
};

static inline unsigned int judy_find(struct index *index, uint64_t gfn)
{
	Word_t key = gfn;
	PPvoid_t value = JudyLLast(index->array, &key, PJE0);
	const struct range *range;

	LINES_UNKNOWN();
	if (!value)
		return SLOT_NONE;
	range = *value;
	return gfn < range->end ? range->id : SLOT_NONE;
}

/* Whose memory the library takes while an update runs. */
static _Thread_local struct index_mem *judy_mem;

#ifndef INDEX_TOUCH
Word_t JudyMalloc(Word_t words)
{
	return (Word_t)judy_mem->alloc(judy_mem, words * sizeof(Word_t), 2 * sizeof(Word_t));
}

void JudyFree(void *p, Word_t words)
{
	judy_mem->free(judy_mem, p, words * sizeof(Word_t));
}

Word_t JudyMallocVirtual(Word_t words)
{
	return JudyMalloc(words);
}

void JudyFreeVirtual(void *p, Word_t words)
{
	JudyFree(p, words);
}
#endif

static struct index *judy_create(struct index_mem *mem, struct index *twin)
{
	struct index *index = mem->alloc(mem, sizeof(*index), 64);

	(void)twin;
	if (index)
		index->mem = mem;
	return index;
}

static void judy_destroy(struct index *index)
{
	Word_t key = 0;

	judy_mem = index->mem;
	for (PPvoid_t value = JudyLFirst(index->array, &key, PJE0); value;
	     value = JudyLNext(index->array, &key, PJE0))
		index->mem->free(index->mem, *value, sizeof(struct range));
	JudyLFreeArray(&index->array, PJE0);
	index->mem->free(index->mem, index, sizeof(*index));
}

static int judy_insert(struct index *index, const struct index_slot *slot)
{
	struct range *range = index->mem->alloc(index->mem, sizeof(*range), sizeof(*range));
	PPvoid_t value;

	if (!range)
		return -ENOMEM;
	judy_mem = index->mem;
	value = JudyLIns(&index->array, slot->base_gfn, PJE0);
	if (value == PPJERR) {
		index->mem->free(index->mem, range, sizeof(*range));
		return -ENOMEM;
	}
	*range = (struct range){ slot->base_gfn + slot->npages, slot->id };
	*value = range;
	return 0;
}

static int judy_remove(struct index *index, const struct index_slot *slot)
{
	struct range *range = *JudyLGet(index->array, slot->base_gfn, PJE0);

	judy_mem = index->mem;
	if (JudyLDel(&index->array, slot->base_gfn, PJE0) == JERR)
		return -ENOMEM;
	index->mem->free(index->mem, range, sizeof(*range));
	return 0;
}

static int judy_move(struct index *index, const struct index_slot *old,
		     const struct index_slot *slot)
{
	int rc;

	if (old->base_gfn == slot->base_gfn) {
		struct range *range = *JudyLGet(index->array, slot->base_gfn, PJE0);

		*range = (struct range){ slot->base_gfn + slot->npages, slot->id };
		return 0;
	}
	rc = judy_insert(index, slot);
	if (rc)
		return rc;
	rc = judy_remove(index, old);
	if (rc)
		judy_remove(index, slot);
	return rc;
}

static const char *judy_check(const struct index *index)
{
	Word_t key = 0;
	uint64_t end = 0;

	for (PPvoid_t value = JudyLFirst(index->array, &key, PJE0); value;
	     value = JudyLNext(index->array, &key, PJE0)) {
		const struct range *range = *value;

		if (key < end || range->end <= key)
			return "slots overlap or are empty";
		end = range->end;
	}
	return NULL;
}

INDEX_LOOPS(judy)

INDEX_DEFINE(judy) = {
	INDEX_FUNCTIONS(judy),
	.name = "judy",
	.mirrors = "new: JudyL of libJudy 1.0.5",
	.kernel_ok = false,
	.max_slots = INDEX_MAX_SLOTS,
};
