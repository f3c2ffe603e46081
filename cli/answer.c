// SPDX-License-Identifier: GPL-2.0-only
/*
 * slotsim answer: the questions of 2011, for these traces.
 *
 * What measures is `slotsim replay` over the whole factorial in one interleaved run. With --slots
 * each trace is first transplanted, as convert --remap does it, into layouts of so many slots.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/answer.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "plots/scratch.h"
#include "replay/process.h"
#include "trace/file.h"
#include "workloads/recipe.h"
#include "workloads/remap.h"

static const char *given, *format = "text", *slots_text, *keep, *best = ANSWER_DEFAULT_BEST;
static double threshold_pct = STATS_THRESHOLD_PCT;
static uint64_t repeats = 3, processes = 6;
static bool force;

static const struct opt opts[] = {
	{ "slots", 0, OPT_STRING, &slots_text, "N,..",
	  "each trace transplanted into layouts of N slots, as convert --remap N does" },
	{ "best", 'x', OPT_STRING, &best, "INDEX", "the structure held against the old ones" },
	{ "format", 'f', OPT_STRING, &format, "FORMAT", "text (the default) or json" },
	{ "keep", 0, OPT_STRING, &keep, "DIR",
	  "keep results.json and transplanted traces there, for report and plot" },
	{ "results", 0, OPT_STRING, &given, "RESULTS",
	  "measure nothing: answer from these, which --keep kept" },
	{ "threshold", 't', OPT_PERCENT, &threshold_pct, "PCT",
	  "smaller differences are called none (2%)" },
	{ "repeats", 'r', OPT_NUMBER, &repeats, "N", "measured passes in each process (3)" },
	{ "processes", 0, OPT_NUMBER, &processes, "N", "fresh processes (6)" },
	{ "force", 0, OPT_FLAG, &force, NULL,
	  "replace what DIR holds; time traces that are too short for it" },
	{ 0 },
};

static const struct usage usage = {
	.command = "answer",
	.operands = "[TRACE...]",
	.summary = "Answer the memory slot questions of 2011 for these traces.",
	.details = "A. how much fast misses win; B. with cached misses on top; C. a size-sorted "
		   "array\n"
		   "against the tree; whether cached misses alone bring the improvement; what a "
		   "slot\n"
		   "change costs; the longest search; and how much of the fault time it is about.",
	.opts = opts,
};

enum { MAX_TRACES = 256, MAX_WORDS = MAX_TRACES + 24, MAX_SIZES = 32 };

/* What is replayed: paths as given, or of transplanted traces. */
static char *traces[MAX_TRACES + 1];
static int nr_traces;

static int add_trace(const char *path)
{
	if (nr_traces == MAX_TRACES)
		return cli_error(EXIT_USAGE, "more than %d traces", MAX_TRACES);
	traces[nr_traces] = strdup(path);
	return traces[nr_traces++] ? EXIT_DONE : cli_error(EXIT_RUNTIME, "out of memory");
}

/* ---- transplanting ---- */

static int transplant(const struct trace *trace, const char *size, const char *folder)
{
	struct layout layout;
	struct remapped done;
	char path[PATH_MAX];
	struct diag d;
	int rc = recipe_layout(size, &layout, &d);

	if (rc < 0)
		return cli_fail(&d);
	snprintf(path, sizeof(path), "%s/%.100s-%s.pack", folder, trace->name, size);
	rc = remap(trace, &layout, path, force, &done, &d);
	layout_free(&layout);
	return rc < 0 ? cli_fail(&d) : add_trace(path);
}

/* The numbers of --slots; a recipe's name is no number of slots. */
static int split_sizes(char *text, const char **sizes, int *nr)
{
	for (char *size; (size = strsep(&text, ","));) {
		if (*nr == MAX_SIZES || !*size || size[strspn(size, "0123456789")])
			return cli_error(EXIT_USAGE, "--slots: '%s' is no number of slots", size);
		sizes[(*nr)++] = size;
	}
	return EXIT_DONE;
}

static int transplant_one(const char *path, const char *const *sizes, int nr, const char *folder)
{
	struct trace *trace = NULL;
	struct diag d;
	int code = EXIT_DONE;

	if (cli_load(path, 0, &trace, &d) < 0)
		return cli_fail(&d);
	for (int i = 0; !code && i < nr && !cli_interrupted(); i++)
		code = transplant(trace, sizes[i], folder);
	trace_free(trace);
	return code;
}

static int transplant_all(char *const *paths, int nr_paths, const char *folder)
{
	const char *sizes[MAX_SIZES];
	char *text = strdup(slots_text);
	int nr = 0, code = text ? split_sizes(text, sizes, &nr) : EXIT_RUNTIME;

	for (int i = 0; !code && i < nr_paths; i++)
		code = transplant_one(paths[i], sizes, nr, folder);
	free(text);
	return cli_interrupted() ? EXIT_INTERRUPTED : code;
}

/* ---- measuring ---- */

static int keep_results(const json_t *doc)
{
	char path[PATH_MAX];
	struct output *out;
	struct diag d;

	snprintf(path, sizeof(path), "%s/results.json", keep);
	if (output_open(path, force, &out, &d) < 0)
		return cli_fail(&d);
	json_dumpf(doc, output_stream(out), JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	return output_commit(out, &d) < 0 ? cli_fail(&d) : EXIT_DONE;
}

static int measure(json_t **doc)
{
	char indexes[128], passes[24], fresh[24];
	const char *argv[MAX_WORDS] = { "/proc/self/exe",
					"replay",
					"-q",
					"-x",
					indexes,
					"--cache",
					ANSWER_LAYERS,
					"--mode",
					ANSWER_MODES,
					"-r",
					passes,
					"--processes",
					fresh },
		   *set[] = { NULL };
	struct diag d;
	int n = 0;

	snprintf(indexes, sizeof(indexes), ANSWER_INDEXES, best);
	snprintf(passes, sizeof(passes), "%llu", (unsigned long long)repeats);
	snprintf(fresh, sizeof(fresh), "%llu", (unsigned long long)processes);
	while (argv[n])
		n++;
	if (force)
		argv[n++] = "--force";
	for (int i = 0; i < nr_traces; i++)
		argv[n++] = traces[i];
	cli_verbose("slotsim replay -x %s --cache %s --mode %s TRACE...", indexes, ANSWER_LAYERS,
		    ANSWER_MODES);
	if (process_json(argv, set, doc, &d))
		return *d.text ? cli_fail(&d) : (int)d.code;
	return keep ? keep_results(*doc) : EXIT_DONE;
}

static int measure_in(const char *folder, char *const *paths, int nr, json_t **doc)
{
	int code = EXIT_DONE;

	if (slots_text)
		code = transplant_all(paths, nr, folder);
	for (int i = 0; !slots_text && !code && i < nr; i++)
		code = add_trace(paths[i]);
	if (!code)
		code = measure(doc);
	while (nr_traces)
		free(traces[--nr_traces]);
	return code;
}

/* Without --keep the transplanted traces lie in a folder that goes again. */
static int measure_all(char *const *paths, int nr, json_t **doc)
{
	char folder[PATH_MAX];
	struct diag d;
	int code;

	if (keep && mkdir(keep, 0777) < 0 && errno != EEXIST)
		return cli_error(EXIT_RUNTIME, "%s: %s", keep, strerror(errno));
	if (keep)
		return measure_in(keep, paths, nr, doc);
	if (scratch_make(folder, sizeof(folder), &d) < 0)
		return cli_fail(&d);
	code = measure_in(folder, paths, nr, doc);
	scratch_remove(folder);
	return code;
}

/* ---- answering ---- */

static int get_results(char *const *paths, int nr, struct results **results)
{
	json_t *doc = NULL;
	struct diag d;
	int code;

	if (given)
		return results_load(given, results, &d) < 0 ? cli_fail(&d) : EXIT_DONE;
	code = measure_all(paths, nr, &doc);
	if (code)
		return code;
	return results_take("slotsim replay", doc, results, &d) < 0 ? cli_fail(&d) : EXIT_DONE;
}

static int say(const struct results *results)
{
	struct answer *answer;
	struct diag d;
	int rc;

	if (answer_make(results, best, threshold_pct, &answer, &d) < 0)
		return cli_fail(&d);
	rc = strcmp(format, "json") ? answer_text(stdout, answer) : answer_json(stdout, answer);
	answer_free(answer);
	return rc ? cli_error(EXIT_RUNTIME, "%s", strerror(-rc)) : EXIT_DONE;
}

int cmd_answer(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), code;
	struct results *results = NULL;

	if (first < 0)
		return cli_parse_exit(first);
	if (strcmp(format, "text") && strcmp(format, "json"))
		return cli_error(EXIT_USAGE, "no format '%s'; there are text and json", format);
	if (given && (first != argc || slots_text || keep))
		return cli_error(EXIT_USAGE, "--results measures nothing: no traces, --slots or "
					     "--keep with it");
	if (!given && first == argc)
		return cli_error(EXIT_USAGE, "no trace named; see slotsim answer --help");
	cli_catch_signals();
	code = get_results(argv + first, argc - first, &results);
	if (code)
		return code;
	code = say(results);
	results_free(results);
	return code;
}
