// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/walker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Near the golden section of n, where multiples spread best. */
static uint64_t scatter(uint64_t n)
{
	uint64_t stride = (uint64_t)((unsigned __int128)n * 0x9e3779b97f4a7c15 >> 64) | 1;

	while (gcd(stride, n) != 1)
		stride += 2;
	return stride;
}

static int init_popularity(struct walker *w)
{
	const struct locality *l = w->locality;
	uint64_t *weights;
	int rc;

	if (l->spread != SPREAD_EXTENTS) {
		w->stride = scatter(w->space.npages);
		return l->popularity == POPULARITY_ZIPF
			       ? zipf_init(&w->zipf, w->space.npages, l->exponent)
			       : 0;
	}
	weights = calloc(l->nr_extents, sizeof(*weights));
	if (!weights)
		return -ENOMEM;
	for (size_t i = 0; i < l->nr_extents; i++)
		weights[i] = l->extents[i].weight;
	rc = alias_init(&w->weights, weights, l->nr_extents);
	free(weights);
	return rc;
}

static int init_state(struct walker *w, const struct recipe *recipe)
{
	for (uint32_t k = 0; k < w->locality->reuse.nr; k++)
		w->reuse += w->locality->reuse.share[k];
	w->last = calloc(recipe->nr_vcpus, sizeof(*w->last));
	w->cursor = calloc(w->space.nr, sizeof(*w->cursor));
	if (w->reuse)
		w->due = calloc(WALKER_REACH, sizeof(*w->due));
	if (!w->last || !w->cursor || (w->reuse && !w->due))
		return -ENOMEM;
	for (uint64_t v = 0; v < recipe->nr_vcpus; v++) /* each begins in a part of its own */
		w->last[v] = (w->space.npages * v / recipe->nr_vcpus + w->space.npages - 1) %
			     w->space.npages;
	return 0;
}

int walker_init(struct walker *w, const struct recipe *recipe, const struct phase *phase,
		enum access_class class, size_t *bad)
{
	const struct locality *l = &phase->locality[class == CLASS_SWAP ? CLASS_RAM : class];
	int rc;

	*w = (struct walker){ .locality = l };
	if (l->spread == SPREAD_EXTENTS)
		rc = space_init_extents(&w->space, &recipe->layout, class, l->extents,
					l->nr_extents, bad);
	else
		rc = space_init(&w->space, &recipe->layout, class, l->working_set,
				(enum spread)l->spread);
	if (!rc)
		rc = init_popularity(w);
	if (!rc)
		rc = init_state(w, recipe);
	if (rc)
		walker_free(w);
	return rc;
}

void walker_free(struct walker *w)
{
	space_free(&w->space);
	zipf_free(&w->zipf);
	alias_free(&w->weights);
	free(w->cursor);
	free(w->last);
	free(w->due);
	*w = (struct walker){ 0 };
}

void walker_zapped(struct walker *w)
{
	if (w->cursor && !w->weights.nr) /* extents are fitted, their reuse holds the refaults */
		memset(w->cursor, 0, w->space.nr * sizeof(*w->cursor));
}

/* Of a sweep: from here on only reuse is left, for every page. */
static bool all_seen(const struct walker *w)
{
	return w->locality->popularity == POPULARITY_SWEEP && w->fresh >= w->space.npages;
}

static uint64_t sweep(uint64_t *cursor, uint64_t npages)
{
	uint64_t at = *cursor;

	*cursor = at + 1 < npages ? at + 1 : 0;
	return at;
}

static uint64_t *cursor_of(const struct walker *w, const struct region *r)
{
	return &w->cursor[r - w->space.regions];
}

static uint64_t sweep_region(struct walker *w, const struct region *r)
{
	return r->first + (*cursor_of(w, r))++ % (r[1].first - r->first);
}

/* A region by weight, where there is the choice one that has pages not seen yet. */
static const struct region *region_to_sweep(struct walker *w, struct rng *rng)
{
	const struct region *r = NULL;

	for (int tries = 0; tries < 16; tries++) {
		r = &w->space.regions[alias_draw(&w->weights, rng)];
		if (*cursor_of(w, r) < r[1].first - r->first || all_seen(w))
			return r;
	}
	for (r = w->space.regions; r < w->space.regions + w->space.nr; r++)
		if (*cursor_of(w, r) < r[1].first - r->first)
			return r;
	return w->space.regions;
}

static uint64_t fresh(struct walker *w, struct rng *rng)
{
	const struct region *r;
	uint64_t npages = w->space.npages;
	int popularity = w->locality->popularity;

	if (popularity == POPULARITY_ZIPF)
		return (uint64_t)((unsigned __int128)zipf_draw(&w->zipf, rng) * w->stride % npages);
	if (!w->weights.nr)
		return popularity == POPULARITY_SWEEP ? sweep(w->cursor, npages)
						      : rng_below(rng, npages);
	if (popularity == POPULARITY_SWEEP)
		return sweep_region(w, region_to_sweep(w, rng));
	r = &w->space.regions[alias_draw(&w->weights, rng)];
	return r->first + rng_below(rng, r[1].first - r->first);
}

/*
 * The page behind the last one; of a sweep, the next one not seen yet of the same region. One that
 * comes again and again goes on with the next region at the end.
 */
static uint64_t onward(struct walker *w, unsigned int vcpu)
{
	uint64_t last = w->last[vcpu];
	const struct region *r;

	if (w->locality->popularity != POPULARITY_SWEEP)
		return last + 1 < w->space.npages ? last + 1 : 0;
	if (!w->weights.nr)
		return sweep(w->cursor, w->space.npages);
	r = space_region(&w->space, last);
	if (!w->due && last + 1 == r[1].first)
		r = last + 1 < w->space.npages ? r + 1 : w->space.regions;
	return sweep_region(w, r);
}

static uint64_t *due_at(const struct walker *w, uint64_t distance)
{
	return &w->due[(w->now + distance) % WALKER_REACH];
}

/*
 * A sweep that has seen all its pages has nothing fresh: the clock runs on to the next page that is
 * due, which shortens the distances of all that wait alike.
 */
static bool run_on(struct walker *w)
{
	if (!all_seen(w))
		return false;
	for (uint64_t distance = 1; distance < WALKER_REACH; distance++) {
		if (*due_at(w, distance)) {
			w->now += distance;
			return true;
		}
	}
	return false;
}

static bool take_due(struct walker *w, uint64_t *index)
{
	uint64_t *due;

	if (!*due_at(w, 0) && !run_on(w))
		return false;
	due = due_at(w, 0);
	*index = *due - 1;
	*due = 0;
	return true;
}

/*
 * The page takes its place, and whoever had it moves on to the next free one: those have waited
 * longer as a rule, so that it matters less to them.
 */
static void schedule(struct walker *w, uint64_t index, struct rng *rng)
{
	const uint64_t probes = 1024;
	uint64_t distance, end, moving = index + 1;

	if (!all_seen(w) && !rng_chance(rng, w->reuse))
		return;
	distance = octaves_draw(&w->locality->reuse, w->reuse, rng);
	end = distance + probes < WALKER_REACH ? distance + probes : WALKER_REACH;
	for (; moving && distance < end; distance++) {
		uint64_t *due = due_at(w, distance), had = *due;

		if (had && moving != index + 1) /* taken, and not by right */
			continue;
		*due = moving;
		moving = had;
	}
}

uint64_t walker_next(struct walker *w, unsigned int vcpu, struct rng *rng)
{
	uint64_t index;

	if (!w->due || !take_due(w, &index)) {
		index = rng_chance(rng, w->locality->sequential) ? onward(w, vcpu) : fresh(w, rng);
		w->fresh++;
	}
	w->last[vcpu] = index;
	if (w->due) {
		schedule(w, index, rng);
		w->now++;
	}
	return index;
}
