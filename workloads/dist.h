/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Distributions to draw from, in integers: the same numbers on every machine and in every libc.
 * Each draw is O(1).
 */
#ifndef WORKLOADS_DIST_H
#define WORKLOADS_DIST_H

#include <stddef.h>

#include "workloads/rng.h"

/* 0..nr-1 by weight, with Vose's alias method: cell i yields i below its cut, other[i] above. */
struct alias {
	uint32_t nr;
	uint32_t *cut;
	uint32_t *other;
};

/* The weights' sum must be below 2^64 and above 0. 0 or -ENOMEM. */
int alias_init(struct alias *alias, const uint64_t *weights, size_t nr);
void alias_free(struct alias *alias);

static inline uint32_t alias_draw(const struct alias *alias, struct rng *rng)
{
	uint64_t x = rng_next(rng);
	uint32_t cell = (uint32_t)((x >> 32) * alias->nr >> 32);

	return (uint32_t)x < alias->cut[cell] ? cell : alias->other[cell];
}

/*
 * Zipf ranks 0..n-1: weight (rank+1)^-exponent. Ranks stand in some 64 buckets an octave, even
 * within a bucket, so that the table stays small for any n.
 */
struct zipf {
	struct alias buckets;
	uint64_t *first; /* first rank of each bucket, and n behind the last */
};

/* @exponent in fixed point, SHARE_ONE is 1. */
int zipf_init(struct zipf *zipf, uint64_t n, uint64_t exponent);
void zipf_free(struct zipf *zipf);

static inline uint64_t zipf_draw(const struct zipf *zipf, struct rng *rng)
{
	uint32_t bucket = alias_draw(&zipf->buckets, rng);
	uint64_t first = zipf->first[bucket], width = zipf->first[bucket + 1] - first;

	return width == 1 ? first : first + rng_below(rng, width);
}

/* An inverse distribution function: nr values at equal steps of probability, straight between. */
enum { QUANTILES_MAX = 257 };
struct quantiles {
	uint32_t nr; /* 1: constant */
	uint64_t at[QUANTILES_MAX];
};

void quantiles_constant(struct quantiles *q, uint64_t value);
void quantiles_exponential(struct quantiles *q, uint64_t mean);

static inline uint64_t quantiles_draw(const struct quantiles *q, struct rng *rng)
{
	uint64_t x, cell;

	if (q->nr == 1)
		return q->at[0];
	x = (rng_next(rng) >> 32) * (q->nr - 1);
	cell = x >> 32;
	return q->at[cell] +
	       (uint64_t)((unsigned __int128)(q->at[cell + 1] - q->at[cell]) * (uint32_t)x >> 32);
}

/* Lengths and distances: share[k] of SHARE_ONE lies in 2^k .. 2^(k+1)-1, even within. */
enum { OCTAVES_MAX = 32 };
struct octaves {
	uint32_t nr;
	uint64_t share[OCTAVES_MAX];
};

/* @sum: of the shares. */
static inline uint64_t octaves_draw(const struct octaves *o, uint64_t sum, struct rng *rng)
{
	uint64_t x = rng_below(rng, sum);
	uint32_t k = 0;

	while (k + 1 < o->nr && x >= o->share[k])
		x -= o->share[k++];
	return (1ull << k) + (k ? rng_next(rng) >> (64 - k) : 0);
}

/* Mean in fixed point. */
uint64_t octaves_mean(const struct octaves *o);

#endif
