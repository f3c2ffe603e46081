/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics behind every verdict; docs/statistics.md gives the reasons.
 *
 * Repeats of one process share its memory layout and luck, so they are no independent evidence:
 * where a sample names at least STATS_MIN_PROCESSES processes, the unit that counts is the process
 * (the median of its repeats), else the repeat. Percentages are doubles, 3.0 is 3 %. The functions
 * know no clock and no global state: same input, same output.
 */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATS_ALPHA	    0.05    /* 95 % intervals, and the family-wise error of a report */
#define STATS_ALPHA_FILES   0.00001 /* of two files, which did not run interleaved */
#define STATS_MIN_PROCESSES 3
#define STATS_MAX_PLACES    8
#define STATS_THRESHOLD_PCT 2.0 /* smaller effects are nobody's reason to merge a patch */

/* A value and its 95 % interval; without @interval there were too few units for one. */
struct stats_estimate {
	double value, lo, hi;
	size_t n;
	bool interval;
};

void stats_sort(double *values, size_t n);

/* Linear interpolation between order statistics (Hyndman and Fan's type 7); @n > 0, 0 <= @q <= 1.
 */
double stats_quantile(const double *sorted, size_t n, double q);

/*
 * Median and the interval between two order statistics that covers it with at least 95 %, whatever
 * the distribution (binomial); that takes 6 values. 0, -EINVAL if @n is 0, -ENOMEM.
 */
int stats_median(const double *values, size_t n, struct stats_estimate *estimate);

/* Are @n values enough for that interval? With fewer, lo and hi are the least and the most. */
bool stats_has_interval(size_t n);

/*
 * The interval of any statistic of @n units, by bootstrap over units: @fn sees @n indices drawn
 * with replacement. Value is fn of the units as they are. 0 or -ENOMEM.
 */
typedef double (*stats_fn)(const size_t *units, size_t n, const void *data);
int stats_bootstrap(stats_fn fn, const void *data, size_t n, uint64_t seed,
		    struct stats_estimate *estimate);

/* What a comparison says. OPEN: neither a difference nor the absence of one is shown yet. */
enum stats_verdict { STATS_SAME, STATS_FASTER, STATS_SLOWER, STATS_OPEN, STATS_NR_VERDICTS };
extern const char *const stats_verdict_names[STATS_NR_VERDICTS];

/*
 * New against base, paired: the mean log-ratio of the pairs, a fifth trimmed on each side (from
 * six units on), with Student's interval for trimmed means (Tukey and McLaughlin 1963).
 */
struct stats_ratio {
	double log_ratio, lo, hi; /* natural logarithms; > 0 is slower */
	double deviation;	  /* winsorised standard deviation of the units */
	double p;		  /* two-sided, for "no difference" */
	double p_adjusted;	  /* after stats_holm(); until then p */
	size_t units;
	bool by_process;
};

/*
 * Pairs are (base[i], new[i]); @process may be NULL: one process. 0, -EDOM if a value is not above
 * 0 (below the floor of the harness: no ratio), -EINVAL below 2 units, -ENOMEM.
 */
int stats_compare(const double *base, const double *new, const unsigned int *process, size_t n,
		  struct stats_ratio *ratio);

/*
 * The same where process N ran copy N % @places of the timed loops: the effect is the mean over the
 * copies, each counting alike and untrimmed, and the error what processes of one copy differ by. As
 * stats_compare() with fewer than two processes a copy. At most STATS_MAX_PLACES.
 */
int stats_compare_places(const double *base, const double *new, const unsigned int *process,
			 size_t n, unsigned int places, struct stats_ratio *ratio);

/* Holm's correction over all comparisons of one report; those of NULL are left out. 0 or -ENOMEM.
 */
int stats_holm(struct stats_ratio *const *ratios, size_t n);

/* exp(log) as a change in per cent: 0.0953 is +10. */
double stats_percent(double log_ratio);

/*
 * @threshold_pct is the larger of what matters and of the machine's noise floor. FASTER and SLOWER
 * take both an effect beyond it and significance at @alpha after correction; SAME takes an interval
 * within it, or a significant effect that is smaller.
 */
enum stats_verdict stats_verdict(const struct stats_ratio *ratio, double threshold_pct,
				 double alpha);

/* How many more units would settle an OPEN comparison if they scatter as these; SIZE_MAX if the
 * effect sits on the threshold. */
size_t stats_more_units(const struct stats_ratio *ratio, double threshold_pct, double alpha);

/* Student's t: two-sided p, and the quantile that leaves @alpha outside on both sides together. */
double stats_t_p(double t, double df);
double stats_t_quantile(double alpha, double df);

#endif
