// SPDX-License-Identifier: GPL-2.0-only
/* slotsim fit: the recipe whose synthetic traces resemble a recorded one. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "trace/file.h"
#include "workloads/fit.h"

static const char *output;
static bool force;

static const struct opt opts[] = {
	{ "output", 'o', OPT_STRING, &output, "RECIPE", "where to" },
	{ "force", 0, OPT_FLAG, &force, NULL, "replace RECIPE if it exists" },
	{ 0 },
};

static const struct usage usage = {
	.command = "fit",
	.operands = "TRACE",
	.summary = "Derive a recipe from a trace: slots, mix, bursts, transitions, reuse, arrival.",
	.details = "slotsim generate RECIPE makes the synthetic twin; slotsim info --compare TRACE "
		   "TWIN\nshows how close it is.",
	.opts = opts,
};

static int write_recipe(const json_t *recipe)
{
	struct output *out;
	struct diag d;

	if (output_open(output, force, &out, &d) < 0)
		return cli_fail(&d);
	json_dumpf(recipe, output_stream(out), JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	fputc('\n', output_stream(out));
	return output_commit(out, &d) < 0 ? cli_fail(&d) : EXIT_DONE;
}

static int run(const char *path)
{
	struct trace *trace = NULL;
	struct fitted fitted;
	struct diag d;
	json_t *recipe = NULL;
	int code;

	if (cli_load(path, 0, &trace, &d) < 0)
		return cli_fail(&d);
	if (fit(trace, &recipe, &fitted, &d) < 0) {
		trace_free(trace);
		return cli_fail(&d);
	}
	code = write_recipe(recipe);
	if (code == EXIT_DONE)
		cli_note("%s: %" PRIu64 " accesses in %zu phases; %" PRIu64
			 " lookup events left out, %" PRIu64 " first touches of pages whose slot "
			 "comes and goes",
			 output, fitted.events, fitted.phases, fitted.skipped, fitted.dropped);
	json_decref(recipe);
	trace_free(trace);
	return code;
}

int cmd_fit(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv);

	if (first < 0)
		return cli_parse_exit(first);
	if (argc - first != 1 || !output)
		return cli_error(EXIT_USAGE,
				 "needs one TRACE and -o RECIPE; see slotsim fit --help");
	return run(argv[first]);
}
