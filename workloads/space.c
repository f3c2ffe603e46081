// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/space.h"

#include <errno.h>
#include <stdlib.h>

enum { GUIDE_SIZE = 4096 };

/* A slot or window of the class, and how many of its pages count. */
struct part {
	struct region region;
	uint64_t npages, counted;
};

static int by_gfn(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->region.base_gfn > y->region.base_gfn) -
	       (x->region.base_gfn < y->region.base_gfn);
}

static size_t window_parts(const struct windows *windows, struct part *parts)
{
	uint64_t tag = 0;

	for (size_t i = 0; i < windows->nr; tag += windows->at[i++].npages)
		parts[i] = (struct part){ { 0, windows->at[i].base_gfn, tag, TRACE_NO_SLOT },
					  windows->at[i].npages };
	return windows->nr;
}

static size_t slot_parts(const struct layout *layout, enum access_class class, struct part *parts)
{
	static const int kind[NR_CLASSES] = {
		[CLASS_MAPPED] = TRACE_KIND_MAPPED, [CLASS_ROM] = TRACE_KIND_ROM
	};
	size_t nr = 0;

	for (size_t i = 0; i < layout->nr_slots; i++) {
		const struct trace_slot *slot = &layout->slots[i];

		if (slot->kind == kind[class])
			parts[nr++] =
				(struct part){ { 0, slot->base_gfn, 0, slot->id }, slot->npages };
	}
	return nr;
}

static struct part *parts_of(const struct layout *layout, enum access_class class, size_t *nr)
{
	struct part *parts =
		calloc(layout->nr_slots + layout->mmio.nr + layout->notify.nr, sizeof(*parts));

	if (!parts)
		return NULL;
	if (class == CLASS_UNMAPPED)
		*nr = window_parts(&layout->mmio, parts);
	else if (class == CLASS_NOTIFY)
		*nr = window_parts(&layout->notify, parts);
	else
		*nr = slot_parts(layout, class, parts);
	qsort(parts, *nr, sizeof(*parts), by_gfn);
	return parts;
}

static int alloc(struct space *space, size_t nr)
{
	*space = (struct space){ .regions = calloc(nr + 1, sizeof(*space->regions)),
				 .guide = calloc(GUIDE_SIZE, sizeof(*space->guide)) };
	if (space->regions && space->guide)
		return 0;
	space_free(space);
	return -ENOMEM;
}

static void append(struct space *space, const struct region *region, uint64_t npages)
{
	if (!npages)
		return;
	space->regions[space->nr] = *region;
	space->regions[space->nr++].first = space->npages;
	space->npages += npages;
	space->regions[space->nr].first = space->npages;
}

static void make_guide(struct space *space)
{
	size_t r = 0;

	while (space->npages > (uint64_t)GUIDE_SIZE << space->shift)
		space->shift++;
	for (size_t i = 0; i < GUIDE_SIZE && i << space->shift < space->npages; i++) {
		while (space->regions[r + 1].first <= (uint64_t)i << space->shift)
			r++;
		space->guide[i] = (uint32_t)r;
	}
}

/* Pages that count: all, or as many in each part as the working set needs. Returns their sum. */
static uint64_t count(struct part *parts, size_t nr, uint64_t working_set, enum spread spread)
{
	uint64_t each = (working_set + nr - 1) / nr, sum = 0;

	for (size_t i = 0; i < nr; i++) {
		parts[i].counted =
			spread == SPREAD_EQUAL && parts[i].npages > each ? each : parts[i].npages;
		sum += parts[i].counted;
	}
	return sum;
}

/* Block k ends where its share of the counted pages ends: never more pages than it has. */
static void fill(struct space *space, const struct part *parts, size_t nr, uint64_t wanted,
		 uint64_t sum)
{
	uint64_t done = 0, before = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t end;

		before += parts[i].counted;
		end = (uint64_t)((unsigned __int128)wanted * before / sum);
		append(space, &parts[i].region, end - done);
		done = end;
	}
}

int space_init(struct space *space, const struct layout *layout, enum access_class class,
	       uint64_t working_set, enum spread spread)
{
	size_t nr;
	struct part *parts = parts_of(layout, class, &nr);
	int rc = !parts ? -ENOMEM : !nr ? -ENOENT : alloc(space, nr);

	if (!rc) {
		uint64_t sum = count(parts, nr, working_set, spread);

		fill(space, parts, nr, working_set < sum ? working_set : sum, sum);
		make_guide(space);
	}
	free(parts);
	return rc;
}

/* The last part that begins at or below @gfn, if the extent ends within it. */
static const struct part *part_at(const struct part *parts, size_t nr, const struct extent *extent)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (parts[middle].region.base_gfn <= extent->base_gfn)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low--)
		return NULL;
	if (extent->base_gfn - parts[low].region.base_gfn > parts[low].npages ||
	    extent->npages > parts[low].npages - (extent->base_gfn - parts[low].region.base_gfn))
		return NULL;
	return &parts[low];
}

static int add_extent(struct space *space, const struct part *part, const struct extent *extent)
{
	struct region region;

	if (!part || (space->npages + extent->npages) >> 32)
		return -EINVAL;
	region = part->region;
	region.tag += extent->base_gfn - region.base_gfn;
	region.base_gfn = extent->base_gfn;
	append(space, &region, extent->npages);
	return 0;
}

int space_init_extents(struct space *space, const struct layout *layout, enum access_class class,
		       const struct extent *extents, size_t nr, size_t *bad)
{
	size_t nr_parts;
	struct part *parts = parts_of(layout, class, &nr_parts);
	int rc = parts ? alloc(space, nr) : -ENOMEM;

	for (size_t i = 0; !rc && i < nr; i++) {
		*bad = i;
		rc = add_extent(space, part_at(parts, nr_parts, &extents[i]), &extents[i]);
		if (rc)
			space_free(space);
	}
	if (!rc)
		make_guide(space);
	free(parts);
	return rc;
}

void space_free(struct space *space)
{
	free(space->regions);
	free(space->guide);
	*space = (struct space){ 0 };
}
