// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables as one page that needs nothing else: no network, no script to read it. With script, a
 * click on a heading sorts its table.
 */
#include <math.h>
#include <string.h>

#include "analysis/report.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>slotsim report</title>\n<style>\n"
	"body { font: 15px/1.45 system-ui, sans-serif; color: #111; background: #fff; "
	"max-width: 62em; margin: 2em auto; padding: 0 1em }\n"
	"table { border-collapse: collapse; margin: .6em 0; font-variant-numeric: tabular-nums }\n"
	"caption { text-align: left; color: #444; padding-bottom: .3em }\n"
	"th, td { padding: .2em .6em; text-align: right; border-bottom: 1px solid #ddd; "
	"white-space: nowrap }\n"
	"th:first-child, td:first-child { text-align: left }\n"
	"tbody tr.base { background: #f2f2f2 }\n"
	"td { vertical-align: top }\nsmall { color: #555 }\n"
	"pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; "
	"padding: .6em }\n"
	"th button { font: inherit; font-weight: bold; border: 0; background: none; padding: 0; "
	"cursor: pointer }\n"
	"th[aria-sort=ascending] button::after { content: \" \\2191\" }\n"
	"th[aria-sort=descending] button::after { content: \" \\2193\" }\n"
	"div.wide { overflow-x: auto }\nsvg { max-width: 100%; height: auto }\n"
	"</style></head><body>\n<h1>Memory slot lookups: TSC ticks per lookup</h1>\n";

static const char script[] =
	"<script>\n"
	"for (const th of document.querySelectorAll('th')) {\n"
	"  const button = document.createElement('button');\n"
	"  button.textContent = th.textContent;\n"
	"  th.replaceChildren(button);\n"
	"  button.onclick = () => {\n"
	"    const body = th.closest('table').tBodies[0], at = th.cellIndex;\n"
	"    const up = th.getAttribute('aria-sort') !== 'ascending';\n"
	"    const key = row => row.cells[at].dataset.v;\n"
	"    const order = (a, b) => {\n"
	"      const x = key(a), y = key(b), nx = parseFloat(x), ny = parseFloat(y);\n"
	"      if (x === '' || y === '') return (x === '') - (y === '');\n"
	"      return (up ? 1 : -1) * (isNaN(nx) ? x.localeCompare(y) : nx - ny);\n"
	"    };\n"
	"    for (const other of th.parentNode.cells) other.removeAttribute('aria-sort');\n"
	"    th.setAttribute('aria-sort', up ? 'ascending' : 'descending');\n"
	"    body.append(...[...body.rows].sort(order));\n"
	"  };\n"
	"}\n"
	"</script>\n";

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("&<>\"", *text))
			fprintf(out, "&#%d;", *text);
		else
			fputc((unsigned char)*text < ' ' ? '?' : *text, out);
	}
}

/* A number with its place in the order of its column; missing numbers sort last. */
static void put_value(FILE *out, double value, const char *shown)
{
	if (isfinite(value))
		fprintf(out, "<td data-v=\"%.9g\">%s</td>", value, shown);
	else
		fputs("<td data-v=\"\">-</td>", out);
}

static void put_cell(FILE *out, const struct table_cell *cell)
{
	const struct stats_ratio *r = &cell->ratio;
	char shown[160];
	int len = snprintf(shown, sizeof(shown), "%.4g", cell->cycles.value);

	if (cell->compared && (cell->verdict == STATS_SAME || cell->verdict == STATS_OPEN))
		snprintf(shown + len, sizeof(shown) - (size_t)len, " <small>%s</small>",
			 cell->verdict == STATS_SAME ? "~" : "?");
	else if (cell->compared)
		snprintf(shown + len, sizeof(shown) - (size_t)len,
			 " %+.1f%%<br><small>[%+.1f, %+.1f]</small>", stats_percent(r->log_ratio),
			 stats_percent(r->lo), stats_percent(r->hi));
	put_value(out, cell->run ? cell->cycles.value : NAN, shown);
}

static void put_row(FILE *out, const struct table_row *row, bool base)
{
	const double others[] = { row->run->bytes, row->run->lines, row->run->depth };

	fprintf(out, "<tr%s><td data-v=\"", base ? " class=\"base\"" : "");
	put_text(out, row->label);
	fputs("\">", out);
	put_text(out, row->label);
	fputs(row->run->kernel_ok ? "</td>" : " !</td>", out);
	for (int c = 0; c < RESULTS_NR_CLASSES; c++)
		put_cell(out, &row->cells[c]);
	for (int i = 0; i < 3; i++) {
		char shown[32];

		snprintf(shown, sizeof(shown), i ? "%.1f" : "%.0f", others[i]);
		put_value(out, others[i], shown);
	}
	fputs("</tr>\n", out);
}

static void put_block(FILE *out, const struct table_block *block, const char *svg)
{
	const struct results_run *first = block->first;
	char sha256[] = ", sha256 012345678901";

	fputs("<h2>", out);
	put_text(out, block->trace->name);
	fprintf(out, "</h2>\n<div class=\"wide\"><table>\n<caption>%llu slots, mode %s, ",
		(unsigned long long)first->slots, results_mode_names[first->mode]);
	put_text(out, table_layers(block));
	snprintf(sha256, sizeof(sha256), ", sha256 %s", block->trace->sha256);
	put_text(out, sha256);
	fputs("</caption>\n<thead><tr><th>structure</th>", out);
	for (int c = 0; c < RESULTS_NR_CLASSES; c++)
		fprintf(out, "<th>%s</th>", results_class_names[c]);
	fputs("<th>bytes</th><th>lines</th><th>depth</th></tr></thead>\n<tbody>\n", out);
	for (size_t r = 0; r < block->nr_rows; r++)
		put_row(out, &block->rows[r], r == 0);
	fputs("</tbody></table></div>\n", out);
	if (svg && strstr(svg, "<svg"))
		fprintf(out, "<figure>%s</figure>\n", strstr(svg, "<svg"));
}

static void put_files(FILE *out, const struct table *table)
{
	struct report_words words;
	char command[2048];

	for (size_t i = 0; i < table->nr_files; i++) {
		report_words(table, table->files[i], &words);
		results_command(table->files[i], command, sizeof(command));
		fputs("<p>", out);
		put_text(out, words.machine);
		fputs("</p>\n<pre>", out);
		put_text(out, command);
		fputs("</pre>\n", out);
	}
}

int report_html(FILE *out, const struct table *table, char *const *svgs)
{
	struct report_words words;

	report_words(table, table->files[0], &words);
	fputs(head, out);
	fputs("<p>Median; update: per slot change. The change against the first row stands with "
	      "its 95 % interval. ",
	      out);
	put_text(out, words.legend);
	fputs(".</p>\n<p>", out);
	put_text(out, words.evidence);
	fputs(".</p>\n", out);
	put_files(out, table);
	for (size_t i = 0; i < table->nr_blocks; i++)
		put_block(out, &table->blocks[i], svgs[i]);
	fputs(script, out);
	fputs("</body></html>\n", out);
	return 0;
}
