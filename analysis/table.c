// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct diag *d)
{
	return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
}

static int check_machines(const struct table *t, struct diag *d)
{
	for (size_t i = 1; i < t->nr_files; i++) {
		const char *key = results_machines_differ(t->files[0], t->files[i]);
		char one[80], two[80];

		if (key)
			return diag_set(d, EXIT_USAGE, -EINVAL,
					"%s and %s are of unlike machines (%s: %s, %s); "
					"--unlike-machines keeps them apart in one report",
					t->files[0]->path, t->files[i]->path, key,
					results_env(t->files[0], key, one, sizeof(one)),
					results_env(t->files[i], key, two, sizeof(two)));
	}
	return 0;
}

static double noise_floor(const struct table *t)
{
	double floor = 0;

	for (size_t i = 0; i < t->nr_files; i++)
		floor = fmax(floor, results_noise_floor(t->files[i]));
	return floor;
}

/* ---- runs into blocks, rows and cells ----------------------------------------------------- */

/* An update costs the structure the same whatever the layers: it joins every block of its file. */
static bool belongs(const struct table_block *block, const struct results_run *run)
{
	const struct results_run *first = block->first;

	if (strcmp(first->trace, run->trace) || first->slots != run->slots ||
	    strcmp(results_trace_of(first)->sha256, results_trace_of(run)->sha256) ||
	    results_machines_differ(first->file, run->file))
		return false;
	if (run->mode == RESULTS_UPDATE)
		return true;
	return first->mode == run->mode && !first->era == !run->era &&
	       (run->era || !strcmp(first->caches, run->caches));
}

static bool is_row(const struct table_block *block, const struct table_row *row,
		   const struct results_run *run)
{
	if (block->by_era && run->mode != RESULTS_UPDATE && strcmp(row->run->era, run->era))
		return false;
	return !strcmp(row->run->index, run->index);
}

static struct table_row *add_row(struct table_block *block, const struct results_run *run)
{
	struct table_row *rows = realloc(block->rows, (block->nr_rows + 1) * sizeof(*block->rows));

	if (!rows)
		return NULL;
	block->rows = rows;
	rows[block->nr_rows] = (struct table_row){ .run = run };
	return &rows[block->nr_rows++];
}

static bool holds_other(const struct results *file, const char *index)
{
	for (size_t i = 0; i < file->nr_runs; i++)
		if (strcmp(file->runs[i].index, index) && strcmp(file->runs[i].index, "null"))
			return true;
	return false;
}

/* Two jobs of a sweep, each with the baseline beside its own structure. */
static bool baseline_again(const struct table *t, const struct results_run *a,
			   const struct results_run *b)
{
	return a->file != b->file && !strcmp(a->index, t->baseline) &&
	       (holds_other(a->file, t->baseline) || holds_other(b->file, t->baseline));
}

static int put_cell(const struct table *t, struct table_row *row, const struct results_run *run,
		    struct diag *d)
{
	struct table_cell *cell = &row->cells[run->class];

	if (cell->run && baseline_again(t, cell->run, run))
		return 0;
	if (cell->run)
		return diag_set(d, EXIT_USAGE, -EEXIST,
				"%s and %s both hold %s, class %s, mode %s of trace %s; "
				"use slotsim compare",
				cell->run->file->path, run->file->path, run->index,
				results_class_names[run->class], results_mode_names[run->mode],
				run->trace);
	cell->run = run;
	return 0;
}

static int put_in_block(const struct table *t, struct table_block *block,
			const struct results_run *run, struct diag *d)
{
	struct table_row *row = NULL;
	bool found = false;
	int err = 0;

	for (size_t i = 0; i < block->nr_rows && !err; i++)
		if (is_row(block, &block->rows[i], run)) {
			found = true;
			err = put_cell(t, &block->rows[i], run, d);
		}
	if (found || run->mode == RESULTS_UPDATE)
		return err;
	row = add_row(block, run);
	return row ? put_cell(t, row, run, d) : out_of_memory(d);
}

static struct table_block *add_block(struct table *t, const struct results_run *run)
{
	struct table_block *blocks = realloc(t->blocks, (t->nr_blocks + 1) * sizeof(*t->blocks));

	if (!blocks)
		return NULL;
	t->blocks = blocks;
	blocks[t->nr_blocks] = (struct table_block){
		.trace = results_trace_of(run),
		.first = run,
		.by_era = run->era != NULL,
	};
	return &blocks[t->nr_blocks++];
}

static int place_run(struct table *t, const struct results_run *run, struct diag *d)
{
	struct table_block *block;

	for (size_t i = 0; i < t->nr_blocks; i++)
		if (t->blocks[i].first->mode != RESULTS_UPDATE && belongs(&t->blocks[i], run))
			return put_in_block(t, &t->blocks[i], run, d);
	block = add_block(t, run);
	return block ? put_in_block(t, block, run, d) : out_of_memory(d);
}

static int place_update(struct table *t, const struct results_run *run, struct diag *d)
{
	int err = 0;

	for (size_t i = 0; i < t->nr_blocks && !err; i++)
		if (belongs(&t->blocks[i], run))
			err = put_in_block(t, &t->blocks[i], run, d);
	return err;
}

/* The null structure is the floor of every other row, not a row. */
static int place_runs(struct table *t, bool updates, struct diag *d)
{
	for (size_t f = 0; f < t->nr_files; f++) {
		const struct results *file = t->files[f];

		for (size_t i = 0; i < file->nr_runs; i++) {
			const struct results_run *run = &file->runs[i];
			int err = 0;

			if (!strcmp(run->index, "null") || (run->mode == RESULTS_UPDATE) != updates)
				continue;
			err = updates ? place_update(t, run, d) : place_run(t, run, d);
			if (err)
				return err;
		}
	}
	return 0;
}

static void label_row(const struct table_block *block, struct table_row *row)
{
	size_t same = 0;

	for (size_t i = 0; block->by_era && i < block->nr_rows; i++)
		same += !strcmp(block->rows[i].run->era, row->run->era);
	snprintf(row->label, sizeof(row->label), "%s%s%s", block->by_era ? row->run->era : "",
		 same > 1 ? "/" : "", block->by_era && same < 2 ? "" : row->run->index);
}

static void label_rows(struct table *t)
{
	for (size_t b = 0; b < t->nr_blocks; b++)
		for (size_t r = 0; r < t->blocks[b].nr_rows; r++)
			label_row(&t->blocks[b], &t->blocks[b].rows[r]);
}

/* ---- baseline and comparison -------------------------------------------------------------- */

static bool row_named(const struct table_row *row, const char *name)
{
	return !strcmp(row->label, name) || !strcmp(row->run->index, name);
}

/* Move the baseline to row 0; the others keep the order in which they were measured. */
static bool baseline_first(struct table_block *block, const char *name)
{
	for (size_t i = 0; i < block->nr_rows; i++)
		if (row_named(&block->rows[i], name)) {
			struct table_row base = block->rows[i];

			memmove(block->rows + 1, block->rows, i * sizeof(base));
			block->rows[0] = base;
			return true;
		}
	return false;
}

static int baselines(struct table *t, const char *name, struct diag *d)
{
	bool found = false;

	for (size_t i = 0; i < t->nr_blocks; i++)
		if (name || !t->blocks[i].by_era)
			found |= baseline_first(&t->blocks[i], name ? name : "rbtree");
	if (name && !found)
		return diag_set(d, EXIT_USAGE, -ENOENT,
				"--baseline %s: no such structure in the results; they hold %s",
				name, t->blocks[0].rows[0].label);
	return 0;
}

/* Cycles per lookup as measured, or per access where the layers absorb some. */
static double *scaled(const struct results_run *run, bool per_access)
{
	double *v = calloc(run->nr_samples + 1, sizeof(*v));
	double scale =
		per_access && run->accesses ? (double)run->lookups / (double)run->accesses : 1;

	for (size_t i = 0; v && i < run->nr_samples; i++)
		v[i] = run->samples[i] * scale;
	return v;
}

static int measure(struct table_cell *cell, const double *values)
{
	int err = stats_median(values, cell->run->nr_samples, &cell->cycles);

	if (err == -EINVAL)
		cell->cycles.value = NAN;
	return err == -EINVAL ? 0 : err;
}

static bool same_but_for_file(const struct results_run *a, const struct results_run *b)
{
	return a->mode == b->mode && a->class == b->class && a->slots == b->slots &&
	       !a->era == !b->era && (!a->era || !strcmp(a->era, b->era)) &&
	       !strcmp(a->index, b->index) && !strcmp(a->caches, b->caches) &&
	       !strcmp(a->trace, b->trace);
}

/* The baseline as it ran beside @run if it did, or else as it did in @base's file. */
static const struct results_run *nearest_base(const struct results_run *base,
					      const struct results_run *run)
{
	for (size_t i = 0; base && run && i < run->file->nr_runs; i++)
		if (same_but_for_file(base, &run->file->runs[i]))
			return &run->file->runs[i];
	return base;
}

static int compare_cell(struct table_cell *cell, const struct table_cell *base, bool per_access)
{
	const struct results_run *a = nearest_base(base->run, cell->run), *b = cell->run;
	double *x, *y;
	size_t n;
	int err = -ENOMEM;

	if (!b)
		return 0;
	y = scaled(b, per_access);
	x = a ? scaled(a, per_access) : NULL;
	if (!y || (a && !x))
		goto out;
	err = measure(cell, y);
	if (err || !a || cell == base)
		goto out;
	n = a->nr_samples < b->nr_samples ? a->nr_samples : b->nr_samples;
	err = stats_compare(x, y, b->process, n, &cell->ratio);
	cell->compared = !err;
	if (err == -EDOM || err == -EINVAL)
		err = 0;
out:
	free(x);
	free(y);
	return err;
}

static int compare_all(struct table *t)
{
	for (size_t b = 0; b < t->nr_blocks; b++) {
		struct table_block *block = &t->blocks[b];

		for (size_t r = 0; r < block->nr_rows; r++)
			for (int c = 0; c < RESULTS_NR_CLASSES; c++) {
				bool per_access = block->by_era && c != RESULTS_CLASS_UPDATE;
				int err = compare_cell(&block->rows[r].cells[c],
						       &block->rows[0].cells[c], per_access);
				if (err)
					return err;
			}
	}
	return 0;
}

static size_t list_compared(struct table *t, struct table_cell **cells)
{
	size_t nr = 0;

	for (size_t b = 0; b < t->nr_blocks; b++)
		for (size_t r = 0; r < t->blocks[b].nr_rows; r++)
			for (int c = 0; c < RESULTS_NR_CLASSES; c++) {
				struct table_cell *cell = &t->blocks[b].rows[r].cells[c];

				if (cell->compared && cells)
					cells[nr] = cell;
				nr += cell->compared;
			}
	return nr;
}

/* One correction over the whole report: that is what its reader sees at once. */
static int judge(struct table *t)
{
	size_t nr = list_compared(t, NULL);
	struct table_cell **cells = calloc(nr + 1, sizeof(*cells));
	struct stats_ratio **ratios = calloc(nr + 1, sizeof(*ratios));
	int err = -ENOMEM;

	if (!cells || !ratios)
		goto out;
	list_compared(t, cells);
	for (size_t i = 0; i < nr; i++)
		ratios[i] = &cells[i]->ratio;
	err = stats_holm(ratios, nr);
	for (size_t i = 0; i < nr; i++)
		cells[i]->verdict = stats_verdict(&cells[i]->ratio, t->threshold_pct, STATS_ALPHA);
out:
	free(cells);
	free(ratios);
	return err;
}

static int build(struct table *t, const struct table_options *options, struct diag *d)
{
	int err = options->unlike_machines ? 0 : check_machines(t, d);

	if (!err)
		err = place_runs(t, false, d);
	if (!err)
		err = place_runs(t, true, d);
	label_rows(t);
	if (!err && !t->nr_blocks)
		err = diag_set(d, EXIT_INPUT, -ENODATA, "%s: $.runs: nothing to report",
			       t->files[0]->path);
	if (!err)
		err = baselines(t, options->baseline, d);
	if (err)
		return err;
	return compare_all(t) || judge(t) ? out_of_memory(d) : 0;
}

int table_make(const struct results *const *files, size_t nr_files,
	       const struct table_options *options, struct table **table, struct diag *d)
{
	struct table *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return out_of_memory(d);
	t->files = files;
	t->nr_files = nr_files;
	t->baseline = options->baseline ? options->baseline : "rbtree";
	t->threshold_pct = fmax(options->threshold_pct, noise_floor(t));
	err = build(t, options, d);
	if (err)
		table_free(t);
	else
		*table = t;
	return err;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nr_blocks; i++)
		free(t->blocks[i].rows);
	free(t->blocks);
	free(t);
}

const char *table_layers(const struct table_block *block)
{
	if (block->by_era)
		return "layers of each era, per access";
	return strcmp(block->first->caches, "none") ? block->first->caches : "no cache layers";
}
