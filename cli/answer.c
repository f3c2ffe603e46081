// SPDX-License-Identifier: GPL-2.0-only
/*
 * slotsim answer: the questions of 2011, for these traces.
 *
 * What measures is `slotsim replay` over the whole factorial in one interleaved run.
 */
#include <stdio.h>
#include <string.h>

#include "analysis/answer.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "replay/process.h"
#include "trace/file.h"

static const char *given, *format = "text", *slots, *keep, *best = ANSWER_DEFAULT_BEST;
static double threshold_pct = ANSWER_THRESHOLD_PCT;
static uint64_t repeats = 2, processes = 12;
static bool force;

static const struct opt opts[] = {
	{ "slots", 0, OPT_STRING, &slots, "N,..", CLI_SLOTS_OPTION },
	{ "best", 'x', OPT_STRING, &best, "INDEX", "the structure held against the old ones" },
	{ "format", 'f', OPT_STRING, &format, "FORMAT", "text (the default) or json" },
	{ "keep", 0, OPT_STRING, &keep, "RESULTS",
	  "write what was measured there too, for report and plot" },
	{ "results", 0, OPT_STRING, &given, "RESULTS",
	  "measure nothing: answer from these, which --keep kept" },
	{ "threshold", 't', OPT_PERCENT, &threshold_pct, "PCT",
	  "smaller differences are called none (5%)" },
	{ "repeats", 'r', OPT_NUMBER, &repeats, "N", "measured passes in each process (2)" },
	{ "processes", 0, OPT_NUMBER, &processes, "N", "fresh processes (12)" },
	{ "force", 0, OPT_FLAG, &force, NULL,
	  "replace RESULTS; time traces that are too short for it" },
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

enum { MAX_TRACES = 256, MAX_WORDS = MAX_TRACES + 24 };

static int keep_results(const json_t *doc)
{
	struct output *out;
	struct diag d;

	if (output_open(keep, force, &out, &d) < 0)
		return cli_fail(&d);
	json_dumpf(doc, output_stream(out), JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	fputc('\n', output_stream(out));
	return output_commit(out, &d) < 0 ? cli_fail(&d) : EXIT_DONE;
}

static int measure(char *const *paths, int nr, json_t **doc)
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
	if (slots) {
		argv[n++] = "--slots";
		argv[n++] = slots;
	}
	for (int i = 0; i < nr; i++)
		argv[n++] = paths[i];
	cli_verbose("slotsim replay -x %s --cache %s --mode %s TRACE...", indexes, ANSWER_LAYERS,
		    ANSWER_MODES);
	if (process_json(argv, set, doc, &d))
		return *d.text ? cli_fail(&d) : (int)d.code;
	return keep ? keep_results(*doc) : EXIT_DONE;
}

static int get_results(char *const *paths, int nr, struct results **results)
{
	json_t *doc = NULL;
	struct diag d;
	int code;

	if (given)
		return results_load(given, results, &d) < 0 ? cli_fail(&d) : EXIT_DONE;
	code = measure(paths, nr, &doc);
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
	if (given && (first != argc || slots || keep))
		return cli_error(EXIT_USAGE, "--results measures nothing: no traces, --slots or "
					     "--keep with it");
	if (!given && first == argc)
		return cli_error(EXIT_USAGE, "no trace named; see slotsim answer --help");
	if (argc - first > MAX_TRACES)
		return cli_error(EXIT_USAGE, "more than %d traces", MAX_TRACES);
	code = get_results(argv + first, argc - first, &results);
	if (code)
		return code;
	code = say(results);
	results_free(results);
	return code;
}
