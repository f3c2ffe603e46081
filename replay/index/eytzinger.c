// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slots' bases in the order of a breadth-first walk of a complete binary tree: node k has its
 * children at 2k and 2k + 1, so the top levels share few lines, and eight descendants three levels
 * below a node share one that can be asked for ahead.
 *
 *	base[]:   (0) | 1 | 2 3 | 4 5 6 7 | 8 ...      range[k]: end and id of the slot of base[k]
 *
 * The walk goes right when base <= gfn and always takes the same number of steps: the tree is
 *padded with bases that no gfn reaches. The steps are the bits of k, so the last right turn, which
 *is the slot that starts nearest below, is what remains after the trailing zeros and one more bit
 *are cut off. k = 0: there was none, and range[0] is empty. Find O(log n) without a branch; rebuilt
 *at each change, O(n). Memory: up to 48 bytes a slot.
 */
#include "replay/index/loops.h"
#include "replay/index/sorted.h"

struct range {
	uint64_t end;
	uint64_t id;
};

struct index {
	uint64_t *base;
	struct range *range;
	unsigned int levels;
	struct index_mem *mem;
	struct sorted sorted;
};

static inline unsigned int eytzinger_find(struct index *index, uint64_t gfn)
{
	const uint64_t *base = LOAD(index->base);
	const struct range *range = LOAD_ALSO(index->range);
	uint64_t k = 1;
	uint64_t hit;

	for (unsigned int level = LOAD_ALSO(index->levels); level; level--) {
		__builtin_prefetch(&base[k * 8]);
		k = 2 * k + (LOAD(base[k]) <= gfn);
	}
	k >>= __builtin_ctzll(k) + 1;
	range += k;
	hit = -(uint64_t)(gfn < LOAD(range->end));
	return (LOAD_ALSO(range->id) & hit) | (SLOT_NONE & ~hit);
}

static size_t nodes(unsigned int levels)
{
	return (size_t)1 << levels;
}

/* In-order walk of the nodes gives the sorted order. */
static void fill(struct index *index, size_t k, unsigned int *next)
{
	const struct sorted_slot *slot;

	if (k >= nodes(index->levels))
		return;
	fill(index, 2 * k, next);
	index->base[k] = UINT64_MAX;
	if (*next < index->sorted.nr) {
		slot = &index->sorted.slots[(*next)++];
		index->base[k] = slot->base;
		index->range[k] = (struct range){ slot->end, slot->id };
	}
	fill(index, 2 * k + 1, next);
}

static void eytzinger_release(struct index *index)
{
	size_t nr = nodes(index->levels);

	index->mem->free(index->mem, index->base, nr * sizeof(*index->base));
	index->mem->free(index->mem, index->range, nr * sizeof(*index->range));
}

static int eytzinger_build(struct index *index)
{
	struct index next = *index;
	unsigned int first = 0;

	next.levels = 1;
	while (nodes(next.levels) <= index->sorted.nr)
		next.levels++;
	next.base = index->mem->alloc(index->mem, nodes(next.levels) * sizeof(*next.base), 64);
	next.range = index->mem->alloc(index->mem, nodes(next.levels) * sizeof(*next.range), 64);
	if (!next.base || !next.range) {
		eytzinger_release(&next);
		return -ENOMEM;
	}
	fill(&next, 1, &first);
	if (index->base)
		eytzinger_release(index);
	*index = next;
	return 0;
}

static const char *eytzinger_check(const struct index *index)
{
	size_t used = 0;

	for (size_t k = 1; k < nodes(index->levels); k++) {
		used += index->base[k] != UINT64_MAX;
		if (2 * k + 1 < nodes(index->levels) && (index->base[2 * k] > index->base[k] ||
							 index->base[2 * k + 1] < index->base[k]))
			return "a child on the wrong side";
		if (index->base[k] != UINT64_MAX && index->range[k].end <= index->base[k])
			return "an empty slot";
	}
	if (index->range[0].end)
		return "there is a slot before the first";
	if (used != index->sorted.nr)
		return "slots are missing";
	return sorted_check(&index->sorted);
}

SORTED_OPS(eytzinger)
INDEX_LOOPS(eytzinger)

INDEX_DEFINE(eytzinger) = {
	INDEX_FUNCTIONS(eytzinger), .fill = eytzinger_fill, .name = "eytzinger",
	.mirrors = "new",	    .kernel_ok = true,	    .max_slots = INDEX_MAX_SLOTS,
};
