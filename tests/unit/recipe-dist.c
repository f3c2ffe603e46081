// SPDX-License-Identifier: GPL-2.0-only
/* Distributions: what is drawn is what was asked for, and nothing that has no weight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "workloads/dist.h"

enum { DRAWS = 1 << 20 };

/* Within @by of 1/1000 of all draws. */
#define NEAR(got, want, by)                                                                        \
	assert_in_range((got) + (by)*DRAWS / 1000, (want), (want) + 2 * (by)*DRAWS / 1000)

/* The published first outputs for the state that splitmix64 makes of seed 0. */
static void generator_is_xoshiro256starstar(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 0);
	assert_true(rng.s[0] == 0xe220a8397b1dcdaf);
	assert_true(rng.s[1] == 0x6e789e6aa1b965f4);
	rng.s[0] = 1, rng.s[1] = 2, rng.s[2] = 3, rng.s[3] = 4;
	assert_true(rng_next(&rng) == 11520);
	assert_true(rng_next(&rng) == 0);
	assert_true(rng_next(&rng) == 1509978240);
	assert_true(rng_next(&rng) == 1215971899390074240);
}

static void chance_of_nothing_and_of_certainty(void **state)
{
	struct rng rng;
	uint64_t hits = 0;

	(void)state;
	rng_seed(&rng, 1);
	for (int i = 0; i < 1000; i++) {
		assert_false(rng_chance(&rng, 0));
		assert_true(rng_chance(&rng, SHARE_ONE));
	}
	for (int i = 0; i < DRAWS; i++)
		hits += rng_chance(&rng, SHARE_ONE / 4);
	NEAR(hits, DRAWS / 4, 2);
}

static void alias_draws_by_weight(void **state)
{
	const uint64_t weights[] = { 3, 0, 1, 4, 0, 0, 8 };
	uint64_t counts[7] = { 0 };
	struct alias alias;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2);
	assert_int_equal(alias_init(&alias, weights, 7), 0);
	for (int i = 0; i < DRAWS; i++)
		counts[alias_draw(&alias, &rng)]++;
	for (int i = 0; i < 7; i++) {
		if (!weights[i])
			assert_int_equal(counts[i], 0);
		NEAR(counts[i], DRAWS / 16 * weights[i], 2);
	}
	alias_free(&alias);
}

/* Exponent 1 over 4 ranks: weights 12, 6, 4, 3 of 25. */
static void zipf_follows_its_exponent(void **state)
{
	uint64_t counts[4] = { 0 };
	struct zipf zipf;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	assert_int_equal(zipf_init(&zipf, 4, SHARE_ONE), 0);
	for (int i = 0; i < DRAWS; i++)
		counts[zipf_draw(&zipf, &rng)]++;
	NEAR(counts[0], DRAWS / 25 * 12ull, 2);
	NEAR(counts[1], DRAWS / 25 * 6ull, 2);
	NEAR(counts[2], DRAWS / 25 * 4ull, 2);
	NEAR(counts[3], DRAWS / 25 * 3ull, 2);
	zipf_free(&zipf);
}

/* Exponent 0 over many ranks is uniform, whatever the buckets. */
static void zipf_zero_is_uniform(void **state)
{
	const uint64_t n = 1ull << 30;
	uint64_t lower = 0, eighth = 0;
	struct zipf zipf;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 4);
	assert_int_equal(zipf_init(&zipf, n, 0), 0);
	for (int i = 0; i < DRAWS; i++) {
		uint64_t rank = zipf_draw(&zipf, &rng);

		assert_true(rank < n);
		lower += rank < n / 2;
		eighth += rank < n / 8;
	}
	NEAR(lower, DRAWS / 2, 2);
	NEAR(eighth, DRAWS / 8, 2);
	zipf_free(&zipf);
}

static void exponential_has_its_mean_and_median(void **state)
{
	struct quantiles q;
	struct rng rng;
	uint64_t sum = 0, below = 0;

	(void)state;
	rng_seed(&rng, 5);
	quantiles_exponential(&q, 1000000);
	for (int i = 0; i < DRAWS; i++) {
		uint64_t x = quantiles_draw(&q, &rng);

		sum += x;
		below += x < 693147;
	}
	assert_in_range(sum / DRAWS, 995000, 1005000);
	NEAR(below, DRAWS / 2, 4);
}

static void octaves_stay_in_theirs(void **state)
{
	const struct octaves o = { 4, { SHARE_ONE / 2, 0, SHARE_ONE / 4, SHARE_ONE / 4 } };
	uint64_t counts[16] = { 0 };
	struct rng rng;

	(void)state;
	rng_seed(&rng, 6);
	for (int i = 0; i < DRAWS; i++) {
		uint64_t length = octaves_draw(&o, SHARE_ONE, &rng);

		assert_in_range(length, 1, 15);
		counts[length]++;
	}
	NEAR(counts[1], DRAWS / 2, 2);
	assert_int_equal(counts[2] + counts[3], 0);
	for (int i = 4; i < 8; i++)
		NEAR(counts[i], DRAWS / 16, 2);
	for (int i = 8; i < 16; i++)
		NEAR(counts[i], DRAWS / 32, 2);
	/* 1/2 * 1 + 1/4 * 5.5 + 1/4 * 11.5 */
	assert_true(octaves_mean(&o) == SHARE_ONE / 4 * 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generator_is_xoshiro256starstar),
		cmocka_unit_test(chance_of_nothing_and_of_certainty),
		cmocka_unit_test(alias_draws_by_weight),
		cmocka_unit_test(zipf_follows_its_exponent),
		cmocka_unit_test(zipf_zero_is_uniform),
		cmocka_unit_test(exponential_has_its_mean_and_median),
		cmocka_unit_test(octaves_stay_in_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
