// SPDX-License-Identifier: GPL-2.0-only
/* flat.h with general registers: the ids are masked by the compares and ORed. */
#include "replay/index/flat.h"

static inline unsigned int flat_find(struct index *index, uint64_t gfn)
{
	const uint64_t *base = LOAD(index->base);
	unsigned int cap = LOAD_ALSO(index->cap);
	uint64_t answer = 0, hits = 0;

	LINES(base, 1);
	for (unsigned int i = 0; i < cap; i++) {
		uint64_t hit = -(uint64_t)(gfn - LOAD_ALSO(base[i]) < LOAD_ALSO(base[cap + i]));

		answer |= LOAD_ALSO(base[2 * cap + i]) & hit;
		hits |= hit;
	}
	return answer | (SLOT_NONE & ~hits);
}

INDEX_LOOPS(flat)

INDEX_DEFINE(flat) = {
	INDEX_FUNCTIONS(flat), .fill = flat_fill, .name = "flat",
	.mirrors = "new",      .kernel_ok = true, .max_slots = FLAT_MAX,
};
