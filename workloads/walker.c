// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/walker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUPERSEDED UINT64_MAX /* this access was followed by another to the same page */

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
		w->recent = calloc(WALKER_RECENT, sizeof(*w->recent));
	if (!w->last || !w->cursor || (w->reuse && !w->recent))
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
	free(w->recent);
	*w = (struct walker){ 0 };
}

void walker_zapped(struct walker *w)
{
	if (w->cursor)
		memset(w->cursor, 0, w->space.nr * sizeof(*w->cursor));
}

static uint64_t sweep(uint64_t *cursor, uint64_t npages)
{
	uint64_t at = *cursor;

	*cursor = at + 1 < npages ? at + 1 : 0;
	return at;
}

static uint64_t sweep_region(struct walker *w, const struct region *r)
{
	return r->first + sweep(&w->cursor[r - w->space.regions], r[1].first - r->first);
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
	r = &w->space.regions[alias_draw(&w->weights, rng)];
	if (popularity == POPULARITY_SWEEP)
		return sweep_region(w, r);
	return r->first + rng_below(rng, r[1].first - r->first);
}

/* The page behind the last one; of a sweep, the next one not seen yet of the same region. */
static uint64_t onward(struct walker *w, unsigned int vcpu)
{
	uint64_t last = w->last[vcpu];

	if (w->locality->popularity != POPULARITY_SWEEP)
		return last + 1 < w->space.npages ? last + 1 : 0;
	return w->weights.nr ? sweep_region(w, space_region(&w->space, last))
			     : sweep(w->cursor, w->space.npages);
}

/*
 * A page last touched @distance accesses ago, or a little earlier where that access was followed by
 * one to the same page. False where the ring does not reach.
 */
static bool again(struct walker *w, uint64_t distance, uint64_t *index)
{
	uint64_t reach = w->nr_recent < WALKER_RECENT ? w->nr_recent : WALKER_RECENT;

	for (int tries = 0; tries < 64 && distance <= reach; tries++, distance++) {
		uint64_t *at = &w->recent[(w->nr_recent - distance) % WALKER_RECENT];

		if (*at == SUPERSEDED)
			continue;
		*index = *at;
		*at = SUPERSEDED;
		return true;
	}
	return false;
}

uint64_t walker_next(struct walker *w, unsigned int vcpu, struct rng *rng)
{
	uint64_t index;

	if (!w->reuse || !rng_chance(rng, w->reuse) ||
	    !again(w, octaves_draw(&w->locality->reuse, w->reuse, rng), &index))
		index = rng_chance(rng, w->locality->sequential) ? onward(w, vcpu) : fresh(w, rng);
	w->last[vcpu] = index;
	if (w->recent)
		w->recent[w->nr_recent++ % WALKER_RECENT] = index;
	return index;
}
