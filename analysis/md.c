// SPDX-License-Identifier: GPL-2.0-only
/* The table in Markdown, for a merge request or a wiki. */
#include <math.h>
#include <string.h>

#include "analysis/report.h"

/* A name must not end the cell or start an element. */
static void put_name(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("|<>*_`\\[]", *text))
			fputc('\\', out);
		fputc((unsigned char)*text < ' ' ? '?' : *text, out);
	}
}

static void put_cycles(FILE *out, const struct table_cell *cell)
{
	if (!cell->run || isnan(cell->cycles.value))
		fputs(" - |", out);
	else
		fprintf(out, " %.4g |", cell->cycles.value);
}

static void put_delta(FILE *out, const struct table_cell *cell)
{
	const struct stats_ratio *r = &cell->ratio;

	if (!cell->compared)
		fputs(" |", out);
	else if (cell->verdict == STATS_SAME || cell->verdict == STATS_OPEN)
		fputs(cell->verdict == STATS_SAME ? " ~ |" : " ? |", out);
	else
		fprintf(out, " %+.1f%% [%+.1f, %+.1f] |", stats_percent(r->log_ratio),
			stats_percent(r->lo), stats_percent(r->hi));
}

static void put_row(FILE *out, const struct table_row *row)
{
	fputs("| ", out);
	put_name(out, row->label);
	fputs(row->run->kernel_ok ? " |" : " ! |", out);
	for (int c = RESULTS_CLASS_ALL; c < RESULTS_CLASS_UPDATE; c++) {
		put_cycles(out, &row->cells[c]);
		put_delta(out, &row->cells[c]);
	}
	if (isnan(row->run->bytes))
		fputs(" - |", out);
	else
		fprintf(out, " %.0f |", row->run->bytes);
	put_cycles(out, &row->cells[RESULTS_CLASS_UPDATE]);
	put_delta(out, &row->cells[RESULTS_CLASS_UPDATE]);
	fputc('\n', out);
}

static void put_block(FILE *out, const struct table_block *block)
{
	const struct results_run *first = block->first;

	fputs("\n### ", out);
	put_name(out, block->trace->name);
	fprintf(out, ": %llu slots, mode %s, %s, sha256 %.12s\n\n",
		(unsigned long long)first->slots, results_mode_names[first->mode],
		table_layers(block), block->trace->sha256);
	fputs("| structure | all | delta | ram | delta | mapped | delta | miss | delta | bytes | "
	      "update | delta |\n"
	      "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
	      out);
	for (size_t r = 0; r < block->nr_rows; r++)
		put_row(out, &block->rows[r]);
}

int report_md(FILE *out, const struct table *table)
{
	struct report_words words;
	char command[2048];

	report_words(table, table->files[0], &words);
	fprintf(out,
		"TSC ticks per lookup, median; update: per slot change; delta against the "
		"first row with its 95%% interval. %s.\n\n%s.\n\n",
		words.legend, words.evidence);
	for (size_t i = 0; i < table->nr_files; i++) {
		report_words(table, table->files[i], &words);
		results_command(table->files[i], command, sizeof(command));
		fprintf(out, "%s\n\n    %s\n", words.machine, command);
	}
	for (size_t i = 0; i < table->nr_blocks; i++)
		put_block(out, &table->blocks[i]);
	return 0;
}
