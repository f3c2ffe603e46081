// SPDX-License-Identifier: GPL-2.0-only
/* Medians, quantiles and their intervals against values worked out by hand. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/stats.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void quantiles_interpolate(void **state)
{
	const double v[] = { 1, 2, 3, 4 };

	(void)state;
	NEAR(stats_quantile(v, 4, 0), 1);
	NEAR(stats_quantile(v, 4, 0.5), 2.5);
	NEAR(stats_quantile(v, 4, 0.95), 3.85);
	NEAR(stats_quantile(v, 4, 1), 4);
	NEAR(stats_quantile(v, 1, 0.99), 1);
}

/* n values 1..n, shuffled: the interval is [rank, n + 1 - rank]. */
static void expect_ranks(size_t n, double rank, bool interval)
{
	double v[100];
	struct stats_estimate e;

	for (size_t i = 0; i < n; i++)
		v[i] = (double)((i * 37) % n + 1);
	assert_int_equal(stats_median(v, n, &e), 0);
	NEAR(e.value, (double)(n + 1) / 2);
	assert_int_equal(e.n, n);
	assert_int_equal(e.interval, interval);
	NEAR(e.lo, rank);
	NEAR(e.hi, (double)n + 1 - rank);
}

/* Ranks as in the tables for the sign test, two-sided 5 %. */
static void median_interval_takes_tabled_ranks(void **state)
{
	(void)state;
	expect_ranks(5, 1, false);
	expect_ranks(6, 1, true);
	expect_ranks(8, 1, true);
	expect_ranks(9, 2, true);
	expect_ranks(10, 2, true);
	expect_ranks(20, 6, true);
	expect_ranks(25, 8, true);
	expect_ranks(50, 18, true);
	expect_ranks(100, 40, true);
}

static void no_values_is_an_error(void **state)
{
	struct stats_estimate e = { .value = 7 };

	(void)state;
	assert_int_equal(stats_median(NULL, 0, &e), -EINVAL);
	NEAR(e.value, 7);
}

static double mean_of(const size_t *units, size_t n, const void *data)
{
	const double *v = data;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[units[i]];
	return sum / (double)n;
}

static void bootstrap_repeats_and_covers(void **state)
{
	const double v[] = { 9, 10, 11, 10, 12, 8, 10, 9, 11, 10 };
	struct stats_estimate a, b, two;

	(void)state;
	assert_int_equal(stats_bootstrap(mean_of, v, 10, 1, &a), 0);
	assert_int_equal(stats_bootstrap(mean_of, v, 10, 1, &b), 0);
	NEAR(a.value, 10);
	assert_true(a.interval && a.lo == b.lo && a.hi == b.hi);
	/* Normal theory: 10 +- 1.96 * 1.095 / sqrt(10) = [9.32, 10.68]. */
	assert_true(a.lo > 9.2 && a.lo < 9.5 && a.hi > 10.5 && a.hi < 10.8);
	assert_int_equal(stats_bootstrap(mean_of, v, 2, 1, &two), 0);
	assert_false(two.interval);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_interpolate),
		cmocka_unit_test(median_interval_takes_tabled_ranks),
		cmocka_unit_test(no_values_is_an_error),
		cmocka_unit_test(bootstrap_repeats_and_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
