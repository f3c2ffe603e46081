// SPDX-License-Identifier: GPL-2.0-only
/* slotsim info: what a trace holds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/info-compare.h"
#include "cli/load.h"
#include "trace/summary.h"
#include "trace/trace.h"

static const char *format = "text";
static bool compared;

static const struct opt opts[] = {
	{ "format", 'f', OPT_STRING, &format, "text|json",
	  "how to print; json is one object a line" },
	{ "compare", 'c', OPT_FLAG, &compared, NULL,
	  "how close two traces are: shares, reuse distance, bursts, runs of misses" },
	{ 0 },
};

static const struct usage usage = {
	.command = "info",
	.operands = "TRACE...",
	.summary = "Show what traces hold: mix, slots over time, working set, rates, loss.",
	.details =
		"Truncated and lossy traces are shown too, with a warning; slotsim check refuses "
		"them.",
	.opts = opts,
};

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static double seconds(const struct trace_summary *sum)
{
	return (double)(sum->last_ns - sum->first_ns) / 1e9;
}

/* ---- text ---- */

static void text_ops(const struct trace *trace, const struct trace_summary *sum)
{
	printf("  %-10s %12s %7s %10s %10s %10s %10s\n", "op", "events", "share", "pages", "p50 ns",
	       "p99 ns", "max ns");
	for (int op = 0; op < TRACE_NR_OPS; op++) {
		const struct op_summary *o = &sum->ops[op];
		const char *why = trace_not_observed(trace, op);

		if (!o->events) {
			if (why)
				printf("  %-10s not observed: %s\n", trace_op_names[op], why);
			continue;
		}
		printf("  %-10s %12" PRIu64 " %6.2f%%", trace_op_names[op], o->events,
		       100 * share(o->events, trace->nr_events));
		if (op == TRACE_HVA)
			printf(" %10s", "-");
		else
			printf(" %10" PRIu64, o->pages);
		if (o->timed)
			printf(" %10u %10u %10u\n", o->dur_p50_ns, o->dur_p99_ns, o->dur_max_ns);
		else
			printf(" %10s %10s %10s\n", "-", "-", "-");
	}
}

/* What an import could not tell of each access. */
static void text_fields(const struct trace *trace)
{
	const char *field;
	const json_t *why;
	json_t *fields = json_object_get(trace->header, "fields_not_observed");

	json_object_foreach (fields, field, why) {
		if (json_is_string(why))
			printf("  %-10s not observed: %s\n", field, json_string_value(why));
	}
}

static void text_slots(const struct trace *trace, const struct trace_summary *sum)
{
	printf("  slots      %zu at the start, at most %zu, %zu at the end; changes:",
	       trace->nr_slots, sum->most_slots, sum->over_time[sum->nr_over_time - 1].slots);
	for (int op = 0; op < TRACE_NR_CHANGE_OPS; op++)
		printf(" %" PRIu64 " %s%s", sum->changes[op], trace_change_names[op],
		       op + 1 < TRACE_NR_CHANGE_OPS ? "," : "\n");
}

static void text_vcpus(const struct trace_summary *sum)
{
	printf("  vcpus     ");
	for (size_t i = 0; i < sum->nr_vcpus; i++) {
		if (sum->vcpus[i].vcpu == TRACE_NO_VCPU)
			printf(" none:%" PRIu64, sum->vcpus[i].events);
		else
			printf(" %u:%" PRIu64, sum->vcpus[i].vcpu, sum->vcpus[i].events);
	}
	printf("%s\n", sum->nr_vcpus ? "  (index:events)" : " no events");
}

/* The header's own words, one line a key, for a reader of the terminal. */
static void text_header(const struct trace *trace)
{
	static const char *const keys[] = { "source", "host", "kvm", "vm", "hooks", "filters" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *value = json_object_get(trace->header, keys[i]);
		char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

		if (text)
			printf("  %-10s %s\n", keys[i], text);
		free(text);
	}
}

static void print_text(const char *path, const struct trace *trace, const struct trace_summary *sum)
{
	double s = seconds(sum);

	printf("%s: %zu events in %.6g s", path, trace->nr_events, s);
	if (s > 0)
		printf(" (%.0f/s)", (double)trace->nr_events / s);
	if (trace->footer)
		printf(", %" PRIu64 " lost", trace->lost);
	printf("; %" PRIu64 " distinct pages\n", sum->pages);
	text_ops(trace, sum);
	text_fields(trace);
	text_vcpus(sum);
	text_slots(trace, sum);
	text_header(trace);
}

/* ---- JSON ---- */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* Durations are null where none was observed. */
static json_t *json_durations(const struct op_summary *o)
{
	if (!o->timed)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "timed", number(o->timed), "sum",
			 number(o->dur_sum_ns), "p50", number(o->dur_p50_ns), "p99",
			 number(o->dur_p99_ns), "max", number(o->dur_max_ns));
}

static json_t *json_op(const struct trace *trace, const struct trace_summary *sum, enum trace_op op)
{
	const struct op_summary *o = &sum->ops[op];
	const char *why = trace_not_observed(trace, op);

	if (!o->events && why)
		return json_pack("{s:n, s:s}", "events", "why", why);
	return json_pack("{s:o, s:f, s:o, s:o}", "events", number(o->events), "share",
			 share(o->events, trace->nr_events), "pages",
			 op == TRACE_HVA ? json_null() : number(o->pages), "dur_ns",
			 json_durations(o));
}

static json_t *json_ops(const struct trace *trace, const struct trace_summary *sum)
{
	json_t *ops = json_object();

	for (int op = 0; op < TRACE_NR_OPS; op++)
		json_object_set_new(ops, trace_op_names[op], json_op(trace, sum, op));
	return ops;
}

static json_t *json_vcpus(const struct trace_summary *sum)
{
	json_t *vcpus = json_array();

	for (size_t i = 0; i < sum->nr_vcpus; i++)
		json_array_append_new(vcpus, json_pack("{s:o, s:o}", "vcpu",
						       sum->vcpus[i].vcpu == TRACE_NO_VCPU
							       ? json_null()
							       : number(sum->vcpus[i].vcpu),
						       "events", number(sum->vcpus[i].events)));
	return vcpus;
}

static json_t *json_slots(const struct trace *trace, const struct trace_summary *sum)
{
	json_t *over_time = json_array(), *changes = json_object();

	for (size_t i = 0; i < sum->nr_over_time; i++)
		json_array_append_new(over_time, json_pack("[o, o]", number(sum->over_time[i].t_ns),
							   number(sum->over_time[i].slots)));
	for (int op = 0; op < TRACE_NR_CHANGE_OPS; op++)
		json_object_set_new(changes, trace_change_names[op], number(sum->changes[op]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "start", number(trace->nr_slots), "most",
			 number(sum->most_slots), "end",
			 number(sum->over_time[sum->nr_over_time - 1].slots), "changes", changes,
			 "over_time", over_time);
}

static int print_json(const char *path, const struct trace *trace, const struct trace_summary *sum)
{
	double s = seconds(sum);
	json_t *info = json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:O, s:O*}", "name",
		trace->name, "path", path, "sha256", trace->sha256, "events",
		number(trace->nr_events), "duration_ns", number(sum->last_ns - sum->first_ns),
		"events_per_s", s > 0 ? json_real((double)trace->nr_events / s) : json_null(),
		"lost", trace->footer ? number(trace->lost) : json_null(), "truncated",
		!trace->footer, "pages", number(sum->pages), "ops", json_ops(trace, sum), "vcpus",
		json_vcpus(sum), "slots", json_slots(trace, sum), "header", trace->header, "footer",
		trace->footer);

	if (!info)
		return cli_error(EXIT_RUNTIME, "%s: out of memory", path);
	json_dumpf(info, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(info);
	return EXIT_DONE;
}

static int info_one(const char *path)
{
	struct trace *trace = NULL;
	struct trace_summary sum;
	struct diag d;
	int code = EXIT_DONE;

	if (cli_load(path, TRACE_ALLOW_LOST | TRACE_ALLOW_TRUNCATED, &trace, &d) < 0)
		return cli_fail(&d);
	if (!trace->footer)
		cli_warn("%s: truncated: no footer, so the loss is not known", path);
	if (trace->lost)
		cli_warn("%s: %" PRIu64 " events were lost while recording", path, trace->lost);
	if (trace_summarise(trace, &sum) < 0) {
		trace_free(trace);
		return cli_error(EXIT_RUNTIME, "%s: out of memory", path);
	}
	if (!strcmp(format, "json"))
		code = print_json(path, trace, &sum);
	else
		print_text(path, trace, &sum);
	trace_summary_free(&sum);
	trace_free(trace);
	return code;
}

int cmd_info(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), code = EXIT_DONE;

	if (first < 0)
		return cli_parse_exit(first);
	if (first == argc)
		return cli_error(EXIT_USAGE, "no trace named; see slotsim info --help");
	if (strcmp(format, "text") && strcmp(format, "json"))
		return cli_error(EXIT_USAGE, "no format '%s'; it is text or json", format);
	if (compared && argc - first != 2)
		return cli_error(EXIT_USAGE, "--compare takes two traces");
	if (compared)
		return info_compare(argv[first], argv[first + 1], !strcmp(format, "json"));
	for (int i = first; i < argc; i++) {
		int rc = info_one(argv[i]);

		if (rc)
			code = rc;
	}
	return code;
}
