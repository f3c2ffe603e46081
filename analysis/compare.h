/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two results files against each other: the same structure on the same trace, before and after.
 *
 * Unlike the rows of one file, two files did not run interleaved. Relative to a structure that both
 * hold and that did not change, what the machine did to each whole file cancels.
 */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include "analysis/results.h"
#include "analysis/stats.h"

struct compare_pair {
	const struct results_run *base, *new;
	double base_median, new_median; /* NAN where there are no samples */
	bool compared;			/* the next two hold */
	struct stats_ratio ratio;
	enum stats_verdict verdict;
};

struct compare {
	struct compare_pair *pairs; /* in the order of the base file */
	size_t nr_pairs;
	size_t nr_unmatched; /* runs of the new file that the base lacks */
	double threshold_pct;
};

struct compare_options {
	double threshold_pct;
	const char *relative_to; /* index, or NULL: absolute cycles */
	bool unlike_machines;
};

/* EXIT_USAGE where machines or traces differ, or where the files share no run. */
int compare_make(const struct results *base, const struct results *new,
		 const struct compare_options *options, struct compare **compare, struct diag *d);
void compare_free(struct compare *compare);

#endif
