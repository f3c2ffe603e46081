// SPDX-License-Identifier: GPL-2.0-only
/*
 * slotsim selftest: does this machine tell equal from different?
 *
 * A structure is compared with itself under a second name, and with itself made 5 % slower, in the
 * very way in which slotsim replay and compare do it: fresh processes, interleaved, the same
 * verdict.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "replay/index/registry.h"
#include "replay/order.h"
#include "replay/process.h"
#include "replay/replay.h"
#include "replay/results.h"

#define PROCESS_ENV "SLOTSIM_SELFTEST"

enum { EVENTS = 98304, SLOTS = 117, PLANTED_PCT = 5, REPEATS = 15 };

static uint64_t comparisons = 20, processes = 12, seed = 1;
static const char *format = "text";

static const struct opt opts[] = {
	{ "comparisons", 'n', OPT_NUMBER, &comparisons, "N", "of each kind (20)" },
	{ "processes", 0, OPT_NUMBER, &processes, "N", "fresh processes of each comparison (12)" },
	{ "seed", 's', OPT_NUMBER, &seed, "N", "of lookups and order (1)" },
	{ "format", 'f', OPT_STRING, &format, "text|json", "how to print" },
	{ 0 },
};

static const struct usage usage = {
	.command = "selftest",
	.operands = "",
	.summary = "Measure this machine's noise floor by comparing a structure with itself.",
	.details =
		"Exit 5 if more than one in 20 equal pairs was called different, or more than one\n"
		"in 20 slowdowns of 5 % was missed.",
	.opts = opts,
};

/* ---- what is compared ---- */

static const struct index_ops *original;

/* 1 lookup in 20 is made twice. */
static uint64_t slow_run(struct index *index, const uint64_t *gfns, size_t nr, unsigned int place)
{
	uint64_t sum = original->find_run(index, gfns, nr, place);

	original->find_run(index, gfns, nr * PLANTED_PCT / 100, place);
	return sum;
}

/* Two RAM slots, small mapped ones, and 70 % RAM, 10 % mapped, 20 % misses, scattered. */
static void make_trace(struct trace *trace)
{
	struct order_random random = { seed };

	for (size_t i = 0; i < SLOTS; i++) {
		bool ram = i < 2;

		trace->slots[i] = (struct trace_slot){
			.base_gfn = ram ? i << 20 : (2 << 20) + i * 32,
			.npages = ram ? 1 << 19 : 16,
			.id = i,
			.kind = ram ? TRACE_KIND_RAM : TRACE_KIND_MAPPED,
		};
	}
	for (size_t i = 0; i < EVENTS; i++) {
		uint64_t dice = order_random_below(&random, 10);
		size_t slot = dice < 7 ? order_random_below(&random, 2)
				       : 2 + order_random_below(&random, SLOTS - 2);
		const struct trace_slot *in = &trace->slots[slot];

		trace->events[i] = (struct trace_event){
			.t_ns = i * 1000,
			.op = dice < 7	 ? TRACE_RAM
			      : dice < 8 ? TRACE_MAPPED
					 : TRACE_MISS,
			.gfn = in->base_gfn + order_random_below(&random, in->npages) +
			       (dice < 8 ? 0 : in->npages),
			.slot = dice < 8 ? slot : TRACE_NO_SLOT,
			.dur_ns = TRACE_NO_DUR,
		};
	}
}

static int measure(unsigned int process, bool slower)
{
	struct trace trace = { .name = "selftest",
			       .slots = calloc(SLOTS, sizeof(struct trace_slot)),
			       .nr_slots = SLOTS,
			       .events = calloc(EVENTS, sizeof(struct trace_event)),
			       .nr_events = EVENTS };
	struct index_ops twin = *original;
	const struct index_ops *pair[] = { original, &twin };
	const struct mode_ops *const modes[] = { &mode_batch, NULL };
	struct replay_contest contest = { .indexes = pair, .nr_indexes = 2 };
	struct replay_request request = { .contests = &contest,
					  .nr_contests = 1,
					  .modes = modes,
					  .repeats = REPEATS,
					  .process = process,
					  .seed = seed,
					  .interrupted = cli_interrupted };
	json_t *results = results_new();
	struct diag d;
	int rc = EXIT_DONE;

	twin.name = slower ? "slower" : "again";
	if (slower)
		twin.find_run = slow_run;
	if (!trace.slots || !trace.events || !results)
		return cli_error(EXIT_RUNTIME, "out of memory");
	make_trace(&trace);
	if (replay_pin(-1, &d) || replay_loaded(&request, &trace, results, &d))
		rc = cli_fail(&d);
	else
		json_dumpf(results, stdout, JSON_COMPACT);
	json_decref(results);
	free(trace.slots);
	free(trace.events);
	return rc;
}

/* ---- comparisons ---- */

/* The samples of class `all` of the @nth structure, appended. */
static void append(const json_t *results, size_t nth, double *values, size_t at)
{
	const json_t *run = json_array_get(json_object_get(results, "runs"), nth * NR_CLASSES);
	const json_t *samples = json_object_get(json_object_get(run, "cycles"), "samples");

	for (size_t i = 0; i < REPEATS; i++)
		values[at + i] = json_number_value(json_array_get(samples, i));
}

static int compare(char **argv, uint64_t round, bool slower, double *percent,
		   enum stats_verdict *verdict)
{
	size_t n = processes * REPEATS;
	double *base = calloc(n, sizeof(double)), *new = calloc(n, sizeof(double));
	unsigned int *process = calloc(n, sizeof(*process));
	struct stats_ratio ratio;
	int rc = base && new &&process ? EXIT_DONE : cli_error(EXIT_RUNTIME, "out of memory");

	for (uint64_t p = 0; !rc && p < processes; p++) {
		char name[64];
		const char *set[] = { name, NULL };
		json_t *results;
		struct diag d;

		snprintf(name, sizeof(name), PROCESS_ENV "=%s%llu", slower ? "slower" : "again",
			 (unsigned long long)(round * processes + p));
		if (process_json((const char *const *)argv, set, &results, &d)) {
			rc = cli_interrupted() ? EXIT_INTERRUPTED
			     : *d.text	       ? cli_fail(&d)
					       : (int)d.code;
			break;
		}
		append(results, 0, base, p * REPEATS);
		append(results, 1, new, p * REPEATS);
		for (size_t r = 0; r < REPEATS; r++)
			process[p * REPEATS + r] = p;
		json_decref(results);
	}
	if (!rc && stats_compare(base, new, process, n, &ratio))
		rc = cli_error(EXIT_RUNTIME, "a comparison has no result: raise --processes");
	if (!rc) {
		*percent = stats_percent(ratio.log_ratio);
		*verdict = stats_verdict(&ratio, STATS_THRESHOLD_PCT, STATS_ALPHA);
	}
	free(base), free(new), free(process);
	return rc;
}

struct tally {
	uint64_t faster, slower;
	double *percents;
};

static int tally_up(char **argv, bool slower, struct tally *tally)
{
	int rc = EXIT_DONE;

	tally->percents = calloc(comparisons, sizeof(double));
	if (!tally->percents)
		return cli_error(EXIT_RUNTIME, "out of memory");
	for (uint64_t i = 0; !rc && i < comparisons; i++) {
		enum stats_verdict verdict = STATS_OPEN;

		rc = compare(argv, i, slower, &tally->percents[i], &verdict);
		tally->faster += verdict == STATS_FASTER;
		tally->slower += verdict == STATS_SLOWER;
		if (!rc)
			cli_verbose("%s: %+.2f%% %s", slower ? "5% slower" : "equal",
				    tally->percents[i], stats_verdict_names[verdict]);
	}
	return rc;
}

/* What 95 % of the equal pairs stay below. */
static double noise_floor(const struct tally *equal)
{
	for (uint64_t i = 0; i < comparisons; i++)
		equal->percents[i] = fabs(equal->percents[i]);
	stats_sort(equal->percents, comparisons);
	return stats_quantile(equal->percents, comparisons, 0.95);
}

static int report(const struct tally *equal, const struct tally *slower)
{
	uint64_t different = equal->faster + equal->slower;
	double floor = noise_floor(equal);
	bool bad =
		different * 20 > comparisons || (comparisons - slower->slower) * 20 > comparisons;

	if (!strcmp(format, "json")) {
		json_t *all = json_pack("{s:{s:I,s:I},s:{s:i,s:I,s:I},s:o}", "equal", "comparisons",
					(json_int_t)comparisons, "called_different",
					(json_int_t)different, "slowed", "percent", PLANTED_PCT,
					"comparisons", (json_int_t)comparisons, "called_slower",
					(json_int_t)slower->slower, "noise_floor_pct",
					results_number(floor));

		json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
		putchar('\n');
		json_decref(all);
	} else {
		printf("equal pairs called different:  %llu of %llu\n",
		       (unsigned long long)different, (unsigned long long)comparisons);
		printf("slowdowns of %d %% found:        %llu of %llu\n", PLANTED_PCT,
		       (unsigned long long)slower->slower, (unsigned long long)comparisons);
		printf("noise floor:                   %.2f %% (95 of 100 equal pairs are "
		       "closer)\n",
		       floor);
	}
	return bad ? EXIT_GATE : EXIT_DONE;
}

int cmd_selftest(int argc, char **argv)
{
	const char *process = getenv(PROCESS_ENV);
	char **copy = calloc(argc + 2, sizeof(*copy));
	struct tally equal = { 0 }, slower = { 0 };
	int first, rc;

	if (!copy)
		return cli_error(EXIT_RUNTIME, "out of memory");
	copy[0] = "/proc/self/exe";
	memcpy(copy + 1, argv, argc * sizeof(*copy));
	first = cli_parse(&usage, argc, argv);
	cli_catch_signals();
	original = index_by_name("rbtree");
	if (first < 0)
		rc = cli_parse_exit(first);
	else if (first != argc || !comparisons || comparisons > 10000 || processes < 3 ||
		 processes > 1000)
		rc = cli_error(EXIT_USAGE,
			       "no operands; 1 to 10000 comparisons, 3 to 1000 processes");
	else if (process)
		rc = measure(strtoul(process + strcspn(process, "0123456789"), NULL, 10),
			     !strncmp(process, "slower", 6));
	else {
		rc = tally_up(copy, false, &equal);
		rc = rc ? rc : tally_up(copy, true, &slower);
		rc = rc ? rc : report(&equal, &slower);
	}
	free(equal.percents), free(slower.percents), free(copy);
	return rc;
}
