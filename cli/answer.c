// SPDX-License-Identifier: GPL-2.0-only
/*
 * slotsim answer: the questions of 2011, for these traces.
 *
 * What measures is `slotsim replay` over the whole factorial in one interleaved run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/answer.h"
#include "analysis/stats.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "replay/bump.h"
#include "replay/process.h"
#include "trace/trace.h"

static const char *given;
static double threshold_pct = STATS_THRESHOLD_PCT;
static bool force;

static const struct opt opts[] = {
	{ "results", 0, OPT_STRING, &given, "RESULTS",
	  "take these instead of measuring; made by the replay that -v shows" },
	{ "threshold", 't', OPT_PERCENT, &threshold_pct, "PCT",
	  "smaller differences are called none (2%)" },
	{ "force", 0, OPT_FLAG, &force, NULL, "time traces that are too short for it" },
	{ 0 },
};

static const struct usage usage = {
	.command = "answer",
	.operands = "TRACE...",
	.summary = "Answer the memory slot questions of 2011 for these traces.",
	.details = "A. how much fast misses win; B. with cached misses on top; C. a size-sorted "
		   "array\n"
		   "against the tree; whether cached misses alone bring the improvement; what a "
		   "slot\n"
		   "change costs; the longest search; and how much of the fault time it is about.",
	.opts = opts,
};

enum { MAX_TRACES = 256, MAX_WORDS = MAX_TRACES + 16 };

static int measure(char *const *paths, int nr, json_t **doc)
{
	const char *argv[MAX_WORDS] = { "/proc/self/exe", "replay",  "-q",	    "-x",
					ANSWER_INDEXES,	  "--cache", ANSWER_LAYERS, "--mode",
					ANSWER_MODES },
		   *set[] = { NULL };
	struct diag d;
	int n = 0;

	while (argv[n])
		n++;
	if (force)
		argv[n++] = "--force";
	for (int i = 0; i < nr; i++)
		argv[n++] = paths[i];
	cli_verbose("slotsim replay -x %s --cache %s --mode %s TRACE...", ANSWER_INDEXES,
		    ANSWER_LAYERS, ANSWER_MODES);
	return process_json(argv, set, doc, &d) ? cli_fail(&d) : EXIT_DONE;
}

/* Results of this very process, or those that were given. */
static int get_results(char *const *paths, int nr, struct results **results)
{
	json_t *doc = NULL;
	struct diag d;
	int code;

	if (given)
		return results_load(given, results, &d) ? cli_fail(&d) : EXIT_DONE;
	code = measure(paths, nr, &doc);
	if (code)
		return code;
	return results_take("slotsim replay", doc, results, &d) ? cli_fail(&d) : EXIT_DONE;
}

/* What the trace itself tells about slot changes. */
static int look_at(const char *path, const struct results *results, struct answer_trace *about)
{
	struct trace *trace = NULL;
	struct bump_cost cost;
	struct diag d;
	size_t i = 0;

	if (trace_load(path, 0, &trace, &d) < 0)
		return cli_fail(&d);
	while (i < results->nr_traces && strcmp(results->traces[i].sha256, trace->sha256))
		i++;
	if (i == results->nr_traces) {
		trace_free(trace);
		return cli_error(EXIT_USAGE, "%s: the results are of other traces", path);
	}
	if (bump_measure(trace, &cost, &d)) {
		trace_free(trace);
		return cli_fail(&d);
	}
	trace_free(trace);
	about[i] = (struct answer_trace){ cost.changes, cost.misses, cost.again, cost.shadow,
					  cost.settle_ns };
	return EXIT_DONE;
}

static int answer(char *const *paths, int nr)
{
	struct results *results = NULL;
	struct answer_trace *about;
	int code = get_results(paths, nr, &results);

	if (code)
		return code;
	about = calloc(results->nr_traces + 1, sizeof(*about));
	if (!about)
		code = cli_error(EXIT_RUNTIME, "out of memory");
	for (int i = 0; !code && i < nr; i++)
		code = look_at(paths[i], results, about);
	if (!code && answer_write(stdout, results, about, threshold_pct))
		code = cli_error(EXIT_RUNTIME, "out of memory");
	free(about);
	results_free(results);
	return code;
}

int cmd_answer(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv);

	if (first < 0)
		return cli_parse_exit(first);
	if (first == argc)
		return cli_error(EXIT_USAGE, "no trace named; see slotsim answer --help");
	if (argc - first > MAX_TRACES)
		return cli_error(EXIT_USAGE, "more than %d traces", MAX_TRACES);
	return answer(argv + first, argc - first);
}
