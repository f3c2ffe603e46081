// SPDX-License-Identifier: GPL-2.0-only
/* slotsim report: results as tables, for people and programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/jobs.h"
#include "plots/figure.h"
#include "trace/file.h"

static const char *format = "lkml", *output = "-", *jobs;
static struct table_options options = { .threshold_pct = STATS_THRESHOLD_PCT };
static bool force, missing;

static const struct opt opts[] = {
	{ "format", 'f', OPT_STRING, &format, "FORMAT", "lkml (the default), md, csv, json, html" },
	{ "output", 'o', OPT_STRING, &output, "FILE", "where to write; - is stdout" },
	{ "force", 0, OPT_FLAG, &force, NULL, "overwrite FILE" },
	{ "baseline", 'b', OPT_STRING, &options.baseline, "NAME",
	  "compare with this structure or era (rbtree)" },
	{ "threshold", 't', OPT_PERCENT, &options.threshold_pct, "PCT",
	  "smaller differences are called none (2%)" },
	{ "jobs", 0, OPT_STRING, &jobs, "LIST",
	  "take the results of the jobs in LIST, which replay --jobs printed; all must be there" },
	{ "missing", 0, OPT_FLAG, &missing, NULL,
	  "with --jobs: no report, but the jobs whose results are missing" },
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

static int print_missing(const struct job_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!list->jobs[i].done)
			puts(list->jobs[i].line);
	return EXIT_DONE;
}

static int report_missing(const struct job_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!list->jobs[i].done)
			cli_error(EXIT_INPUT, "%s is missing", list->jobs[i].results);
	return cli_error(EXIT_INPUT,
			 "%zu of %zu jobs left no results; --missing prints them, to run again",
			 list->nr_missing, list->nr);
}

static int report(int nr, char *const *paths, int which)
{
	struct inputs inputs;
	struct table *table;
	struct diag d;
	int code = inputs_load(&inputs, nr, paths);

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

static int report_jobs(int which)
{
	struct job_list list;
	int code = jobs_read(jobs, &list);
	char **paths = calloc(list.nr + 1, sizeof(*paths));

	for (size_t i = 0; paths && i < list.nr; i++)
		paths[i] = list.jobs[i].results;
	if (!code && missing)
		code = print_missing(&list);
	else if (!code && list.nr_missing)
		code = report_missing(&list);
	else if (!code)
		code = paths ? report((int)list.nr, paths, which)
			     : cli_error(EXIT_RUNTIME, "out of memory");
	free(paths);
	jobs_free(&list);
	return code;
}

int cmd_report(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), which;

	if (first < 0)
		return cli_parse_exit(first);
	which = format_named(format);
	if (which < 0)
		return cli_error(EXIT_USAGE, "no format '%s'; there are lkml md csv json html",
				 format);
	if (missing && !jobs)
		return cli_error(EXIT_USAGE, "--missing goes with --jobs");
	if (jobs && first < argc)
		return cli_error(EXIT_USAGE, "--jobs names the results already: leave out %s",
				 argv[first]);
	return jobs ? report_jobs(which) : report(argc - first, argv + first, which);
}
