// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 2000 };

const char *const stats_verdict_names[STATS_NR_VERDICTS] = {
	[STATS_SAME] = "no difference",
	[STATS_FASTER] = "faster",
	[STATS_SLOWER] = "slower",
	[STATS_OPEN] = "open",
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void stats_sort(double *values, size_t n)
{
	if (n)
		qsort(values, n, sizeof(*values), by_value);
}

double stats_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t low = (size_t)at;

	if (low + 1 >= n)
		return sorted[n - 1];
	return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

static int sorted_copy(const double *values, size_t n, double **copy)
{
	*copy = malloc(n * sizeof(**copy));
	if (!*copy)
		return -ENOMEM;
	memcpy(*copy, values, n * sizeof(**copy));
	stats_sort(*copy, n);
	return 0;
}

/*
 * The largest k for which order statistics k and n - 1 - k (from 0) cover the median with 95 %:
 * P(Binomial(n, 1/2) <= k) <= 2.5 %. -1 where even the extremes do not.
 */
static long median_rank(size_t n)
{
	double log_term = -(double)n * M_LN2, below = 0;
	long k = -1;

	for (size_t i = 0; i < n; i++) {
		below += exp(log_term);
		if (below > STATS_ALPHA / 2)
			break;
		k = (long)i;
		log_term += log((double)(n - i)) - log((double)(i + 1));
	}
	return k;
}

bool stats_has_interval(size_t n)
{
	return median_rank(n) >= 0;
}

int stats_median(const double *values, size_t n, struct stats_estimate *estimate)
{
	double *sorted;
	long k;

	if (!n)
		return -EINVAL;
	if (sorted_copy(values, n, &sorted))
		return -ENOMEM;
	k = median_rank(n);
	*estimate = (struct stats_estimate){
		.value = stats_quantile(sorted, n, 0.5),
		.lo = sorted[k < 0 ? 0 : k],
		.hi = sorted[k < 0 ? n - 1 : n - 1 - (size_t)k],
		.n = n,
		.interval = k >= 0,
	};
	free(sorted);
	return 0;
}

/* splitmix64: small, fixed, the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void resample(stats_fn fn, const void *data, size_t n, uint64_t seed, size_t *units,
		     double *drawn)
{
	for (size_t r = 0; r < RESAMPLES; r++) {
		for (size_t i = 0; i < n; i++)
			units[i] = next_random(&seed) % n;
		drawn[r] = fn(units, n, data);
	}
	stats_sort(drawn, RESAMPLES);
}

int stats_bootstrap(stats_fn fn, const void *data, size_t n, uint64_t seed,
		    struct stats_estimate *estimate)
{
	size_t *units = calloc(n ? n : 1, sizeof(*units));
	double *drawn = calloc(RESAMPLES, sizeof(*drawn));
	int err = -ENOMEM;

	if (!units || !drawn)
		goto out;
	for (size_t i = 0; i < n; i++)
		units[i] = i;
	*estimate = (struct stats_estimate){ .value = fn(units, n, data), .n = n };
	estimate->lo = estimate->hi = estimate->value;
	if (n >= STATS_MIN_PROCESSES) {
		resample(fn, data, n, seed, units, drawn);
		estimate->lo = stats_quantile(drawn, RESAMPLES, STATS_ALPHA / 2);
		estimate->hi = stats_quantile(drawn, RESAMPLES, 1 - STATS_ALPHA / 2);
		estimate->interval = true;
	}
	err = 0;
out:
	free(units);
	free(drawn);
	return err;
}

/* ---- Student's t -------------------------------------------------------------------------- */

/* Continued fraction of the incomplete beta function, evaluated by Lentz's method. */
static double beta_fraction(double x, double a, double b)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1), f;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	f = d;
	for (int m = 1; m <= 300; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		const double terms[] = { even, odd };
		double step = 1;

		for (int i = 0; i < 2; i++) {
			d = 1 + terms[i] * d;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = 1 + terms[i] / c;
			c = fabs(c) < tiny ? tiny : c;
			step = c * d;
			f *= step;
		}
		if (fabs(step - 1) < 1e-14)
			break;
	}
	return f;
}

/* Regularised incomplete beta function I_x(a, b). */
static double beta_part(double x, double a, double b)
{
	double front;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double stats_t_p(double t, double df)
{
	return beta_part(df / (df + t * t), df / 2, 0.5);
}

double stats_t_quantile(double alpha, double df)
{
	double lo = 0, hi = 1;

	while (stats_t_p(hi, df) > alpha && hi < 1e12)
		hi *= 2;
	for (int i = 0; i < 200 && hi - lo > 1e-12 * hi; i++) {
		double mid = (lo + hi) / 2;

		if (stats_t_p(mid, df) > alpha)
			lo = mid;
		else
			hi = mid;
	}
	return (lo + hi) / 2;
}

/* ---- paired comparison -------------------------------------------------------------------- */

struct pair {
	unsigned int process;
	double log_ratio;
};

static int by_process(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->process != y->process)
		return (x->process > y->process) - (x->process < y->process);
	return by_value(&x->log_ratio, &y->log_ratio);
}

static int pairs_make(const double *base, const double *new, const unsigned int *process, size_t n,
		      struct pair *pairs)
{
	for (size_t i = 0; i < n; i++) {
		if (!(base[i] > 0 && new[i] > 0))
			return -EDOM;
		pairs[i].process = process ? process[i] : 0;
		pairs[i].log_ratio = log(new[i] / base[i]);
	}
	qsort(pairs, n, sizeof(*pairs), by_process);
	return 0;
}

/*
 * One value a process, the median of its pairs, into @units, by rising process as in @whose; or all
 * pairs, if too few processes.
 */
static size_t units_make(const struct pair *pairs, size_t n, double *units, unsigned int *whose,
			 bool *grouped)
{
	size_t nr = 0;

	for (size_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && pairs[to].process == pairs[from].process; to++)
			;
		size_t mid = from + (to - from) / 2;

		whose[nr] = pairs[from].process;
		units[nr++] = (to - from) % 2
				      ? pairs[mid].log_ratio
				      : (pairs[mid - 1].log_ratio + pairs[mid].log_ratio) / 2;
	}
	*grouped = nr >= STATS_MIN_PROCESSES;
	if (*grouped)
		return nr;
	for (size_t i = 0; i < n; i++)
		units[i] = pairs[i].log_ratio;
	return n;
}

/* From each end: a fifth, so that one disturbed process in six cannot carry the verdict. */
static size_t trimmed_off(size_t n)
{
	return n < 6 ? 0 : n / 5;
}

static void set_interval(struct stats_ratio *r, double error, double df)
{
	r->lo = r->log_ratio - stats_t_quantile(STATS_ALPHA, df) * error;
	r->hi = r->log_ratio + stats_t_quantile(STATS_ALPHA, df) * error;
	r->p = error > 0 ? stats_t_p(r->log_ratio / error, df) : r->log_ratio == 0 ? 1 : 0;
	r->p_adjusted = r->p;
}

/* Trimmed mean of sorted units, and its interval from the winsorised deviation. */
static void trimmed_t(const double *units, size_t n, struct stats_ratio *r)
{
	size_t cut = trimmed_off(n), kept = n - 2 * cut;
	double sum = 0, mean = 0, squares = 0, error, df = (double)kept - 1;

	for (size_t i = cut; i < n - cut; i++)
		sum += units[i];
	r->log_ratio = sum / (double)kept;
	sum += (double)cut * (units[cut] + units[n - 1 - cut]);
	mean = sum / (double)n;
	for (size_t i = 0; i < n; i++) {
		double v = units[i < cut ? cut : i >= n - cut ? n - 1 - cut : i] - mean;

		squares += v * v;
	}
	r->deviation = sqrt(squares / (double)(n - 1));
	error = r->deviation * sqrt((double)n) / (double)kept;
	set_interval(r, error, df);
	r->units = n;
}

/* At least two units of each of @places copies? Fills their number. */
static bool covers(const unsigned int *whose, size_t n, unsigned int places, size_t *nr)
{
	for (size_t i = 0; i < n; i++)
		nr[whose[i] % places]++;
	for (unsigned int p = 0; p < places; p++)
		if (nr[p] < 2)
			return false;
	return places > 0;
}

/* The mean over places of each one's mean, and Student's interval from what is left within them. */
static void placed_t(const double *units, const unsigned int *whose, size_t n, unsigned int places,
		     const size_t *nr, struct stats_ratio *r)
{
	double mean[STATS_MAX_PLACES] = { 0 }, squares = 0, share = 0, error;
	double df = (double)(n - places);

	for (size_t i = 0; i < n; i++)
		mean[whose[i] % places] += units[i] / (double)nr[whose[i] % places];
	for (size_t i = 0; i < n; i++)
		squares += pow(units[i] - mean[whose[i] % places], 2);
	r->log_ratio = 0;
	for (unsigned int p = 0; p < places; p++) {
		r->log_ratio += mean[p] / places;
		share += 1 / (double)nr[p];
	}
	r->deviation = sqrt(squares / df);
	error = r->deviation * sqrt(share) / places;
	set_interval(r, error, df);
	r->units = n;
}

static int compare(const struct pair *pairs, size_t n, unsigned int places, double *units,
		   unsigned int *whose, struct stats_ratio *ratio)
{
	size_t nr = units_make(pairs, n, units, whose, &ratio->by_process);
	size_t of_place[STATS_MAX_PLACES] = { 0 };

	if (nr < 2)
		return -EINVAL;
	if (places && ratio->by_process && covers(whose, nr, places, of_place)) {
		placed_t(units, whose, nr, places, of_place, ratio);
		return 0;
	}
	stats_sort(units, nr);
	trimmed_t(units, nr, ratio);
	return 0;
}

int stats_compare_places(const double *base, const double *new, const unsigned int *process,
			 size_t n, unsigned int places, struct stats_ratio *ratio)
{
	struct pair *pairs = calloc(n ? n : 1, sizeof(*pairs));
	double *units = calloc(n ? n : 1, sizeof(*units));
	unsigned int *whose = calloc(n ? n : 1, sizeof(*whose));
	int err = pairs && units && whose ? pairs_make(base, new, process, n, pairs) : -ENOMEM;

	if (!err)
		err = compare(pairs, n, places, units, whose, ratio);
	free(whose);
	free(units);
	free(pairs);
	return err;
}

int stats_compare(const double *base, const double *new, const unsigned int *process, size_t n,
		  struct stats_ratio *ratio)
{
	return stats_compare_places(base, new, process, n, 0, ratio);
}

static int by_p(const void *a, const void *b)
{
	const struct stats_ratio *const *x = a, *const *y = b;

	return ((*x)->p > (*y)->p) - ((*x)->p < (*y)->p);
}

int stats_holm(struct stats_ratio *const *ratios, size_t n)
{
	struct stats_ratio **sorted = calloc(n ? n : 1, sizeof(*sorted));
	double worst = 0;
	size_t nr = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (ratios[i])
			sorted[nr++] = ratios[i];
	qsort(sorted, nr, sizeof(*sorted), by_p);
	for (size_t i = 0; i < nr; i++) {
		worst = fmax(worst, fmin(1, sorted[i]->p * (double)(nr - i)));
		sorted[i]->p_adjusted = worst;
	}
	free(sorted);
	return 0;
}

double stats_percent(double log_ratio)
{
	return 100 * expm1(log_ratio);
}

enum stats_verdict stats_verdict(const struct stats_ratio *r, double threshold_pct, double alpha)
{
	double limit = log1p(threshold_pct / 100);
	bool significant = r->p_adjusted < alpha;

	if (significant && fabs(r->log_ratio) > limit)
		return r->log_ratio < 0 ? STATS_FASTER : STATS_SLOWER;
	if (significant || (r->lo >= -limit && r->hi <= limit))
		return STATS_SAME;
	return STATS_OPEN;
}

/*
 * The interval has to shrink until it leaves 0 (effect beyond the threshold) or fits within the
 * threshold (effect below it). Its width goes with 1 / sqrt(units); the correction's share
 * of alpha is kept as it is now.
 */
size_t stats_more_units(const struct stats_ratio *r, double threshold_pct, double alpha)
{
	double limit = log1p(threshold_pct / 100), effect = fabs(r->log_ratio);
	double width = effect > limit ? effect : limit - effect;
	double share = r->p > 0 ? fmin(1, r->p / r->p_adjusted) : 1;
	double needed = effect > limit ? alpha * share : STATS_ALPHA;
	double now = (double)r->units, kept_now = now - 2 * (double)trimmed_off(r->units);
	double error = r->deviation * sqrt(now) / kept_now;

	if (!(width > 0) || !(error > 0))
		return SIZE_MAX;
	for (double n = now + 1; n < 1e6; n = ceil(n * 1.02)) {
		double kept = n - 2 * (double)trimmed_off((size_t)n);

		if (stats_t_quantile(needed, kept - 1) * error * sqrt(now / n) < width)
			return (size_t)n - r->units;
	}
	return SIZE_MAX;
}
