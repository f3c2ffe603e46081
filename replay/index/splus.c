// SPDX-License-Identifier: GPL-2.0-only
/* splus.h with general registers: eight compares, their results added. */
#include "replay/index/splus.h"

static inline unsigned int count_scalar(const struct splus_node *node, uint64_t x)
{
	unsigned int count = 0;

	for (int i = 0; i < SPLUS_KEYS; i++)
		count += node->key[i] <= x;
	return count;
}

static inline unsigned int splus_find(struct index *index, uint64_t gfn)
{
	return splus_search(index, gfn, count_scalar);
}

INDEX_LOOPS(splus)

INDEX_DEFINE(splus) = {
	INDEX_FUNCTIONS(splus), .fill = splus_fill, .name = "splus",
	.mirrors = "new",	.kernel_ok = true,  .max_slots = INDEX_MAX_SLOTS,
};
