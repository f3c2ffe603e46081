// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <string.h>

#include "plots/figure.h"

#define FIGURE(name) extern const struct figure figure_##name;
FIGURE_LIST(FIGURE)
#undef FIGURE

const struct figure *const figures[] = {
#define FIGURE(name) &figure_##name,
	FIGURE_LIST(FIGURE)
#undef FIGURE
		NULL,
};

const struct figure *figure_named(const char *name)
{
	for (size_t i = 0; figures[i]; i++)
		if (!strcmp(figures[i]->name, name))
			return figures[i];
	return NULL;
}

void figure_number(FILE *tsv, double value)
{
	if (isfinite(value))
		fprintf(tsv, "\t%.6g", value);
	else
		fputs("\t-", tsv);
}

void figure_text(FILE *tsv, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == '#' || *text == '"' ? '?' : *text,
		      tsv);
}

/* Length of the name without a number at its end: of dial in dial-0.25, of all of rr-rtl8139. */
static size_t stem(const char *trace)
{
	size_t len = strlen(trace), end = len;

	while (end > 1 && strchr("0123456789.", trace[end - 1]))
		end--;
	return end > 1 && end < len && strchr("-_@", trace[end - 1]) ? end - 1 : len;
}

/* bars-32 is of bars, but where bars-32-128 is too, which was made of it, both are of bars-32. */
size_t figure_family(const struct table *table, const struct table_block *block)
{
	const char *name = block->trace->name;
	size_t len = strlen(name);

	for (const struct table_block *b = table->blocks; b < table->blocks + table->nr_blocks; b++)
		if (strlen(b->trace->name) > len && stem(b->trace->name) == len &&
		    !strncmp(b->trace->name, name, len))
			return len;
	return stem(name);
}

bool figure_same_family(const struct table *table, const struct table_block *a,
			const struct table_block *b)
{
	size_t len = figure_family(table, a);

	return a->by_era == b->by_era && a->first->mode == b->first->mode &&
	       figure_family(table, b) == len && !strncmp(a->trace->name, b->trace->name, len) &&
	       (a->by_era || !strcmp(a->first->caches, b->first->caches));
}

bool figure_first_of_family(const struct table *table, const struct table_block *block)
{
	for (const struct table_block *b = table->blocks; b < block; b++)
		if (figure_same_family(table, b, block))
			return false;
	return true;
}

void figure_row(FILE *tsv, size_t at, const struct table_row *row)
{
	fprintf(tsv, "%zu\t", at);
	figure_text(tsv, row->label);
}

/* Three digits that count, and never an exponent. */
static int decimals(double value)
{
	return value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
}

static size_t put_cell(FILE *tsv, const struct table_row *row, size_t at, enum results_class class)
{
	const struct table_cell *cell = &row->cells[class];
	bool same = cell->compared && cell->verdict == STATS_SAME;

	if (!cell->run || isnan(cell->cycles.value))
		return 0;
	figure_row(tsv, at, row);
	fprintf(tsv, "\t%s", results_class_names[class]);
	figure_number(tsv, cell->cycles.value);
	figure_number(tsv, cell->cycles.lo);
	figure_number(tsv, cell->cycles.hi);
	fprintf(tsv, "\t%.*f%s\n", decimals(cell->cycles.value), cell->cycles.value,
		same ? " ~" : "");
	return 1;
}

size_t figure_cells(FILE *tsv, const struct table_block *block)
{
	size_t nr = 0;

	fputs("row\tstructure\tclass\tcycles\tlo\thi\tlabel\n", tsv);
	for (size_t r = 0; r < block->nr_rows; r++)
		for (int c = RESULTS_CLASS_ALL; c < RESULTS_CLASS_UPDATE; c++)
			nr += put_cell(tsv, &block->rows[r], r, c);
	return nr;
}
