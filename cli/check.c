// SPDX-License-Identifier: GPL-2.0-only
/* slotsim check: is a trace valid, complete and lossless? */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "trace/trace.h"

static const struct opt opts[] = { { 0 } };

static const struct usage usage = {
	.command = "check",
	.operands = "TRACE...",
	.summary = "Check that traces are valid, complete and lossless; exit 3 if one is not.",
	.opts = opts,
};

static int check_one(const char *path)
{
	struct trace *trace = NULL;
	struct diag d;

	if (cli_load(path, 0, &trace, &d) < 0)
		return cli_fail(&d);
	cli_note("%s: ok, %zu events, %zu slots, %zu slot changes, 0 lost", path, trace->nr_events,
		 trace->nr_slots, trace->nr_changes);
	trace_free(trace);
	return EXIT_DONE;
}

int cmd_check(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), code = EXIT_DONE;

	if (first < 0)
		return cli_parse_exit(first);
	if (first == argc)
		return cli_error(EXIT_USAGE, "no trace named; see slotsim check --help");
	for (int i = first; i < argc; i++) {
		int rc = check_one(argv[i]);

		if (rc)
			code = rc;
	}
	return code;
}
