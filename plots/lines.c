// SPDX-License-Identifier: GPL-2.0-only
/* Figure: cache lines that one lookup touches, and how many of them wait for another. */
#include <math.h>
#include <string.h>

#include "plots/figure.h"

static bool holds(const struct table_block *block, const char *label)
{
	for (size_t r = 0; r < block->nr_rows; r++)
		if (!strcmp(block->rows[r].label, label))
			return true;
	return false;
}

/* In another mode the same structures read the same lines. */
static bool drawn_before(const struct table *table, const struct table_block *block)
{
	for (const struct table_block *b = table->blocks; b < block; b++) {
		bool same = !b->by_era && b->first->slots == block->first->slots &&
			    !strcmp(b->trace->name, block->trace->name) &&
			    !strcmp(b->first->caches, block->first->caches);

		for (size_t r = 0; same && r < block->nr_rows; r++)
			same = holds(b, block->rows[r].label);
		if (same)
			return true;
	}
	return false;
}

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0;

	if (block->by_era || drawn_before(table, block))
		return 0;
	fputs("row\tstructure\tlines\tdepth\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++) {
		const struct results_run *run = block->rows[r].cells[RESULTS_CLASS_ALL].run;

		if (!run || isnan(run->lines) || isnan(run->depth))
			continue;
		figure_row(tsv, r, &block->rows[r]);
		figure_number(tsv, run->lines);
		figure_number(tsv, run->depth);
		fputc('\n', tsv);
		nr++;
	}
	return nr;
}

const struct figure figure_lines = {
	.name = "lines",
	.title = "Cache lines and dependent lines per lookup",
	.needs = "runs that counted lines",
	.write = write_rows,
};
