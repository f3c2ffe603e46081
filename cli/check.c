// SPDX-License-Identifier: GPL-2.0-only
/* slotsim check: is a trace valid, complete and lossless? */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "replay/cache/model.h"
#include "trace/trace.h"

static bool model;

static const struct opt opts[] = {
	{ "model", 'm', OPT_FLAG, &model, NULL,
	  "compare our model of KVM's miss caches with the kernel's own tags" },
	{ 0 },
};

static const struct usage usage = {
	.command = "check",
	.operands = "TRACE...",
	.summary = "Check that traces are valid, complete and lossless; exit 3 if one is not.",
	.opts = opts,
	.details =
		"With --model the cache layers of the kernel that recorded a trace are replayed "
		"over its\naccesses, and the table says which of miss, miss_stale, miss_spte and "
		"miss_vcpu the kernel\nand the model gave how often.",
};

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

static void print_disagreements(const struct model_report *report)
{
	for (int kernel = 0; kernel < MODEL_NR_TAGS; kernel++)
		for (int tag = 0; tag < MODEL_NR_TAGS; tag++)
			if (kernel != tag && report->tags[kernel][tag])
				printf("  %8" PRIu64 "  kernel %s, model %s: %s\n",
				       report->tags[kernel][tag], trace_op_names[model_ops[kernel]],
				       trace_op_names[model_ops[tag]], model_reason(kernel, tag));
}

static int check_model(const struct trace *trace)
{
	struct model_report report;
	struct diag d;

	if (model_compare(trace, &report, &d) < 0)
		return cli_fail(&d);
	printf("%s: era %s, layers %s: %" PRIu64 " of %" PRIu64 " tags agree, %.3f%%\n",
	       trace->name, report.era->name, report.layers, report.agreed, report.accesses,
	       percent(report.agreed, report.accesses));
	print_disagreements(&report);
	printf("  reached the slots: kernel %" PRIu64 ", model %" PRIu64 "\n", report.searched,
	       report.searched_model);
	printf("  not judged: %" PRIu64 " of pages cached before the trace began, %" PRIu64
	       " that the capture could not tell apart\n",
	       report.cold, report.blind);
	return EXIT_DONE;
}

static int check_one(const char *path)
{
	struct trace *trace = NULL;
	int code = EXIT_DONE;
	struct diag d;

	if (cli_load(path, 0, &trace, &d) < 0)
		return cli_fail(&d);
	cli_note("%s: ok, %zu events, %zu slots, %zu slot changes, 0 lost", path, trace->nr_events,
		 trace->nr_slots, trace->nr_changes);
	if (model)
		code = check_model(trace);
	trace_free(trace);
	return code;
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
