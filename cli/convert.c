// SPDX-License-Identifier: GPL-2.0-only
/* slotsim convert: a trace in another form, whole or filtered. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "trace/convert.h"
#include "trace/import/import.h"
#include "workloads/recipe.h"
#include "workloads/remap.h"

enum { MAX_VCPUS = 256 };

static bool force;
static const char *vcpus_text, *ops_text, *remap_text;
static uint64_t from_ns, to_ns = UINT64_MAX;

static const struct opt opts[] = {
	{ "vcpu", 0, OPT_STRING, &vcpus_text, "N,..",
	  "only events of these vCPUs; none is no vCPU" },
	{ "op", 0, OPT_STRING, &ops_text, "OP,..", "only events of these ops, such as ram,miss" },
	{ "from", 0, OPT_DURATION, &from_ns, "TIME", "only events from TIME on, such as 500ms" },
	{ "to", 0, OPT_DURATION, &to_ns, "TIME", "only events before TIME" },
	{ "remap", 0, OPT_STRING, &remap_text, "LAYOUT",
	  "the same accesses on another slot layout: a recipe's, or a number of slots" },
	{ "force", 0, OPT_FLAG, &force, NULL, "replace OUT if it exists" },
	{ 0 },
};

static const struct usage usage = {
	.command = "convert",
	.operands = "IN OUT",
	.summary =
		"Convert a trace: *.pack and *.pack.zst are packed, all else is JSON; - is stdin "
		"or stdout.",
	.details =
		"Times are those of the trace. Slot changes all stay. The header of OUT names the "
		"filter,\nits footer the events taken out; loss stays as recorded.\n\nIN may also "
		"be what "
		"another tool recorded, told by its content: the output of bpftrace -f json\n"
		"memslots.bt, the text of perf script, or a file of trace-cmd.",
	.opts = opts,
};

/* Call @take for each comma-separated word. Returns what it refused, for the message, or NULL. */
static const char *each_word(char *list,
			     bool (*take)(const char *word, struct trace_filter *filter),
			     struct trace_filter *filter)
{
	char *save = NULL;
	char *word = strtok_r(list, ",", &save);

	if (!word)
		return "";
	for (; word; word = strtok_r(NULL, ",", &save))
		if (!take(word, filter))
			return word;
	return NULL;
}

static uint16_t vcpus[MAX_VCPUS];

static bool take_vcpu(const char *word, struct trace_filter *filter)
{
	char *end;
	unsigned long vcpu = !strcmp(word, "none") ? TRACE_NO_VCPU : strtoul(word, &end, 10);

	if (filter->nr_vcpus == MAX_VCPUS)
		return false;
	if (strcmp(word, "none") && (*end || *word < '0' || *word > '9' || vcpu >= TRACE_NO_VCPU))
		return false;
	vcpus[filter->nr_vcpus++] = (uint16_t)vcpu;
	return true;
}

static bool take_op(const char *word, struct trace_filter *filter)
{
	for (int op = 0; op < TRACE_NR_OPS; op++) {
		if (!strcmp(word, trace_op_names[op])) {
			filter->ops |= 1u << op;
			return true;
		}
	}
	return false;
}

static int parse_list(const char *option, const char *text,
		      bool (*take)(const char *word, struct trace_filter *filter),
		      struct trace_filter *filter)
{
	char *list = text ? strdup(text) : NULL;
	const char *refused = list ? each_word(list, take, filter) : NULL;
	int code = EXIT_DONE;

	if (refused)
		code = cli_error(EXIT_USAGE, "--%s has no '%s'; see slotsim convert --help", option,
				 refused);
	free(list);
	return code;
}

static int convert(const char *in, const char *out, const struct trace_filter *filter)
{
	struct trace_converted done;
	struct diag d;

	if (trace_convert(in, out, force, filter, &done, &d) < 0)
		return cli_fail(&d);
	if (done.lost)
		cli_warn("%s: %" PRIu64 " events were lost while recording; %s says so too", in,
			 done.lost, out);
	cli_note("%s: %" PRIu64 " events, %" PRIu64 " filtered out", out, done.events,
		 done.dropped);
	return EXIT_DONE;
}

static int write_remapped(const char *in, const char *out, const struct layout *layout)
{
	struct trace *trace = NULL;
	struct remapped done;
	struct diag d;
	int rc = cli_load(in, TRACE_ALLOW_LOST, &trace, &d);

	if (!rc)
		rc = remap(trace, layout, out, force, &done, &d);
	trace_free(trace);
	if (rc < 0)
		return cli_fail(&d);
	cli_note("%s: %" PRIu64 " events, %zu slots, %" PRIu64 " slot changes; %" PRIu64
		 " from before the first access left out, %" PRIu64
		 " turned into flags changes, %" PRIu64 " pages joined with others",
		 out, done.events, layout->nr_slots, done.changes, done.built, done.substituted,
		 done.joined);
	return EXIT_DONE;
}

static int import(const struct import_format *format, const char *in, const char *out)
{
	struct import_done done;
	struct diag d;

	if (import_convert(format, in, out, force, &done, &d) < 0)
		return cli_fail(&d);
	if (done.lost)
		cli_warn("%s: %" PRIu64 " events were lost while recording, or fit no slot then "
			 "(%" PRIu64 "); %s says so too",
			 in, done.lost, done.unplaced, out);
	cli_note("%s: %" PRIu64 " events", out, done.events);
	return EXIT_DONE;
}

static int convert_remap(const char *in, const char *out)
{
	struct layout layout;
	struct diag d;
	int code;

	if (recipe_layout(remap_text, &layout, &d) < 0)
		return cli_fail(&d);
	code = write_remapped(in, out, &layout);
	layout_free(&layout);
	return code;
}

int cmd_convert(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), code;
	const struct import_format *format;
	struct trace_filter filter = { .vcpus = vcpus };
	bool filtered;

	if (first < 0)
		return cli_parse_exit(first);
	if (argc - first != 2)
		return cli_error(EXIT_USAGE, "needs IN and OUT; see slotsim convert --help");
	code = parse_list("vcpu", vcpus_text, take_vcpu, &filter);
	if (!code)
		code = parse_list("op", ops_text, take_op, &filter);
	if (code)
		return code;
	if (from_ns >= to_ns)
		return cli_error(EXIT_USAGE, "--from must be before --to");
	filter.from_ns = from_ns;
	filter.to_ns = to_ns;
	filtered = vcpus_text || ops_text || from_ns || to_ns != UINT64_MAX;
	format = import_recognise(argv[first]);
	if ((remap_text && filtered) || (format && (remap_text || filtered)))
		return cli_error(EXIT_USAGE, "%s takes a whole recording; filter in a second step",
				 format ? "reading what another tool recorded" : "--remap");
	if (format)
		return import(format, argv[first], argv[first + 1]);
	if (remap_text)
		return convert_remap(argv[first], argv[first + 1]);
	return convert(argv[first], argv[first + 1], filtered ? &filter : NULL);
}
