// SPDX-License-Identifier: GPL-2.0-only
/* Figure: the distribution of single lookups, from the median to the longest. */
#include <math.h>

#include "plots/figure.h"

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0;

	(void)table;
	if (block->first->mode != RESULTS_SINGLE)
		return 0;
	fputs("row\tstructure\tp50\tp95\tp99\tp999\tmax\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++) {
		const struct results_run *run = block->rows[r].cells[RESULTS_CLASS_ALL].run;

		if (!run || isnan(run->p50))
			continue;
		figure_row(tsv, r, &block->rows[r]);
		figure_number(tsv, run->p50);
		figure_number(tsv, run->p95);
		figure_number(tsv, run->p99);
		figure_number(tsv, run->p999);
		figure_number(tsv, run->max);
		fputc('\n', tsv);
		nr++;
	}
	return nr;
}

const struct figure figure_latency = {
	.name = "latency",
	.title = "Latency of single lookups",
	.needs = "runs with --mode single",
	.write = write_rows,
};
