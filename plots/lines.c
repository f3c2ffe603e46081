// SPDX-License-Identifier: GPL-2.0-only
/* Figure: cache lines that one lookup touches, and how many of them wait for another. */
#include <math.h>

#include "plots/figure.h"

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0;

	(void)table;
	if (block->by_era)
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
