// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table for a review thread: pure ASCII, 72 columns.
 *
 *   column   1..13      structure, ! where a kernel could not take it
 *           14..28      all: cycles, delta +- half of the 95 % interval
 *           29..61      ram, mapped, miss: cycles and delta, 11 columns each
 *           62..71      memory, cycles of a slot change
 */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "analysis/report.h"

enum { WIDTH = 72 };

/* Whatever a file calls itself, the mail stays ASCII and the line a line. */
static void ascii(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

/* Print words, broken at spaces before column 72; continued lines start with @indent. */
static void wrapped(FILE *out, const char *indent, const char *eol, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void wrapped(FILE *out, const char *indent, const char *eol, const char *fmt, ...)
{
	char text[4096], *word, *rest = text;
	size_t column = 0, room = WIDTH - strlen(eol);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ascii(text);
	while ((word = strsep(&rest, " "))) {
		size_t len = strlen(word);

		if (column && column + 1 + len > room) {
			fprintf(out, "%s\n%s", eol, indent);
			column = strlen(indent);
		} else if (column) {
			column += (size_t)fprintf(out, " ");
		}
		column += (size_t)fprintf(out, "%.*s", (int)(room - column), word);
	}
	fputc('\n', out);
}

/* A number in four columns: 35.7, 107, 1.2k, 12k. */
static const char *four(double value, double step, const char *units, char *text, size_t size)
{
	if (isnan(value))
		snprintf(text, size, "-");
	else if (value < 0.95 && *units == ' ')
		snprintf(text, size, "%.2f", value);
	else if (value < 99.95 && *units == ' ')
		snprintf(text, size, "%.1f", value);
	else if (value < 999.5 && (value >= 9.95 || *units == ' '))
		snprintf(text, size, "%.0f%.*s", value, *units != ' ', units);
	else if (value < 9.95)
		snprintf(text, size, "%.1f%c", value, *units);
	else
		return four(value / step, step, units + 1, text, size);
	return text;
}

static const char *cycles_text(double value, char *text, size_t size)
{
	return four(value, 1000, " kMGT", text, size);
}

static const char *bytes_text(double value, char *text, size_t size)
{
	if (value < 1000)
		snprintf(text, size, "%.0f", value);
	else
		four(value / 1024, 1024, "KMGT", text, size);
	return text;
}

/* +9.3%, -83%, +107%, x12.3; or the sign of no difference. */
static const char *delta_text(const struct table_cell *cell, bool interval, char *text, size_t size)
{
	double pct = stats_percent(cell->ratio.log_ratio), factor = exp(cell->ratio.log_ratio);
	double half = 50 * (exp(cell->ratio.hi) - exp(cell->ratio.lo));
	char error[24] = "";

	if (!cell->compared || cell->verdict == STATS_SAME || cell->verdict == STATS_OPEN) {
		snprintf(text, size, "%s",
			 !cell->compared	       ? ""
			 : cell->verdict == STATS_SAME ? "~"
						       : "?");
		return text;
	}
	if (pct >= 899.5)
		half /= factor;
	if (interval)
		snprintf(error, sizeof(error), "+-%.*f", pct < 99.5 && half < 9.95, half);
	if (pct >= 899.5)
		snprintf(text, size, "x%.*f%s%s", factor < 99.95, factor, error,
			 interval ? "%" : "");
	else
		snprintf(text, size, "%+.*f%s%%", fabs(pct) < 9.95, pct, error);
	return text;
}

static void put_row(FILE *out, const struct table_row *row)
{
	static const enum results_class classes[] = { RESULTS_CLASS_RAM, RESULTS_CLASS_MAPPED,
						      RESULTS_CLASS_MISS };
	const struct table_cell *all = &row->cells[RESULTS_CLASS_ALL];
	const struct table_cell *update = &row->cells[RESULTS_CLASS_UPDATE];
	char value[16], delta[40], line[256];
	bool fits = strlen(row->label) <= 12; /* if not, its numbers go below it */
	int len;

	if (!fits) {
		snprintf(line, sizeof(line), "%s", row->label);
		ascii(line);
		fprintf(out, "%s\n", line);
	}
	len = snprintf(line, sizeof(line), "%-12s%c%4s %10s", fits ? row->label : "",
		       row->run->kernel_ok ? ' ' : '!',
		       cycles_text(all->run ? all->cycles.value : NAN, value, sizeof(value)),
		       delta_text(all, true, delta, sizeof(delta)));
	for (int i = 0; i < 3; i++) {
		const struct table_cell *cell = &row->cells[classes[i]];

		len += snprintf(
			line + len, sizeof(line) - (size_t)len, " %4s %5s",
			cycles_text(cell->run ? cell->cycles.value : NAN, value, sizeof(value)),
			delta_text(cell, false, delta, sizeof(delta)));
	}
	len += snprintf(line + len, sizeof(line) - (size_t)len, " %4s",
			bytes_text(row->run->bytes, value, sizeof(value)));
	snprintf(line + len, sizeof(line) - (size_t)len, " %4s",
		 cycles_text(update->run ? update->cycles.value : NAN, value, sizeof(value)));
	ascii(line);
	fprintf(out, "%s\n", line);
}

static void put_block(FILE *out, const struct table_block *block)
{
	const struct results_run *first = block->first;

	fputc('\n', out);
	wrapped(out, "  ", "", "%s: %llu slots, mode %s, %s, sha256 %.12s", block->trace->name,
		(unsigned long long)first->slots, results_mode_names[first->mode],
		table_layers(block), block->trace->sha256);
	fprintf(out, "%13s%4s %10s %4s %5s %4s %5s %4s %5s %4s %4s\n", "", "all", "", "ram", "",
		"map", "", "miss", "", "mem", "upd");
	for (size_t r = 0; r < block->nr_rows; r++)
		put_row(out, &block->rows[r]);
}

static void put_head(FILE *out, const struct table *t)
{
	struct report_words words;

	fputs("slotsim: TSC ticks per lookup, median; upd: per slot change\n", out);
	for (size_t i = 0; i < t->nr_files; i++) {
		if (i && !results_machines_differ(t->files[0], t->files[i]))
			continue;
		report_words(t, t->files[i], &words);
		wrapped(out, "  ", "", "%s%s", i ? "and " : "", words.machine);
	}
	report_words(t, t->files[0], &words);
	wrapped(out, "", "", "%s", words.evidence);
	wrapped(out, "", "", "base: first row; +-: half of the 95%% interval; %s", words.legend);
}

static void put_tail(FILE *out, const struct table *t)
{
	char command[2048];

	fputs("\nTo reproduce:\n", out);
	for (size_t i = 0; i < t->nr_files; i++) {
		results_command(t->files[i], command, sizeof(command));
		fputs("  ", out);
		wrapped(out, "    ", " \\", "%s", command);
	}
}

int report_lkml(FILE *out, const struct table *table)
{
	put_head(out, table);
	for (size_t i = 0; i < table->nr_blocks; i++)
		put_block(out, &table->blocks[i]);
	put_tail(out, table);
	return 0;
}
