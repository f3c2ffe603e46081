// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/record.h"

#include <errno.h>
#include <math.h>

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text(const char *value)
{
	return value ? json_string(value) : json_null();
}

/* jansson's set_new() refuses a NULL value, so one check of the results is enough. */
static int put_labels(json_t *o, const struct table_block *block, const struct table_row *row,
		      const struct results_run *run)
{
	const char *cpu = json_string_value(json_object_get(run->file->env, "cpu"));
	const char *kernel = json_string_value(json_object_get(run->file->env, "kernel"));

	return json_object_set_new(o, "trace", text(run->trace)) |
	       json_object_set_new(o, "sha256", text(block->trace->sha256)) |
	       json_object_set_new(o, "slots", json_integer((json_int_t)run->slots)) |
	       json_object_set_new(o, "mode", text(results_mode_names[run->mode])) |
	       json_object_set_new(o, "caches", text(run->caches)) |
	       json_object_set_new(o, "era", text(run->era)) |
	       json_object_set_new(o, "index", text(run->index)) |
	       json_object_set_new(o, "kernel_ok", json_boolean(row->run->kernel_ok)) |
	       json_object_set_new(o, "class", text(results_class_names[run->class])) |
	       json_object_set_new(o, "per",
				   text(run->mode == RESULTS_UPDATE ? "slot change"
					: block->by_era		    ? "access"
								    : "lookup")) |
	       json_object_set_new(o, "accesses", json_integer((json_int_t)run->accesses)) |
	       json_object_set_new(o, "lookups", json_integer((json_int_t)run->lookups)) |
	       json_object_set_new(o, "cpu", text(cpu)) |
	       json_object_set_new(o, "kernel", text(kernel));
}

/* The tails of one lookup say nothing about an access that a layer may have absorbed. */
static int put_cycles(json_t *o, const struct table_block *block, const struct table_cell *cell)
{
	const struct results_run *run = cell->run;
	const struct stats_estimate *e = &cell->cycles;
	bool tails = !block->by_era;

	return json_object_set_new(o, "n", json_integer((json_int_t)run->nr_samples)) |
	       json_object_set_new(o, "processes",
				   json_integer((json_int_t)results_processes(run))) |
	       json_object_set_new(o, "floor_tsc", number(run->floor)) |
	       json_object_set_new(o, "median_tsc", number(e->value)) |
	       json_object_set_new(o, "lo_tsc", number(e->interval ? e->lo : NAN)) |
	       json_object_set_new(o, "hi_tsc", number(e->interval ? e->hi : NAN)) |
	       json_object_set_new(o, "p95_tsc", number(tails ? run->p95 : NAN)) |
	       json_object_set_new(o, "p99_tsc", number(tails ? run->p99 : NAN)) |
	       json_object_set_new(o, "p999_tsc", number(tails ? run->p999 : NAN)) |
	       json_object_set_new(o, "max_tsc", number(tails ? run->max : NAN)) |
	       json_object_set_new(o, "lines", number(run->lines)) |
	       json_object_set_new(o, "depth", number(run->depth)) |
	       json_object_set_new(o, "bytes", number(run->bytes));
}

static int put_ratio(json_t *o, const struct table_block *block, const struct table_cell *cell)
{
	const struct stats_ratio *r = &cell->ratio;
	bool there = cell->compared;

	return json_object_set_new(o, "baseline", text(block->rows[0].label)) |
	       json_object_set_new(o, "delta_pct",
				   number(there ? stats_percent(r->log_ratio) : NAN)) |
	       json_object_set_new(o, "delta_lo_pct", number(there ? stats_percent(r->lo) : NAN)) |
	       json_object_set_new(o, "delta_hi_pct", number(there ? stats_percent(r->hi) : NAN)) |
	       json_object_set_new(o, "p_adjusted", number(there ? r->p_adjusted : NAN)) |
	       json_object_set_new(o, "verdict",
				   text(there ? stats_verdict_names[cell->verdict] : NULL));
}

json_t *record_make(const struct table_block *block, const struct table_row *row,
		    const struct table_cell *cell)
{
	json_t *o = json_object();

	if (!o)
		return NULL;
	if (put_labels(o, block, row, cell->run) | put_cycles(o, block, cell) |
	    put_ratio(o, block, cell)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static int each_of_row(const struct table_block *block, const struct table_row *row,
		       int (*put)(void *to, const json_t *record), void *to)
{
	for (int c = 0; c < RESULTS_NR_CLASSES; c++) {
		json_t *record;
		int err;

		if (!row->cells[c].run)
			continue;
		record = record_make(block, row, &row->cells[c]);
		if (!record)
			return -ENOMEM;
		err = put(to, record);
		json_decref(record);
		if (err)
			return err;
	}
	return 0;
}

int record_each(const struct table *table, int (*put)(void *to, const json_t *record), void *to)
{
	for (size_t b = 0; b < table->nr_blocks; b++)
		for (size_t r = 0; r < table->blocks[b].nr_rows; r++) {
			int err =
				each_of_row(&table->blocks[b], &table->blocks[b].rows[r], put, to);

			if (err)
				return err;
		}
	return 0;
}
