// SPDX-License-Identifier: GPL-2.0-only
#include "trace/pageset.h"

#include <errno.h>
#include <stdlib.h>

static_assert(TRACE_GFN_BITS + TRACE_NR_OPS <= 64, "an entry holds a gfn and a bit for each op");

/* Where @gfn is, or the free entry where it would go. */
static uint64_t *place(const struct pageset *set, uint64_t gfn)
{
	size_t mask = set->size - 1;
	size_t i = (gfn * 0x9e3779b97f4a7c15ull) >> 20; /* Fibonacci hashing: the high bits mix */

	for (;; i++) {
		uint64_t *entry = &set->entries[i & mask];

		if (!*entry || (*entry & TRACE_MAX_GFN) == gfn)
			return entry;
	}
}

static int grow(struct pageset *set)
{
	struct pageset bigger = { .size = set->size ? set->size * 2 : 1024, .nr = set->nr };

	bigger.entries = calloc(bigger.size, sizeof(*bigger.entries));
	if (!bigger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < set->size; i++)
		if (set->entries[i])
			*place(&bigger, set->entries[i] & TRACE_MAX_GFN) = set->entries[i];
	free(set->entries);
	*set = bigger;
	return 0;
}

int pageset_add(struct pageset *set, uint64_t gfn, enum trace_op op)
{
	uint64_t *entry;

	if (set->nr * 4 >= set->size * 3 && grow(set) < 0)
		return -ENOMEM;
	entry = place(set, gfn);
	set->nr += !*entry;
	*entry |= gfn | 1ull << (TRACE_GFN_BITS + op);
	return 0;
}

void pageset_count(const struct pageset *set, uint64_t pages[TRACE_NR_OPS])
{
	for (int op = 0; op < TRACE_NR_OPS; op++)
		pages[op] = 0;
	for (size_t i = 0; i < set->size; i++)
		for (int op = 0; op < TRACE_NR_OPS; op++)
			pages[op] += set->entries[i] >> (TRACE_GFN_BITS + op) & 1;
}

void pageset_free(struct pageset *set)
{
	free(set->entries);
	*set = (struct pageset){ 0 };
}
