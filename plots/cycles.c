// SPDX-License-Identifier: GPL-2.0-only
/* Figure: cycles per lookup, structures x classes of accesses, with intervals. */
#include <math.h>

#include "plots/figure.h"

static size_t put_cell(FILE *tsv, const struct table_row *row, size_t at, enum results_class class)
{
	const struct table_cell *cell = &row->cells[class];
	char label[32] = "";

	if (!cell->run || isnan(cell->cycles.value))
		return 0;
	if (cell->compared && cell->verdict == STATS_SAME)
		snprintf(label, sizeof(label), "~");
	else
		snprintf(label, sizeof(label), "%.3g", cell->cycles.value);
	fprintf(tsv, "%zu\t%s\t", at, results_class_names[class]);
	figure_text(tsv, row->label);
	figure_number(tsv, cell->cycles.value);
	figure_number(tsv, cell->cycles.lo);
	figure_number(tsv, cell->cycles.hi);
	fprintf(tsv, "\t%s\n", label);
	return 1;
}

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	size_t nr = 0;

	(void)table;
	fputs("row\tclass\tstructure\tcycles\tlo\thi\tlabel\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++)
		for (int c = RESULTS_CLASS_ALL; c < RESULTS_CLASS_UPDATE; c++)
			nr += put_cell(tsv, &block->rows[r], r, c);
	return nr;
}

const struct figure figure_cycles = {
	.name = "cycles",
	.title = "Cycles per lookup by structure and class of accesses",
	.needs = "any run",
	.write = write_rows,
};
