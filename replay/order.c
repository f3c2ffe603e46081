// SPDX-License-Identifier: GPL-2.0-only
#include "replay/order.h"

uint64_t order_random(struct order_random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t order_random_below(struct order_random *random, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)order_random(random) * n) >> 64);
}

void order_shuffle(struct order_random *random, size_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t j = order_random_below(random, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
}

void order_turns(struct order_random *random, size_t *square, size_t n, size_t repeat,
		 size_t *turns)
{
	size_t *rows = square, *columns = square + n;

	if (repeat % n == 0) {
		order_shuffle(random, rows, n);
		order_shuffle(random, columns, n);
	}
	for (size_t i = 0; i < n; i++)
		turns[i] = columns[(i + rows[repeat % n]) % n];
}
