/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results as the blocks, rows and cells that every report and every figure shows.
 *
 *   block  one trace at one number of slots, one mode, one set of cache layers
 *   row    one structure; the baseline is row 0
 *   cell   one class of accesses, compared with the baseline's cell
 *
 * Runs made with --era form a block of their own: its rows are eras, and its cycles are per access
 * (lookups that a cache layer absorbed cost nothing), because eras differ in what reaches the
 * slots.
 *
 * The jobs of a sweep (replay --jobs) each measure the baseline beside their own structure. Such a
 * row is compared with the baseline of its own file, which ran interleaved with it; the baseline's
 * own row is that of the first file.
 */
#ifndef ANALYSIS_TABLE_H
#define ANALYSIS_TABLE_H

#include "analysis/results.h"
#include "analysis/stats.h"

struct table_cell {
	const struct results_run *run; /* NULL: not measured */
	struct stats_estimate cycles;  /* value NAN where the run has no samples */
	bool compared;		       /* the next two hold */
	struct stats_ratio ratio;
	enum stats_verdict verdict;
};

struct table_row {
	char label[64]; /* the structure; the era, or era/structure where one has several */
	const struct results_run *run; /* any of its cells' */
	struct table_cell cells[RESULTS_NR_CLASSES];
};

struct table_block {
	const struct results_trace *trace;
	const struct results_run *first; /* slots, mode, caches and file of all rows */
	bool by_era;
	struct table_row *rows;
	size_t nr_rows;
};

struct table {
	const struct results *const *files;
	size_t nr_files;
	struct table_block *blocks;
	size_t nr_blocks;
	const char *baseline; /* structure or era that rows are compared with */
	double threshold_pct; /* the larger of what was asked for and the machines' noise floor */
};

struct table_options {
	const char *baseline; /* index or era; NULL: rbtree, or the first era */
	double threshold_pct;
	bool unlike_machines; /* keep them apart instead of refusing them */
};

/*
 * @files must outlive the table. EXIT_USAGE where files are of unlike machines, where two hold the
 * same run (not the baseline's), or where no block has the baseline; EXIT_INPUT where there is
 * nothing to show.
 */
int table_make(const struct results *const *files, size_t nr_files,
	       const struct table_options *options, struct table **table, struct diag *d);
void table_free(struct table *table);

/* The cache layers of a block in words. */
const char *table_layers(const struct table_block *block);

#endif
