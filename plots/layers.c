// SPDX-License-Identifier: GPL-2.0-only
/* Figure: which cache layer served how many of the accesses, and how many searched. */
#include <string.h>

#include "plots/figure.h"

struct bar {
	FILE *tsv;
	size_t at;
	const struct table_row *row;
	double accesses, done;
};

static void put_part(struct bar *bar, const char *layer, double accesses)
{
	double from = bar->done;

	bar->done += accesses;
	figure_row(bar->tsv, bar->at, bar->row);
	fputc('\t', bar->tsv);
	figure_text(bar->tsv, layer);
	figure_number(bar->tsv, 100 * from / bar->accesses);
	figure_number(bar->tsv, 100 * bar->done / bar->accesses);
	fputc('\n', bar->tsv);
}

static size_t put_bar(FILE *tsv, size_t at, const struct table_row *row)
{
	const struct results_run *run = row->cells[RESULTS_CLASS_ALL].run;
	struct bar bar = { tsv, at, row, run ? (double)run->accesses : 0, 0 };
	const char *layer;
	json_t *count;
	size_t nr = 1;

	if (!run || !run->accesses)
		return 0;
	put_part(&bar, "search", (double)run->lookups);
	json_object_foreach (json_object_get(run->json, "absorbed"), layer, count) {
		put_part(&bar, layer, json_number_value(count));
		nr++;
	}
	return nr;
}

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0;

	(void)table;
	if (!block->by_era && !strcmp(block->first->caches, "none"))
		return 0;
	fputs("row\tstructure\tlayer\tfrom\tto\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++)
		nr += put_bar(tsv, r, &block->rows[r]);
	return nr;
}

const struct figure figure_layers = {
	.name = "layers",
	.title = "What served the accesses",
	.needs = "runs with --era or --cache",
	.write = write_rows,
};
