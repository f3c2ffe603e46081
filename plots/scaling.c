// SPDX-License-Identifier: GPL-2.0-only
/* Figure: cycles per lookup over the number of slots, a line for each structure. */
#include <math.h>

#include "plots/figure.h"

static size_t put_block(FILE *tsv, const struct table_block *block)
{
	size_t nr = 0;

	for (size_t r = 0; r < block->nr_rows; r++) {
		const struct table_cell *cell = &block->rows[r].cells[RESULTS_CLASS_ALL];

		if (!cell->run || isnan(cell->cycles.value))
			continue;
		figure_text(tsv, block->rows[r].label);
		fprintf(tsv, "\t%llu", (unsigned long long)block->first->slots);
		figure_number(tsv, cell->cycles.value);
		figure_number(tsv, cell->cycles.lo);
		figure_number(tsv, cell->cycles.hi);
		fputc('\n', tsv);
		nr++;
	}
	return nr;
}

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0, sizes = 0;

	if (!figure_first_of_family(table, block))
		return 0;
	fputs("structure\tslots\tcycles\tlo\thi\n", tsv);
	for (size_t i = 0; i < table->nr_blocks; i++) {
		const struct table_block *b = &table->blocks[i];

		if (!figure_same_family(table, b, block))
			continue;
		sizes += b == block || b->first->slots != block->first->slots;
		nr += put_block(tsv, b);
	}
	return sizes > 1 ? nr : 0;
}

const struct figure figure_scaling = {
	.name = "scaling",
	.title = "Cycles per lookup over the number of slots",
	.needs = "traces of one family with two or more numbers of slots",
	.family = true,
	.slots_vary = true,
	.bars = true,
	.write = write_rows,
};
