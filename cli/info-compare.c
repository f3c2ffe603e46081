// SPDX-License-Identifier: GPL-2.0-only
#include "cli/info-compare.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "workloads/compare.h"

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100 * (double)part / (double)whole : 0;
}

static void text_overlap(const char *what, const char *of, uint64_t a, uint64_t b, double overlap)
{
	printf("%-15s %-10s %12" PRIu64 " %12" PRIu64, what, of, a, b);
	if (overlap < 0)
		printf(" %9s\n", "-");
	else
		printf(" %8.1f%%\n", 100 * overlap);
}

static void text(const struct comparison *c)
{
	printf("%-15s %-10s %12s %12s %9s\n", "", "", "A", "B", "in common");
	printf("%-15s %-10s %12" PRIu64 " %12" PRIu64 " %8.1f%%\n", "events", "all", c->a.events,
	       c->b.events, 100 * c->ops);
	for (int op = 0; op < TRACE_NR_OPS; op++)
		if (c->a.ops[op] || c->b.ops[op])
			printf("%-15s %-10s %11.2f%% %11.2f%%\n", "share", trace_op_names[op],
			       percent(c->a.ops[op], c->a.events),
			       percent(c->b.ops[op], c->b.events));
	for (int i = 0; i < NR_CLASSES; i++) {
		const struct class_profile *a = &c->a.classes[i], *b = &c->b.classes[i];

		if (!a->events && !b->events)
			continue;
		text_overlap("first touches", class_names[i], a->cold, b->cold, -1);
		text_overlap("reuse distance", class_names[i], compare_median(a->reuse),
			     compare_median(b->reuse), c->reuse[i]);
		text_overlap("burst length", class_names[i], compare_median(a->burst),
			     compare_median(b->burst), c->burst[i]);
	}
	text_overlap("miss run", "all", compare_median(c->a.miss_runs),
		     compare_median(c->b.miss_runs), c->miss_runs);
}

/* What neither trace has is null. */
static json_t *overlap_json(double overlap)
{
	return overlap < 0 ? json_null() : json_real(overlap);
}

static json_t *class_json(const struct comparison *c, int i)
{
	return json_pack("{s:[I,I],s:o,s:o}", "first_touches", (json_int_t)c->a.classes[i].cold,
			 (json_int_t)c->b.classes[i].cold, "reuse", overlap_json(c->reuse[i]),
			 "burst", overlap_json(c->burst[i]));
}

static void print_json(const struct comparison *c)
{
	json_t *shares = json_object(), *classes = json_object(), *all;

	for (int op = 0; op < TRACE_NR_OPS; op++)
		json_object_set_new(shares, trace_op_names[op],
				    json_pack("[f,f]", percent(c->a.ops[op], c->a.events) / 100,
					      percent(c->b.ops[op], c->b.events) / 100));
	for (int i = 0; i < NR_CLASSES; i++)
		if (c->a.classes[i].events || c->b.classes[i].events)
			json_object_set_new(classes, class_names[i], class_json(c, i));
	all = json_pack("{s:[I,I],s:o,s:o,s:o,s:o}", "events", (json_int_t)c->a.events,
			(json_int_t)c->b.events, "ops", overlap_json(c->ops), "miss_runs",
			overlap_json(c->miss_runs), "shares", shares, "classes", classes);
	json_dumpf(all, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(all);
}

static int compare(const struct trace *a, const struct trace *b, bool json)
{
	struct comparison c;

	if (compare_traces(a, b, &c) < 0)
		return cli_error(EXIT_RUNTIME, "out of memory");
	if (json)
		print_json(&c);
	else
		text(&c);
	comparison_free(&c);
	return EXIT_DONE;
}

int info_compare(const char *path_a, const char *path_b, bool json)
{
	struct trace *a = NULL, *b = NULL;
	struct diag d;
	int code;

	if (cli_load(path_a, TRACE_ALLOW_LOST, &a, &d) < 0 ||
	    cli_load(path_b, TRACE_ALLOW_LOST, &b, &d) < 0)
		code = cli_fail(&d);
	else
		code = compare(a, b, json);
	trace_free(a);
	trace_free(b);
	return code;
}
