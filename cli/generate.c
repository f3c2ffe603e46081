// SPDX-License-Identifier: GPL-2.0-only
/* slotsim generate: a synthetic trace from a recipe. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "workloads/generate.h"

static uint64_t seed = UINT64_MAX, events;
static double mix = -1;
static bool force;
static const char *output;

static const struct opt opts[] = {
	{ "output", 'o', OPT_STRING, &output, "TRACE",
	  "where to; *.pack and *.pack.zst are packed" },
	{ "seed", 's', OPT_NUMBER, &seed, "N", "instead of the recipe's" },
	{ "events", 'n', OPT_NUMBER, &events, "N",
	  "instead of the recipe's; phases stretch in proportion" },
	{ "mix", 'm', OPT_PERCENT, &mix, "PCT",
	  "the dial, instead of the recipe's mix: 0% is memory, 100% emulated I/O" },
	{ "force", 0, OPT_FLAG, &force, NULL, "replace TRACE if it exists" },
	{ 0 },
};

static const struct usage usage = {
	.command = "generate",
	.operands = "RECIPE",
	.summary = "Generate a synthetic trace from a recipe (workloads/recipes/, "
		   "docs/recipe-format.md).",
	.details =
		"The same recipe, seed and number of events give the same trace on every machine.",
	.opts = opts,
};

static bool go_on(uint64_t done)
{
	if (cli_progress() && done)
		fprintf(stderr, "\r%" PRIu64 " events", done);
	return !cli_interrupted();
}

static int run(const struct recipe *recipe)
{
	const struct generate_options options = {
		.events = events ? events : recipe->events,
		.seed = seed != UINT64_MAX ? seed : recipe->seed,
		.force = force,
		.go_on = go_on,
	};
	struct generated done;
	struct diag d;

	cli_catch_signals();
	if (generate(recipe, output, &options, &done, &d) < 0)
		return cli_fail(&d);
	if (cli_progress())
		fputc('\r', stderr);
	cli_note("%s: %" PRIu64 " events, %zu slots, %" PRIu64 " slot changes, seed %" PRIu64,
		 output, done.events, recipe->layout.nr_slots, done.changes, options.seed);
	return cli_interrupted() ? EXIT_INTERRUPTED : EXIT_DONE;
}

int cmd_generate(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), code;
	struct recipe *recipe;
	struct diag d;
	double dial;

	if (first < 0)
		return cli_parse_exit(first);
	if (argc - first != 1 || !output)
		return cli_error(EXIT_USAGE,
				 "needs one RECIPE and -o TRACE; see slotsim generate --help");
	if (mix > 100)
		return cli_error(EXIT_USAGE, "--mix ends at 100%%");
	if (seed != UINT64_MAX && seed > INT64_MAX)
		return cli_error(EXIT_USAGE, "--seed ends at 2^63 - 1");
	dial = mix / 100;
	if (recipe_load(argv[first], mix < 0 ? NULL : &dial, &recipe, &d) < 0)
		return cli_fail(&d);
	code = run(recipe);
	recipe_free(recipe);
	return code;
}
