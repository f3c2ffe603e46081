// SPDX-License-Identifier: GPL-2.0-only
/*
 * A structure to start from: what it is, what a lookup reads, what an update costs.
 *
 * Here: the slots by rising base_gfn, halved until one is left. sorted.h keeps them and makes the
 * updates; draw your own layout here instead.
 */
#include "replay/index/loops.h"
#include "replay/index/sorted.h"

struct index {
	struct sorted sorted;
	struct index_mem *mem;
};

/* The slot id of @gfn. Each read of the structure goes through LOAD(). */
static inline unsigned int template_find(struct index *index, uint64_t gfn)
{
	const struct sorted_slot *slot = LOAD(index->sorted.slots);

	for (unsigned int nr = LOAD_ALSO(index->sorted.nr); nr > 1;) {
		unsigned int half = nr / 2;

		slot += gfn >= LOAD(slot[half].base) ? half : 0;
		nr -= half;
	}
	return slot && gfn >= LOAD(slot->base) && gfn < LOAD_ALSO(slot->end) ? LOAD_ALSO(slot->id)
									     : SLOT_NONE;
}

/* What lookups need beside the sorted slots is made here, from index->sorted: nothing. */
static int template_build(struct index *index)
{
	(void)index;
	return 0;
}

static void template_release(struct index *index)
{
	(void)index;
}

static const char *template_check(const struct index *index)
{
	return sorted_check(&index->sorted);
}

SORTED_OPS(template)
INDEX_LOOPS(template)

INDEX_DEFINE(template) = {
	INDEX_FUNCTIONS(template), .fill = template_fill, .name = "template",
	.mirrors = "new",	   .kernel_ok = true,	  .max_slots = INDEX_MAX_SLOTS,
};
