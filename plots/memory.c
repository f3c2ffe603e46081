// SPDX-License-Identifier: GPL-2.0-only
/* Figure: memory against speed: what each structure costs of both. */
#include <math.h>

#include "plots/figure.h"

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0;

	(void)table;
	if (block->by_era)
		return 0;
	fputs("structure\tbytes\tcycles\tlo\thi\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++) {
		const struct table_cell *cell = &block->rows[r].cells[RESULTS_CLASS_ALL];

		if (!cell->run || isnan(cell->cycles.value) || isnan(cell->run->bytes))
			continue;
		figure_text(tsv, block->rows[r].label);
		figure_number(tsv, cell->run->bytes);
		figure_number(tsv, cell->cycles.value);
		figure_number(tsv, cell->cycles.lo);
		figure_number(tsv, cell->cycles.hi);
		fputc('\n', tsv);
		nr++;
	}
	return nr;
}

const struct figure figure_memory = {
	.name = "memory",
	.title = "Memory against speed",
	.needs = "runs that counted bytes",
	.bars = true,
	.write = write_rows,
};
