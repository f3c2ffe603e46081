// SPDX-License-Identifier: GPL-2.0-only
/* slotsim plot: results as figures. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "plots/figure.h"
#include "plots/scratch.h"

enum { MAX_NAMES = 32 };

static const char *kinds_text = "svg", *folder, *figures_text;
static struct table_options options = { .threshold_pct = STATS_THRESHOLD_PCT };
static bool force;

static const struct opt opts[] = {
	{ "type", 'T', OPT_STRING, &kinds_text, "TYPE,..", "svg (the default), png, pdf, dumb" },
	{ "output", 'o', OPT_STRING, &folder, "DIR",
	  "where to draw, made if absent (.); without it dumb is printed" },
	{ "figure", 'F', OPT_STRING, &figures_text, "NAME,..", "only these figures" },
	{ "force", 0, OPT_FLAG, &force, NULL, "overwrite pictures" },
	{ "baseline", 'b', OPT_STRING, &options.baseline, "NAME",
	  "compare with this structure or era (rbtree)" },
	{ "threshold", 't', OPT_PERCENT, &options.threshold_pct, "PCT",
	  "smaller differences are called none (2%)" },
	{ "unlike-machines", 0, OPT_FLAG, &options.unlike_machines, NULL,
	  "take results of several machines, kept apart" },
	{ 0 },
};

static const struct usage usage = {
	.command = "plot",
	.operands = "RESULTS...",
	.summary = "Draw the results of slotsim replay with gnuplot.",
	.details = "Beside each picture lies its table, NAME.tsv, whose first line is the command "
		   "that draws it again.",
	.opts = opts,
};

/* Cut a list at its commas; false if it has too many names. */
static bool split(char *text, const char **names)
{
	int nr = 0;

	for (char *name; (name = strsep(&text, ","));) {
		if (nr == MAX_NAMES)
			return false;
		names[nr++] = name;
	}
	names[nr] = NULL;
	return true;
}

static int check_kinds(const char *const *kinds)
{
	static const char known[] = " svg png pdf dumb ";

	for (; *kinds; kinds++) {
		char word[32];

		snprintf(word, sizeof(word), " %s ", *kinds);
		if (!**kinds || !strstr(known, word))
			return cli_error(EXIT_USAGE, "no picture type '%s'; there are%s", *kinds,
					 known);
	}
	return EXIT_DONE;
}

static int check_figures(const char *const *names)
{
	char known[512] = "";
	size_t len = 0;

	for (size_t i = 0; figures[i] && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, " %s", figures[i]->name);
	for (; *names; names++)
		if (!figure_named(*names))
			return cli_error(EXIT_USAGE, "no figure '%s'; there are%s", *names, known);
	return EXIT_DONE;
}

static void tell(void *to, const char *path, const struct table_block *block)
{
	(void)to;
	(void)block;
	cli_note("%s", path);
}

static void print_picture(void *to, const char *path, const struct table_block *block)
{
	char line[512];
	FILE *in = fopen(path, "r");

	(void)to;
	(void)block;
	while (in && fgets(line, sizeof(line), in))
		fputs(line, stdout);
	if (in)
		fclose(in);
}

static bool is_wanted(const struct figure *figure, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(*names, figure->name))
			return true;
	return false;
}

static int draw_all(const struct table *table, const struct figure_options *how,
		    const char *const *names)
{
	size_t total = 0;

	for (size_t i = 0; figures[i]; i++) {
		struct diag d;
		size_t nr;

		if (*names && !is_wanted(figures[i], names))
			continue;
		if (figure_draw(figures[i], table, how, &nr, &d) < 0)
			return cli_fail(&d);
		if (!nr && *names)
			cli_warn("figure %s needs %s", figures[i]->name, figures[i]->needs);
		total += nr;
	}
	return total ? EXIT_DONE : cli_error(EXIT_INPUT, "the results hold nothing to draw");
}

/* Pictures that are only printed are drawn in a folder that goes again. */
static int draw_and_print(const struct table *table, struct figure_options *how,
			  const char *const *names)
{
	char path[PATH_MAX];
	struct diag d;
	int code;

	if (scratch_make(path, sizeof(path), &d) < 0)
		return cli_fail(&d);
	how->folder = path;
	how->drawn = print_picture;
	code = draw_all(table, how, names);
	scratch_remove(path);
	return code;
}

static int draw(const struct table *table, const char *const *kinds, const char *const *names)
{
	struct figure_options how = {
		.folder = folder ? folder : ".", .kinds = kinds, .force = force, .drawn = tell
	};

	if (!folder && !kinds[1] && !strcmp(kinds[0], "dumb"))
		return draw_and_print(table, &how, names);
	if (folder && mkdir(folder, 0777) < 0 && errno != EEXIST)
		return cli_error(EXIT_RUNTIME, "%s: %s", folder, strerror(errno));
	return draw_all(table, &how, names);
}

static int load_and_draw(int nr, char *const *paths, const char *const *kinds,
			 const char *const *names)
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
		code = draw(table, kinds, names);
		table_free(table);
	}
	inputs_free(&inputs);
	return code;
}

int cmd_plot(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), code;
	const char *kinds[MAX_NAMES + 1], *names[MAX_NAMES + 1] = { NULL };
	char *kinds_copy, *names_copy;

	if (first < 0)
		return cli_parse_exit(first);
	kinds_copy = strdup(kinds_text);
	names_copy = figures_text ? strdup(figures_text) : NULL;
	if (!kinds_copy || (figures_text && !names_copy))
		code = cli_error(EXIT_RUNTIME, "out of memory");
	else if (!split(kinds_copy, kinds) || (names_copy && !split(names_copy, names)))
		code = cli_error(EXIT_USAGE, "at most %d names in a list", MAX_NAMES);
	else
		code = check_kinds(kinds);
	if (!code)
		code = check_figures(names);
	if (!code)
		code = load_and_draw(argc - first, argv + first, kinds, names);
	free(kinds_copy);
	free(names_copy);
	return code;
}
