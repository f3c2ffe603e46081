// SPDX-License-Identifier: GPL-2.0-only
/* Figure: cycles per lookup, structures x classes of accesses, with intervals. */
#include "plots/figure.h"

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	(void)table;
	return block->by_era ? 0 : figure_cells(tsv, block);
}

const struct figure figure_cycles = {
	.name = "cycles",
	.title = "Cycles per lookup by structure and class of accesses",
	.needs = "any run without --era",
	.bars = true,
	.write = write_rows,
};
