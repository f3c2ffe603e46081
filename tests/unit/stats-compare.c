// SPDX-License-Identifier: GPL-2.0-only
/* Paired comparison: tabled values of t, the unit of evidence, Holm, verdicts, error rates. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/stats.h"

#define WITHIN(a, b, by) assert_true(fabs((a) - (b)) < (by))

static void t_agrees_with_tables(void **state)
{
	(void)state;
	WITHIN(stats_t_quantile(0.05, 1), 12.7062047, 1e-6);
	WITHIN(stats_t_quantile(0.05, 4), 2.7764451, 1e-6);
	WITHIN(stats_t_quantile(0.05, 9), 2.2621572, 1e-6);
	WITHIN(stats_t_quantile(0.01, 30), 2.7499957, 1e-6);
	WITHIN(stats_t_p(2.2621572, 9), 0.05, 1e-7);
	WITHIN(stats_t_p(0, 5), 1, 1e-12);
	WITHIN(stats_t_p(1, 1), 0.5, 1e-12);
}

/* Three pairs: log-ratios l - d, l, l + d; t = l / (d / sqrt(3)), 2 degrees of freedom. */
static void three_pairs_by_hand(void **state)
{
	const double base[] = { 10, 10, 10 };
	const double new[] = { 10 * exp(0.09), 10 * exp(0.10), 10 * exp(0.11) };
	struct stats_ratio r;

	(void)state;
	assert_int_equal(stats_compare(base, new, NULL, 3, &r), 0);
	WITHIN(r.log_ratio, 0.10, 1e-12);
	WITHIN(r.deviation, 0.01, 1e-12);
	WITHIN(r.hi - r.log_ratio, 4.3026527 * 0.01 / sqrt(3), 1e-8);
	WITHIN(r.p, 1 - sqrt(300.0 / 302), 1e-9);
	assert_int_equal(r.units, 3);
	assert_false(r.by_process);
	WITHIN(stats_percent(r.log_ratio), 10.5170918, 1e-6);
}

static void an_outlier_in_ten_is_trimmed(void **state)
{
	double base[10], new[10];
	struct stats_ratio r;

	(void)state;
	for (int i = 0; i < 10; i++) {
		base[i] = 100;
		new[i] = 105 + 0.1 * i;
	}
	new[3] = 900;
	assert_int_equal(stats_compare(base, new, NULL, 10, &r), 0);
	assert_int_equal(stats_verdict(&r, 2, STATS_ALPHA), STATS_SLOWER);
	WITHIN(stats_percent(r.log_ratio), 5.5, 0.2);
}

/* Twenty repeats in four processes: each process has its own bias, so the evidence is 4, not 20. */
static void processes_are_the_units(void **state)
{
	const double bias[] = { 1.05, 0.94, 1.06, 0.95 };
	double base[20], new[20];
	unsigned int process[20];
	struct stats_ratio pooled, grouped;

	(void)state;
	for (int i = 0; i < 20; i++) {
		process[i] = (unsigned int)i % 4;
		base[i] = 50;
		new[i] = 50 * bias[i % 4] * 1.02;
	}
	assert_int_equal(stats_compare(base, new, process, 20, &grouped), 0);
	assert_int_equal(stats_compare(base, new, NULL, 20, &pooled), 0);
	assert_true(grouped.by_process && grouped.units == 4);
	assert_int_equal(pooled.units, 20);
	assert_true(grouped.hi - grouped.lo > 2 * (pooled.hi - pooled.lo));
	assert_int_equal(stats_verdict(&grouped, 1, STATS_ALPHA), STATS_OPEN);
	assert_true(stats_more_units(&grouped, 1, STATS_ALPHA) > 10 &&
		    stats_more_units(&grouped, 1, STATS_ALPHA) < 100);
}

/*
 * Eight processes, copies 0 to 3 twice: 0.1, 0.3, -0.1 and 0.1 on the average, each 0.01 to either
 * side. Within copies the squares sum to 8 * 0.0001 with 4 degrees of freedom; trimming would leave
 * out the second and third copy.
 */
static void what_copies_differ_by_is_no_error(void **state)
{
	const double of_copy[] = { 0.1, 0.3, -0.1, 0.1 };
	unsigned int process[8];
	double base[8], new[8];
	struct stats_ratio placed, plain;

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		process[i] = i;
		base[i] = 10;
		new[i] = 10 * exp(of_copy[i % 4] + (i < 4 ? 0.01 : -0.01));
	}
	assert_int_equal(stats_compare_places(base, new, process, 8, 4, &placed), 0);
	WITHIN(placed.log_ratio, 0.1, 1e-12);
	WITHIN(placed.deviation, sqrt(8 * 0.0001 / 4), 1e-12);
	WITHIN(placed.hi - placed.log_ratio, 2.7764451 * placed.deviation / sqrt(8), 1e-7);
	assert_int_equal(stats_verdict(&placed, 5, STATS_ALPHA), STATS_SLOWER);
	assert_int_equal(stats_compare(base, new, process, 8, &plain), 0);
	assert_int_equal(stats_verdict(&plain, 5, STATS_ALPHA), STATS_OPEN);
	/* one process a copy: nothing to tell the error from */
	assert_int_equal(stats_compare_places(base, new, process, 4, 4, &placed), 0);
	assert_int_equal(stats_compare(base, new, process, 4, &plain), 0);
	WITHIN(placed.hi, plain.hi, 1e-12);
}

static void no_ratio_below_the_floor(void **state)
{
	const double base[] = { 1, 2, 3 }, new[] = { 1, 0, 3 };
	struct stats_ratio r;

	(void)state;
	assert_int_equal(stats_compare(base, new, NULL, 3, &r), -EDOM);
	assert_int_equal(stats_compare(base, base, NULL, 1, &r), -EINVAL);
	assert_int_equal(stats_compare(base, base, NULL, 3, &r), 0);
	WITHIN(r.p, 1, 1e-12);
	assert_int_equal(stats_verdict(&r, 2, STATS_ALPHA), STATS_SAME);
}

static void holm_steps_down(void **state)
{
	struct stats_ratio a = { .p = 0.01 }, b = { .p = 0.04 }, c = { .p = 0.03 },
			   d = { .p = 0.005 };
	struct stats_ratio *all[] = { &a, NULL, &b, &c, &d };

	(void)state;
	assert_int_equal(stats_holm(all, 5), 0);
	WITHIN(d.p_adjusted, 0.02, 1e-12);
	WITHIN(a.p_adjusted, 0.03, 1e-12);
	WITHIN(c.p_adjusted, 0.06, 1e-12);
	WITHIN(b.p_adjusted, 0.06, 1e-12);
}

/* Significant but small is the same; large but not significant is open. */
static void verdict_takes_effect_and_significance(void **state)
{
	struct stats_ratio r = { .log_ratio = 0.01, .lo = 0.009, .hi = 0.011, .p_adjusted = 1e-6 };

	(void)state;
	assert_int_equal(stats_verdict(&r, 2, STATS_ALPHA), STATS_SAME);
	assert_int_equal(stats_verdict(&r, 0.5, STATS_ALPHA), STATS_SLOWER);
	r.p_adjusted = 0.01;
	assert_int_equal(stats_verdict(&r, 0.5, STATS_ALPHA), STATS_SLOWER);
	assert_int_equal(stats_verdict(&r, 0.5, STATS_ALPHA_FILES), STATS_OPEN);
	r.log_ratio = -0.3;
	assert_int_equal(stats_verdict(&r, 2, STATS_ALPHA), STATS_FASTER);
	r.p_adjusted = 0.2;
	r.hi = 0.1;
	assert_int_equal(stats_verdict(&r, 2, STATS_ALPHA), STATS_OPEN);
}

/* Normal by the sum of twelve uniform numbers, from rand(): the seed is fixed, so is the count. */
static double normal(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += rand() / (double)RAND_MAX;
	return sum;
}

static int significant_of_1000(double effect)
{
	int nr = 0;

	srand(1);
	for (int round = 0; round < 1000; round++) {
		double base[12], new[12];
		struct stats_ratio r;

		for (int i = 0; i < 12; i++) {
			base[i] = 40 * exp(0.02 * normal());
			new[i] = 40 * exp(effect + 0.02 * normal());
		}
		assert_int_equal(stats_compare(base, new, NULL, 12, &r), 0);
		nr += r.p < STATS_ALPHA;
	}
	return nr;
}

static void error_rates_are_as_promised(void **state)
{
	int alarms = significant_of_1000(0);

	(void)state;
	print_message("of 1000 A/A comparisons %d significant, of 1000 with +5%% %d\n", alarms,
		      significant_of_1000(log(1.05)));
	assert_in_range(alarms, 30, 65);
	assert_true(significant_of_1000(log(1.05)) >= 990);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_agrees_with_tables),
		cmocka_unit_test(three_pairs_by_hand),
		cmocka_unit_test(an_outlier_in_ten_is_trimmed),
		cmocka_unit_test(processes_are_the_units),
		cmocka_unit_test(what_copies_differ_by_is_no_error),
		cmocka_unit_test(no_ratio_below_the_floor),
		cmocka_unit_test(holm_steps_down),
		cmocka_unit_test(verdict_takes_effect_and_significance),
		cmocka_unit_test(error_rates_are_as_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
