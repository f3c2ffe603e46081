// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sweep as a list of commands, for whatever runs commands: a shell, GNU parallel, a batch system.
 *
 *	slotsim replay -q -o DIR/demo-9-5.17-granule.json ... -x rbtree,granule TRACE
 *	                         trace, slots, era, structure: those that the sweep names
 *
 * Jobs share nothing: each loads its trace, and its file appears when it is complete. What is
 * missing afterwards is found by name.
 */
#include "cli/jobs.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wordexp.h>

#include "analysis/shell.h"
#include "cli/choose.h"
#include "cli/load.h"
#include "replay/index/registry.h"
#include "trace/file.h"

#define BASELINE "rbtree" /* what report compares with unless told otherwise */

enum { MAX_OPTS = 64, LINE_BYTES = 3 * PATH_MAX };

/* ---- options to hand on ---- */

union value {
	const char *text;
	uint64_t number;
	bool flag;
};

static union value defaults[MAX_OPTS];

static union value value_of(const struct opt *opt)
{
	union value value = { 0 };

	if (opt->type == OPT_FLAG)
		value.flag = *(bool *)opt->value;
	else if (opt->type == OPT_STRING)
		value.text = *(const char **)opt->value;
	else
		value.number = *(uint64_t *)opt->value;
	return value;
}

void jobs_remember(const struct opt *opts)
{
	for (size_t i = 0; i < MAX_OPTS && opts[i].name; i++)
		defaults[i] = value_of(&opts[i]);
}

/* What a job's line says itself. */
static bool is_own(const struct opt *opt)
{
	static const char *const own[] = { "index", "era", "slots", "output", "jobs" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(opt->name, own[i]))
			return true;
	return false;
}

static size_t append_given(char *line, size_t len, const struct opt *opts)
{
	for (size_t i = 0; opts[i].name; i++) {
		union value value = value_of(&opts[i]);
		char word[64];

		if (is_own(&opts[i]) || !memcmp(&value, &defaults[i], sizeof(value)))
			continue;
		snprintf(word, sizeof(word), "--%s", opts[i].name);
		len = shell_append(line, LINE_BYTES, len, word);
		snprintf(word, sizeof(word), "%" PRIu64, value.number);
		if (opts[i].type != OPT_FLAG)
			len = shell_append(line, LINE_BYTES, len,
					   opts[i].type == OPT_STRING ? value.text : word);
	}
	return len;
}

/* ---- the axes ---- */

struct axis {
	char *copy;
	const char *words[CHOOSE_MAX + 1]; /* one that is NULL: nothing is said about it */
	size_t nr;
};

static int axis_add(struct axis *axis, const char *word)
{
	if (axis->nr == CHOOSE_MAX)
		return cli_error(EXIT_USAGE, "more than %d in one list", CHOOSE_MAX);
	axis->words[axis->nr++] = word;
	return EXIT_DONE;
}

static int add_all_indexes(struct axis *axis)
{
	int rc = EXIT_DONE;

	for (size_t i = 0; !rc && i < index_table_nr; i++)
		if (!index_table[i]->floor && !index_table[i]->by_hva)
			rc = axis_add(axis, index_table[i]->name);
	return rc;
}

static int add_all_eras(struct axis *axis)
{
	int rc = EXIT_DONE;

	for (const struct era *era = era_table; !rc && era->name; era++)
		rc = axis_add(axis, era->name);
	return rc;
}

static int axis_make(struct axis *axis, const char *list, int (*add_all)(struct axis *axis))
{
	char *rest, *word;
	int rc = EXIT_DONE;

	if (!list)
		return axis_add(axis, NULL);
	rest = axis->copy = strdup(list);
	if (!rest)
		return cli_error(EXIT_RUNTIME, "out of memory");
	while (!rc && (word = strsep(&rest, ",")))
		rc = add_all && !strcmp(word, "all") ? add_all(axis) : axis_add(axis, word);
	return rc;
}

/* ---- one job ---- */

/* The file's name without folder and suffixes. */
static void append_stem(char *name, const char *path, const char *ends)
{
	const char *slash = strrchr(path, '/'), *stem = slash ? slash + 1 : path;
	size_t len = strlen(name);

	snprintf(name + len, NAME_MAX - len, "%s%.*s", len ? "-" : "",
		 (int)(strcspn(stem + 1, ends) + 1), stem);
}

struct cell {
	const char *trace, *slots, *era, *index;
};

static void results_name(const struct sweep *sweep, const struct cell *cell, char *path)
{
	char name[NAME_MAX] = "";

	append_stem(name, cell->trace, ".");
	if (cell->slots)
		append_stem(name, cell->slots, "");
	if (cell->era)
		append_stem(name, cell->era, "");
	if (cell->index)
		append_stem(name, cell->index, ".");
	snprintf(path, PATH_MAX, "%.*s/%s.json", PATH_MAX - NAME_MAX - 8, sweep->folder, name);
}

static size_t append_two(char *line, size_t len, const char *option, const char *value)
{
	if (!value)
		return len;
	len = shell_append(line, LINE_BYTES, len, option);
	return shell_append(line, LINE_BYTES, len, value);
}

/* Of the line, what it writes, in @results. */
static int print_job(const struct sweep *sweep, const struct cell *cell, const char *results)
{
	char line[LINE_BYTES] = "", indexes[PATH_MAX + sizeof(BASELINE)];
	size_t len = shell_append(line, sizeof(line), 0, program_invocation_name);

	len = append_two(line, len, "replay", "-q");
	len = append_two(line, len, "-o", results);
	len = append_given(line, len, sweep->opts);
	len = append_two(line, len, "--slots", cell->slots);
	len = append_two(line, len, "--era", cell->era);
	if (cell->index) {
		snprintf(indexes, sizeof(indexes), "%s%s",
			 strcmp(cell->index, BASELINE) ? BASELINE "," : "", cell->index);
		len = append_two(line, len, "-x", indexes);
	}
	len = shell_append(line, sizeof(line), len, cell->trace);
	if (len >= sizeof(line))
		return cli_error(EXIT_USAGE, "%s: a line too long", results);
	if (strchr(line, '\n'))
		return cli_error(EXIT_USAGE, "%s: a name with a line break", results);
	puts(line);
	return EXIT_DONE;
}

struct printing {
	const struct sweep *sweep;
	struct axis indexes, slots, eras;
	char **names; /* of the results, to tell two apart */
	size_t nr;
};

static int print_cell(struct printing *p, const struct cell *cell)
{
	char path[PATH_MAX], **names;

	results_name(p->sweep, cell, path);
	for (size_t i = 0; i < p->nr; i++)
		if (!strcmp(p->names[i], path))
			return cli_error(EXIT_USAGE, "two jobs would write %s; rename a trace",
					 path);
	names = reallocarray(p->names, p->nr + 1, sizeof(*names));
	if (!names)
		return cli_error(EXIT_RUNTIME, "out of memory");
	p->names = names;
	names[p->nr] = strdup(path);
	return names[p->nr++] ? print_job(p->sweep, cell, path)
			      : cli_error(EXIT_RUNTIME, "out of memory");
}

static int print_trace(struct printing *p, const char *trace)
{
	int rc = EXIT_DONE;

	for (size_t s = 0; s < p->slots.nr; s++)
		for (size_t e = 0; e < p->eras.nr; e++)
			for (size_t i = 0; !rc && i < p->indexes.nr; i++)
				rc = print_cell(p, &(struct cell){ trace, p->slots.words[s],
								   p->eras.words[e],
								   p->indexes.words[i] });
	return rc;
}

/* What would fail in every job fails here. */
static int check(const struct sweep *sweep)
{
	static struct choice choice;
	int rc = choose(sweep->indexes, sweep->eras, NULL, NULL, &choice);

	if (!rc && sweep->slots)
		rc = cli_check_slots(sweep->slots);
	for (char *const *trace = sweep->traces; !rc && *trace; trace++)
		if (access(*trace, R_OK))
			rc = cli_error(EXIT_RUNTIME, "%s: %s", *trace, strerror(errno));
	if (!rc && mkdir(sweep->folder, 0777) && errno != EEXIST)
		rc = cli_error(EXIT_RUNTIME, "%s: %s", sweep->folder, strerror(errno));
	return rc;
}

int jobs_print(const struct sweep *sweep)
{
	struct printing p = { .sweep = sweep };
	const char *indexes = sweep->indexes || sweep->eras ? sweep->indexes : CHOOSE_INDEXES;
	int rc = check(sweep);

	if (!rc)
		rc = axis_make(&p.indexes, indexes, add_all_indexes);
	if (!rc)
		rc = axis_make(&p.slots, sweep->slots, NULL);
	if (!rc)
		rc = axis_make(&p.eras, sweep->eras, add_all_eras);
	for (char *const *trace = sweep->traces; !rc && *trace; trace++)
		rc = print_trace(&p, *trace);
	while (p.nr)
		free(p.names[--p.nr]);
	free(p.names);
	free(p.indexes.copy);
	free(p.slots.copy);
	free(p.eras.copy);
	return rc;
}

/* ---- reading it back ---- */

/* The word after -o of one line, as a shell would read it. */
static char *results_of(const char *line)
{
	char *results = NULL;
	wordexp_t words;

	if (wordexp(line, &words, WRDE_NOCMD | WRDE_UNDEF))
		return NULL;
	for (size_t i = 0; !results && i + 1 < words.we_wordc; i++)
		if (!strcmp(words.we_wordv[i], "-o"))
			results = strdup(words.we_wordv[i + 1]);
	wordfree(&words);
	return results;
}

/* Takes over @line. */
static int add_job(struct job_list *list, const char *path, char *line)
{
	struct job *jobs = reallocarray(list->jobs, list->nr + 1, sizeof(*jobs));

	if (!jobs) {
		free(line);
		return cli_error(EXIT_RUNTIME, "out of memory");
	}
	list->jobs = jobs;
	jobs[list->nr] = (struct job){ .line = line, .results = results_of(line) };
	if (!jobs[list->nr++].results)
		return cli_error(EXIT_INPUT,
				 "%s: line %zu: no job; slotsim replay --jobs prints them", path,
				 list->nr);
	jobs[list->nr - 1].done = !access(jobs[list->nr - 1].results, F_OK);
	list->nr_missing += !jobs[list->nr - 1].done;
	return EXIT_DONE;
}

int jobs_read(const char *path, struct job_list *list)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int rc = EXIT_DONE;
	struct diag d;
	FILE *in;

	*list = (struct job_list){ 0 };
	if (input_open(path, &in, &d))
		return cli_fail(&d);
	while (!rc && (n = getline(&line, &room, in)) >= 0) {
		line[n && line[n - 1] == '\n' ? n - 1 : n] = '\0';
		rc = add_job(list, path, line);
		line = NULL;
		room = 0;
	}
	free(line);
	fclose(in);
	if (!rc && !list->nr)
		rc = cli_error(EXIT_INPUT, "%s: no job; slotsim replay --jobs prints them", path);
	return rc;
}

void jobs_free(struct job_list *list)
{
	while (list->nr) {
		free(list->jobs[--list->nr].line);
		free(list->jobs[list->nr].results);
	}
	free(list->jobs);
}
