// SPDX-License-Identifier: GPL-2.0-only
/* Figure: cycles per access through the history of KVM, era by era. */
#include "plots/figure.h"

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	(void)table;
	return block->by_era ? figure_cells(tsv, block) : 0;
}

const struct figure figure_history = {
	.name = "history",
	.title = "Cycles per access, as the kernels had it",
	.needs = "runs with --era",
	.bars = true,
	.write = write_rows,
};
