/* SPDX-License-Identifier: GPL-2.0-only */
/* Seeded random numbers and the order in which structures take their turns. */
#ifndef REPLAY_ORDER_H
#define REPLAY_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014): any seed will do, the state is one word. */
struct order_random {
	uint64_t state;
};

uint64_t order_random(struct order_random *random);
/* Below @n > 0. Multiply-shift: biased by at most n / 2^64. */
uint64_t order_random_below(struct order_random *random, uint64_t n);

/* order[0..n) = a random permutation of 0..n-1. */
void order_shuffle(struct order_random *random, size_t *order, size_t n);

/*
 * The turns of @n structures in @repeat: a row of a cyclic Latin square whose rows and columns are
 * shuffled anew every @n repeats. So over n repeats each structure stands once in each place, and
 * none always inherits the caches of the same predecessor. @square holds 2n entries between calls.
 */
void order_turns(struct order_random *random, size_t *square, size_t n, size_t repeat,
		 size_t *turns);

#endif
