// SPDX-License-Identifier: GPL-2.0-only
/* Figure: cycles per access over the share of misses: the dial from pure memory to pure emulated
 * I/O. */
#include <math.h>

#include "plots/figure.h"

static double miss_share(const struct table_block *block)
{
	const struct table_row *row = &block->rows[0];
	const struct results_run *all = row->cells[RESULTS_CLASS_ALL].run;
	const struct results_run *miss = row->cells[RESULTS_CLASS_MISS].run;

	if (!all || !all->accesses)
		return NAN;
	return miss ? (double)miss->accesses / (double)all->accesses : 0;
}

/* A lookup that a layer absorbed costs the structure nothing; by_era has it in already. */
static size_t put_block(FILE *tsv, const struct table_block *block)
{
	size_t nr = 0;

	for (size_t r = 0; r < block->nr_rows; r++) {
		const struct table_cell *cell = &block->rows[r].cells[RESULTS_CLASS_ALL];
		double per_access = 1;

		if (!cell->run || isnan(cell->cycles.value))
			continue;
		if (!block->by_era)
			per_access = (double)cell->run->lookups / (double)cell->run->accesses;
		figure_text(tsv, block->rows[r].label);
		figure_number(tsv, miss_share(block));
		figure_number(tsv, cell->cycles.value * per_access);
		figure_number(tsv, cell->cycles.lo * per_access);
		figure_number(tsv, cell->cycles.hi * per_access);
		fputc('\n', tsv);
		nr++;
	}
	return nr;
}

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0, shares = 0;
	double share = miss_share(block);

	if (!figure_first_of_family(table, block) || isnan(share))
		return 0;
	fputs("structure\tmisses\tcycles\tlo\thi\n", tsv);
	for (size_t i = 0; i < table->nr_blocks; i++) {
		const struct table_block *b = &table->blocks[i];

		if (!figure_same_family(table, b, block) || b->first->slots != block->first->slots)
			continue;
		shares += b == block || fabs(miss_share(b) - share) > 0.01;
		nr += put_block(tsv, b);
	}
	return shares > 1 ? nr : 0;
}

const struct figure figure_mix = {
	.name = "mix",
	.title = "Cycles per access over the share of misses",
	.needs = "traces of one family with two or more shares of misses, at one number of slots",
	.family = true,
	.bars = true,
	.write = write_rows,
};
