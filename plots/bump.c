// SPDX-License-Identifier: GPL-2.0-only
/* Figure: what a miss costs by the time since the last slot change, which made the caches of misses
 * stale. */
#include <math.h>
#include <string.h>

#include "plots/figure.h"

/* Of the misses in a bin, those that searched again, times what such a search costs here. */
static size_t put_row(FILE *tsv, const struct table_row *row, const json_t *bins)
{
	const struct table_cell *cell = &row->cells[RESULTS_CLASS_MISS];
	const json_t *bin;
	size_t i, nr = 0;

	if (!cell->run || isnan(cell->cycles.value))
		return 0;
	json_array_foreach (bins, i, bin) {
		double from = json_number_value(json_array_get(bin, 0));
		double to = json_number_value(json_array_get(bin, 1));
		double misses = json_number_value(json_array_get(bin, 2));
		double share = json_number_value(json_array_get(bin, 3)) / misses;

		if (!(misses > 0) || !(to > 0))
			continue;
		figure_text(tsv, row->label);
		figure_number(tsv, sqrt((from > 0 ? from : to / 2) * to) / 1e3);
		figure_number(tsv, cell->cycles.value * share);
		figure_number(tsv, cell->cycles.lo * share);
		figure_number(tsv, cell->cycles.hi * share);
		figure_number(tsv, misses);
		fputc('\n', tsv);
		nr++;
	}
	return nr;
}

static size_t write_rows(FILE *tsv, const struct table *table, const struct table_block *block)
{
	const json_t *after = json_object_get(block->trace->json, "after_change");
	const json_t *bins = json_object_get(after, "bins");
	size_t nr = 0;

	(void)table;
	if (block->by_era || block->first->mode != RESULTS_BATCH || !json_array_size(bins) ||
	    !strstr(block->first->caches, "mmio-spte"))
		return 0;
	fputs("structure\tsince_us\tcycles\tlo\thi\tmisses\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++)
		nr += put_row(tsv, &block->rows[r], bins);
	return nr;
}

const struct figure figure_bump = {
	.name = "bump",
	.title = "Cost of a miss after a slot change",
	.needs = "a trace with slot changes, and runs with --cache mmio-vcpu,mmio-spte",
	.bars = true,
	.write = write_rows,
};
