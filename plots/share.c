// SPDX-License-Identifier: GPL-2.0-only
/* Figure: the lookups as a share of the time from exit to entry: what a faster lookup can win at
 * most. */
#include <math.h>

#include "plots/figure.h"

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	double mhz = json_number_value(json_object_get(block->first->file->env, "tsc_mhz"));
	double faults_ns = block->trace->faults_ns;
	size_t nr = 0;

	(void)table;
	if (!(mhz > 0) || !(faults_ns > 0))
		return 0;
	fputs("row\tstructure\tshare\tlo\thi\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++) {
		const struct table_cell *cell = &block->rows[r].cells[RESULTS_CLASS_ALL];
		double scale;

		if (!cell->run || isnan(cell->cycles.value))
			continue;
		scale = (double)(block->by_era ? cell->run->accesses : cell->run->lookups) * 1e5 /
			mhz / faults_ns;
		figure_row(tsv, r, &block->rows[r]);
		figure_number(tsv, cell->cycles.value * scale);
		figure_number(tsv, cell->cycles.lo * scale);
		figure_number(tsv, cell->cycles.hi * scale);
		fputc('\n', tsv);
		nr++;
	}
	return nr;
}

const struct figure figure_share = {
	.name = "share",
	.title = "Lookups as a share of the time spent in exits",
	.needs = "a trace with durations (exit to entry), and env.tsc_mhz",
	.bars = true,
	.write = write_rows,
};
