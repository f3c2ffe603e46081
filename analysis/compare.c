// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct diag *d)
{
	return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
}

static bool same_text(const char *a, const char *b)
{
	return !a || !b ? a == b : !strcmp(a, b);
}

/* The same measurement of the same thing; @index replaces the run's own. */
static bool matches(const struct results_run *a, const struct results_run *b, const char *index)
{
	return !strcmp(b->index, index) && !strcmp(a->trace, b->trace) && a->slots == b->slots &&
	       a->mode == b->mode && a->class == b->class && same_text(a->era, b->era) &&
	       !strcmp(a->caches, b->caches);
}

static const struct results_run *find_run(const struct results *file, const struct results_run *as,
					  const char *index)
{
	for (size_t i = 0; i < file->nr_runs; i++)
		if (matches(as, &file->runs[i], index))
			return &file->runs[i];
	return NULL;
}

/* Samples, each divided by the reference's of the same turn where there is one. */
static double *values_of(const struct results_run *run, const char *relative_to)
{
	const struct results_run *ref = relative_to ? find_run(run->file, run, relative_to) : NULL;
	double *v = calloc(run->nr_samples + 1, sizeof(*v));

	for (size_t i = 0; v && i < run->nr_samples; i++) {
		bool there = ref && i < ref->nr_samples && ref->samples[i] > 0;

		v[i] = there	     ? run->samples[i] / ref->samples[i]
		       : relative_to ? 0
				     : run->samples[i];
	}
	return v;
}

static double median_of(const struct results_run *run)
{
	struct stats_estimate e;

	return stats_median(run->samples, run->nr_samples, &e) ? NAN : e.value;
}

static int compare_pair(struct compare_pair *pair, const char *relative_to)
{
	size_t n = pair->base->nr_samples;
	double *x = values_of(pair->base, relative_to), *y = values_of(pair->new, relative_to);
	int err = -ENOMEM;

	if (pair->new->nr_samples < n)
		n = pair->new->nr_samples;
	if (x && y)
		err = stats_compare(x, y, pair->base->process, n, &pair->ratio);
	pair->compared = !err;
	free(x);
	free(y);
	return err == -ENOMEM ? err : 0;
}

static int check_traces(const struct compare_pair *pair, struct diag *d)
{
	const char *a = results_trace_of(pair->base)->sha256;
	const char *b = results_trace_of(pair->new)->sha256;

	if (!strcmp(a, b))
		return 0;
	return diag_set(d, EXIT_USAGE, -EINVAL,
			"%s and %s: trace %s is not the same in both (sha256 %.12s, %.12s); replay "
			"one of them again",
			pair->base->file->path, pair->new->file->path, pair->base->trace, a, b);
}

static int match_runs(struct compare *c, const struct results *base, const struct results *new,
		      const char *relative_to, struct diag *d)
{
	for (size_t i = 0; i < base->nr_runs; i++) {
		const struct results_run *run = &base->runs[i];
		struct compare_pair *pair = &c->pairs[c->nr_pairs];
		int err;

		*pair = (struct compare_pair){ run, find_run(new, run, run->index) };
		if (!pair->new || !strcmp(run->index, "null") ||
		    (relative_to && !strcmp(run->index, relative_to)))
			continue;
		err = check_traces(pair, d);
		if (err)
			return err;
		pair->base_median = median_of(pair->base);
		pair->new_median = median_of(pair->new);
		if (compare_pair(pair, relative_to))
			return out_of_memory(d);
		c->nr_pairs++;
	}
	for (size_t i = 0; i < new->nr_runs; i++)
		c->nr_unmatched += !find_run(base, &new->runs[i], new->runs[i].index);
	if (!c->nr_pairs)
		return diag_set(d, EXIT_USAGE, -ENOENT, "%s and %s have no run in common",
				base->path, new->path);
	return 0;
}

static int judge(struct compare *c, struct diag *d)
{
	struct stats_ratio **ratios = calloc(c->nr_pairs + 1, sizeof(*ratios));
	int err;

	if (!ratios)
		return out_of_memory(d);
	for (size_t i = 0; i < c->nr_pairs; i++)
		ratios[i] = c->pairs[i].compared ? &c->pairs[i].ratio : NULL;
	err = stats_holm(ratios, c->nr_pairs);
	for (size_t i = 0; i < c->nr_pairs; i++)
		if (c->pairs[i].compared)
			c->pairs[i].verdict = stats_verdict(&c->pairs[i].ratio, c->threshold_pct,
							    STATS_ALPHA_FILES);
	free(ratios);
	return err ? out_of_memory(d) : 0;
}

int compare_make(const struct results *base, const struct results *new,
		 const struct compare_options *options, struct compare **compare, struct diag *d)
{
	const char *key = results_machines_differ(base, new);
	struct compare *c;
	int err;

	if (key && !options->unlike_machines)
		return diag_set(d, EXIT_USAGE, -EINVAL,
				"%s and %s are of unlike machines (%s differs); --unlike-machines "
				"compares them all the same",
				base->path, new->path, key);
	c = calloc(1, sizeof(*c));
	if (!c || !(c->pairs = calloc(base->nr_runs + 1, sizeof(*c->pairs)))) {
		free(c);
		return out_of_memory(d);
	}
	c->threshold_pct = fmax(options->threshold_pct,
				fmax(results_noise_floor(base), results_noise_floor(new)));
	err = match_runs(c, base, new, options->relative_to, d);
	if (!err)
		err = judge(c, d);
	if (err)
		compare_free(c);
	else
		*compare = c;
	return err;
}

void compare_free(struct compare *c)
{
	if (c)
		free(c->pairs);
	free(c);
}
