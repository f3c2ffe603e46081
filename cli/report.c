// SPDX-License-Identifier: GPL-2.0-only
/* slotsim report: results as tables, for people and programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "plots/figure.h"
#include "trace/file.h"

static const char *format = "lkml", *output = "-";
static struct table_options options = { .threshold_pct = STATS_THRESHOLD_PCT };
static bool force;

static const struct opt opts[] = {
	{ "format", 'f', OPT_STRING, &format, "FORMAT", "lkml (the default), md, csv, json, html" },
	{ "output", 'o', OPT_STRING, &output, "FILE", "where to write; - is stdout" },
	{ "force", 0, OPT_FLAG, &force, NULL, "overwrite FILE" },
	{ "baseline", 'b', OPT_STRING, &options.baseline, "NAME",
	  "compare with this structure or era (rbtree)" },
	{ "threshold", 't', OPT_PERCENT, &options.threshold_pct, "PCT",
	  "smaller differences are called none (2%)" },
	{ "unlike-machines", 0, OPT_FLAG, &options.unlike_machines, NULL,
	  "take results of several machines, kept apart" },
	{ 0 },
};

static const struct usage usage = {
	.command = "report",
	.operands = "RESULTS...",
	.summary = "Print the results of slotsim replay as a table.",
	.opts = opts,
};

/* The page holds its figures itself; without gnuplot it has none, and says so. */
static int write_html(FILE *out, const struct table *table)
{
	char **svgs = calloc(table->nr_blocks, sizeof(*svgs));
	struct diag d;
	int err;

	if (!svgs)
		return -ENOMEM;
	if (figure_svgs(figure_named("cycles"), table, svgs, &d) < 0)
		cli_warn("no figures in the page: %s", d.text);
	err = report_html(out, table, svgs);
	for (size_t i = 0; i < table->nr_blocks; i++)
		free(svgs[i]);
	free(svgs);
	return err;
}

static const struct {
	const char *name;
	int (*write)(FILE *out, const struct table *table);
} formats[] = {
	{ "lkml", report_lkml }, { "md", report_md },	 { "csv", report_csv },
	{ "json", report_json }, { "html", write_html },
};
enum { NR_FORMATS = sizeof(formats) / sizeof(formats[0]) };

static int format_named(const char *name)
{
	for (int i = 0; i < NR_FORMATS; i++)
		if (!strcmp(formats[i].name, name))
			return i;
	return -1;
}

static int write_report(const struct table *table, int which)
{
	struct output *out;
	struct diag d;

	if (output_open(output, force, &out, &d) < 0)
		return cli_fail(&d);
	if (formats[which].write(output_stream(out), table) == -ENOMEM) {
		output_abort(out);
		return cli_error(EXIT_RUNTIME, "out of memory");
	}
	return output_commit(out, &d) < 0 ? cli_fail(&d) : EXIT_DONE;
}

int cmd_report(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), which, code;
	struct inputs inputs;
	struct table *table;
	struct diag d;

	if (first < 0)
		return cli_parse_exit(first);
	which = format_named(format);
	if (which < 0)
		return cli_error(EXIT_USAGE, "no format '%s'; there are lkml md csv json html",
				 format);
	code = inputs_load(&inputs, argc - first, argv + first);
	if (code)
		return code;
	if (table_make(inputs.files, inputs.nr, &options, &table, &d) < 0) {
		code = cli_fail(&d);
	} else {
		code = write_report(table, which);
		table_free(table);
	}
	inputs_free(&inputs);
	return code;
}
