/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that are the same on every machine: xoshiro256**, seeded by splitmix64 (Blackman
 * and Vigna, both in the public domain). Integers only: no libm, no floating point.
 */
#ifndef WORKLOADS_RNG_H
#define WORKLOADS_RNG_H

#include <stdbool.h>
#include <stdint.h>

/* Shares and probabilities are fixed point: 2^32 is 1. */
#define SHARE_ONE (1ull << 32)

struct rng {
	uint64_t s[4];
};

static inline void rng_seed(struct rng *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
		rng->s[i] = z ^ (z >> 31);
	}
}

static inline uint64_t rng_rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->s, result = rng_rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rng_rotl(s[3], 45);
	return result;
}

/* 0..n-1; off by at most n in 2^64, which no trace is long enough to show. */
static inline uint64_t rng_below(struct rng *rng, uint64_t n)
{
	return (uint64_t)((unsigned __int128)rng_next(rng) * n >> 64);
}

/* True with probability @share of SHARE_ONE; draws nothing where there is no choice. */
static inline bool rng_chance(struct rng *rng, uint64_t share)
{
	if (!share || share >= SHARE_ONE)
		return share;
	return rng_next(rng) >> 32 < share;
}

#endif
