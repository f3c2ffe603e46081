// SPDX-License-Identifier: GPL-2.0-only
/*
 * slotsim replay: traces in, results out.
 *
 * What measures is this same program in fresh processes, one after the other, told by PROCESS_ENV
 * which of them it is. Each prints its share; here they are joined and summed up.
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/stats.h"
#include "cli/choose.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/load.h"
#include "replay/counters/callgrind.h"
#include "replay/env.h"
#include "replay/plugin.h"
#include "replay/process.h"
#include "replay/replay.h"
#include "replay/results.h"
#include "trace/file.h"

#define PROCESS_ENV "SLOTSIM_PROCESS"
/* What -x comes to once structures that do not work are left out. */
#define INDEXES_ENV "SLOTSIM_INDEXES"
#define COUNT_ENV   "SLOTSIM_COUNT" /* set: that counter instead of the clock */

static const char *indexes, *eras, *layers, *modes, *slots, *output = "-", *counters = "tsc";
static uint64_t repeats = 3, processes = 12, seed = 1, cpu = UINT64_MAX;
static bool force, allow_lost, require_counters, jobs;

static const struct opt opts[] = {
	{ "index", 'x', OPT_STRING, &indexes, "NAME,..", "structures, or all; see slotsim list" },
	{ "cache", 0, OPT_STRING, &layers, "LAYER,..",
	  "cache layers before them; none is default; A/B,C tries both sets" },
	{ "era", 0, OPT_STRING, &eras, "ERA,..", "structure and layers as that kernel had them" },
	{ "mode", 0, OPT_STRING, &modes, "MODE,..", "what is measured; batch is default" },
	{ "slots", 0, OPT_STRING, &slots, "N,..", CLI_SLOTS_OPTION },
	{ "counters", 0, OPT_STRING, &counters, "NAME",
	  "tsc (default), perf, callgrind, or auto: the best there is" },
	{ "require-counters", 0, OPT_FLAG, &require_counters, NULL,
	  "exit 4 where the counters cannot be had" },
	{ "repeats", 'r', OPT_NUMBER, &repeats, "N", "measured passes in each process (3)" },
	{ "processes", 0, OPT_NUMBER, &processes, "N", "fresh processes (12)" },
	{ "seed", 's', OPT_NUMBER, &seed, "N", "of the order of turns (1)" },
	{ "cpu", 0, OPT_NUMBER, &cpu, "N", "run on this CPU; the last allowed one is default" },
	{ "output", 'o', OPT_STRING, &output, "RESULTS",
	  "where to write; stdout is default; with --jobs their folder, made if absent (.)" },
	{ "jobs", 0, OPT_FLAG, &jobs, NULL,
	  "measure nothing, but print a command for each trace, number of slots, era and "
	  "structure" },
	{ "force", 0, OPT_FLAG, &force, NULL,
	  "replace RESULTS; time traces of fewer than 65536 lookups" },
	{ "allow-lost", 0, OPT_FLAG, &allow_lost, NULL, "replay a trace that lacks events" },
	{ 0 },
};

static const struct usage usage = {
	.command = "replay",
	.operands = "TRACE...",
	.summary = "Replay traces against lookup structures, checked and measured.",
	.details = "Every answer is first compared with a plain linear search and with the slot "
		   "that the\n"
		   "kernel recorded; the first difference ends the run with exit 1.\n"
		   "Without -x: linear, size-sorted, bsearch and rbtree. Modes, structures, eras "
		   "and layers\n"
		   "are listed by slotsim list. docs/measuring.md tells what the numbers mean, "
		   "docs/sweep.md\n"
		   "how to run a sweep on many machines.",
	.opts = opts,
};

/* ---- one process' share ---- */

struct share {
	struct replay_request request;
	json_t *results;
};

static int measure_trace(void *arg, struct trace *trace)
{
	struct share *share = arg;
	struct diag d;

	return replay_loaded(&share->request, trace, share->results, &d) ? cli_fail(&d) : EXIT_DONE;
}

static int measure(char **traces, unsigned int process, json_t *results)
{
	static struct choice choice;
	struct share share = { .request = { .repeats = repeats,
					    .process = process,
					    .seed = seed,
					    .force = force,
					    .interrupted = cli_interrupted },
			       .results = results };
	struct replay_request *request = &share.request;
	struct diag d;
	const char *list = getenv(INDEXES_ENV);
	int rc = choose(list ? list : indexes, eras, layers, modes, &choice);

	if (rc)
		return rc;
	request->contests = choice.contests;
	request->nr_contests = choice.nr_contests;
	request->modes = choice.modes;
	if (getenv(COUNT_ENV))
		request->counter = counter_by_name(getenv(COUNT_ENV));
	if (replay_pin(cpu == UINT64_MAX ? -1 : (int)cpu, &d))
		return cli_fail(&d);
	for (; !rc && *traces; traces++)
		rc = cli_load_each(*traces, slots, allow_lost ? TRACE_ALLOW_LOST : 0, measure_trace,
				   &share);
	return rc;
}

static int measure_child(char **traces, const char *process)
{
	json_t *results = results_new();
	int rc = measure(traces, (unsigned int)strtoul(process, NULL, 10), results);

	if (!rc && (json_dumpf(results, stdout, JSON_COMPACT) || fflush(stdout)))
		rc = cli_error(EXIT_RUNTIME, "cannot hand over the results");
	json_decref(results);
	return rc;
}

/* ---- all processes ---- */

/* A child that failed has said why. */
static int child_failed(const struct diag *d)
{
	if (cli_interrupted())
		return EXIT_INTERRUPTED;
	return *d->text ? cli_fail(d) : (int)d->code;
}

static int run_process(char **argv, unsigned int process, json_t **results)
{
	char name[64];
	const char *set[] = { name, "GLIBC_TUNABLES=glibc.malloc.hugetlb=1", NULL };
	struct diag d;

	snprintf(name, sizeof(name), PROCESS_ENV "=%u", process);
	if (!process_json((const char *const *)argv, set, results, &d))
		return EXIT_DONE;
	return child_failed(&d);
}

/* Run @name alone: code that is not ours may crash or answer wrongly. */
static int try_plugin(char **argv, const char *name)
{
	json_t *results = NULL;
	int rc;

	if (setenv(INDEXES_ENV, name, 1))
		return cli_error(EXIT_RUNTIME, "out of memory");
	rc = run_process(argv, 0, &results);
	json_decref(results);
	return rc;
}

/*
 * Each structure of -x that is no part of this program runs alone first. One that fails is left
 * out with its error shown, and the others get their numbers: their names are in INDEXES_ENV then,
 * which the processes inherit. Returns the last failure; @nr is how many remain.
 */
static int choose_working(char **argv, size_t *nr)
{
	char *copy = strdup(indexes), *rest = copy, *name, path[PATH_MAX];
	char *kept = calloc(1, strlen(indexes) + 2);
	int failed = EXIT_DONE;

	*nr = 0;
	while (copy && kept && (name = strsep(&rest, ",")) && !cli_interrupted()) {
		int rc = plugin_path(name, path, sizeof(path)) ? try_plugin(argv, name) : EXIT_DONE;

		if (!rc)
			sprintf(kept + strlen(kept), "%s%s", (*nr)++ ? "," : "", name);
		else
			failed = cli_error(rc, "%s failed alone and is left out", name);
	}
	if (!copy || !kept || setenv(INDEXES_ENV, kept, 1))
		failed = cli_error(EXIT_RUNTIME, "out of memory");
	free(kept);
	free(copy);
	return cli_interrupted() ? EXIT_INTERRUPTED : failed;
}

static int run_processes(char **argv, json_t **results)
{
	int rc = run_process(argv, 0, results);

	for (unsigned int p = 1; !rc && p < processes; p++) {
		json_t *more = NULL;

		rc = run_process(argv, p, &more);
		if (!rc && results_join(*results, more))
			rc = cli_error(EXIT_RUNTIME, "process %u measured something else", p);
		json_decref(more);
	}
	return rc;
}

/* ---- counters: one more process ---- */

/* The counter that --counters names; NULL for none, and that is said once. */
static int pick_counter(const struct counter_ops **picked)
{
	const struct counter_ops *const *next = counter_table;

	*picked = counter_by_name(counters);
	if (!strcmp(counters, "auto")) {
		while (*next && (!(*next)->loops || (*next)->lacks()))
			next++;
		*picked = *next;
		cli_note("counters: %s", *next ? (*next)->name : "none but the TSC");
	} else if (!*picked) {
		return cli_error(EXIT_USAGE, "no counter '%s'; slotsim list counters names them",
				 counters);
	} else if ((*picked)->lacks()) {
		const char *lacks = (*picked)->lacks();

		if (require_counters)
			return cli_error(EXIT_MACHINE, "no %s here: %s", counters, lacks);
		cli_warn("no %s here: %s; its columns stay empty", counters, lacks);
		return EXIT_DONE;
	}
	if (!*picked && require_counters)
		return cli_error(EXIT_MACHINE, "neither perf nor callgrind works here; slotsim env "
					       "says why");
	return EXIT_DONE;
}

/* Under valgrind, /proc/self/exe would be valgrind. */
static char *own_path(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n < 0 ? 0 : n] = '\0';
	return path;
}

static int run_counted(const struct counter_ops *counter, char **argv, const char *folder,
		       json_t **counted)
{
	char out[160], name[64], count[64], option[192];
	const char *set[] = { PROCESS_ENV "=0", count, out, NULL };
	const char *words[CHOOSE_MAX + 1024];
	size_t nr = 0;
	struct diag d;

	snprintf(count, sizeof(count), COUNT_ENV "=%s", counter->name);
	snprintf(name, sizeof(name), "%s/counts", folder);
	snprintf(out, sizeof(out), CALLGRIND_OUT_ENV "=%s", name);
	snprintf(option, sizeof(option), "--callgrind-out-file=%s", name);
	for (size_t i = 0; counter->separate && callgrind_wrapper[i]; i++)
		words[nr++] = callgrind_wrapper[i];
	if (counter->separate)
		words[nr++] = option;
	words[nr++] = own_path();
	for (argv++; *argv && nr < 1024; argv++)
		words[nr++] = *argv;
	words[nr] = NULL;
	if (!process_json(words, set, counted, &d))
		unlink(name);
	else
		return child_failed(&d);
	return EXIT_DONE;
}

static int count_all(char **argv, json_t *results)
{
	const struct counter_ops *counter;
	char folder[] = "/tmp/slotsim-XXXXXX";
	json_t *counted = NULL;
	int rc = pick_counter(&counter);

	if (rc || !counter || !counter->loops || counter->lacks())
		return rc;
	if (!mkdtemp(folder))
		return cli_error(EXIT_RUNTIME, "cannot make a folder in /tmp");
	rc = run_counted(counter, argv, folder, &counted);
	if (!rc && !results_join_counts(results, counted))
		cli_warn("%s counts around the loops of mode batch, which --mode leaves out",
			 counters);
	rmdir(folder);
	json_decref(counted);
	return rc;
}

/* ---- summing up: the lists of results_add_runs() become numbers ---- */

static double *doubles_of(const json_t *list, size_t *n)
{
	double *values = calloc(json_array_size(list) + 1, sizeof(*values));
	const json_t *value;
	size_t i;

	*n = 0;
	if (values)
		json_array_foreach (list, i, value)
			if (json_is_number(value))
				values[(*n)++] = json_number_value(value);
	return values;
}

static json_t *middle(const json_t *list)
{
	size_t n;
	double *values = doubles_of(list, &n), result = NAN;

	if (values && n) {
		stats_sort(values, n);
		result = stats_quantile(values, n, 0.5);
	}
	free(values);
	return results_number(result);
}

static json_t *sum(const json_t *list)
{
	json_int_t total = 0;
	const json_t *value;
	size_t i;

	json_array_foreach (list, i, value)
		total += json_integer_value(value);
	return json_integer(total);
}

static json_t *largest(const json_t *list)
{
	size_t n;
	double *values = doubles_of(list, &n), result = NAN;

	for (size_t i = 0; values && i < n; i++)
		result = i && result > values[i] ? result : values[i];
	free(values);
	return results_number(result);
}

static void add_median(json_t *cycles, const json_t *samples)
{
	struct stats_estimate median = { .value = NAN };
	size_t n;
	double *values = doubles_of(samples, &n);

	if (values && n)
		stats_median(values, n, &median);
	json_object_set_new(cycles, "median", results_number(median.value));
	json_object_set_new(cycles, "lo", results_number(median.interval ? median.lo : NAN));
	json_object_set_new(cycles, "hi", results_number(median.interval ? median.hi : NAN));
	if (!median.interval)
		json_object_set_new(cycles, "why",
				    json_string("an interval takes 6 samples: raise -r or "
						"--processes"));
	free(values);
}

/* What only one mode knows: the kinds of change, grace periods, ... */
static void add_more(json_t *cycles, json_t *lists)
{
	const char *key;
	json_t *list;

	json_object_foreach (lists, key, list)
		if (!json_object_get(cycles, key) && strcmp(key, "samples") &&
		    strcmp(key, "process"))
			json_object_set_new(cycles, key, middle(list));
}

static json_t *sum_up(json_t *lists)
{
	static const char *const ranks[] = { "p5", "p50", "p95", "p99", "p999" };
	json_t *cycles = json_object();

	json_object_set_new(cycles, "floor", middle(json_object_get(lists, "floor")));
	add_median(cycles, json_object_get(lists, "samples"));
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++)
		json_object_set_new(cycles, ranks[i], middle(json_object_get(lists, ranks[i])));
	json_object_set_new(cycles, "max", largest(json_object_get(lists, "max")));
	json_object_set_new(cycles, "disturbed", sum(json_object_get(lists, "disturbed")));
	add_more(cycles, lists);
	json_object_set(cycles, "samples", json_object_get(lists, "samples"));
	json_object_set(cycles, "process", json_object_get(lists, "process"));
	return cycles;
}

/* ---- the document ---- */

static json_t *words_of(char **argv)
{
	json_t *words = json_array();

	json_array_append_new(words, json_string("slotsim"));
	for (; *argv; argv++)
		json_array_append_new(words, json_string(*argv));
	return words;
}

static json_t *document(json_t *found, json_t *env, char **argv)
{
	json_t *warnings = json_array(), *run;
	size_t i;

	env_warn(env, warnings);
	json_array_extend(warnings, json_object_get(found, "warnings"));
	json_array_foreach (json_object_get(found, "runs"), i, run)
		if (json_is_object(json_object_get(run, "cycles")))
			json_object_set_new(run, "cycles", sum_up(json_object_get(run, "cycles")));
	return json_pack("{s:s,s:i,s:{s:s},s:O,s:o,s:I,s:O,s:O,s:o}", "schema", "slotsim.results",
			 "version", 1, "units", "cycles", "tsc", "env", env, "argv", words_of(argv),
			 "seed", (json_int_t)seed, "traces", json_object_get(found, "traces"),
			 "runs", json_object_get(found, "runs"), "warnings", warnings);
}

static int write_results(const json_t *results, struct output *out)
{
	struct diag d;

	json_dumpf(results, output_stream(out), JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	fputc('\n', output_stream(out));
	return output_commit(out, &d) ? cli_fail(&d) : EXIT_DONE;
}

static void say_warnings(const json_t *results)
{
	const json_t *warnings = json_object_get(results, "warnings");

	for (size_t i = 0; i < json_array_size(warnings); i++)
		cli_warn("%s", json_string_value(json_array_get(warnings, i)));
}

static int replay_all(char **argv, struct output *out)
{
	json_t *env = env_describe(), *found = NULL, *results = NULL;
	size_t nr_indexes = 1;
	int failed = indexes ? choose_working(argv, &nr_indexes) : EXIT_DONE;
	int rc = cli_interrupted() || !nr_indexes ? failed : run_processes(argv, &found);

	if (!rc)
		rc = count_all(argv, found);
	if (!rc) {
		results = document(found, env, argv + 1);
		say_warnings(results);
		rc = write_results(results, out);
	} else {
		output_abort(out);
	}
	json_decref(results);
	json_decref(found);
	json_decref(env);
	return rc ? rc : failed;
}

/* The arguments as they were, for the processes to come: parsing moves operands to the end. */
static char **copy_of(int argc, char **argv)
{
	char **copy = calloc(argc + 2, sizeof(*copy));

	if (!copy)
		return NULL;
	copy[0] = "/proc/self/exe";
	memcpy(copy + 1, argv, argc * sizeof(*copy));
	return copy;
}

int cmd_replay(int argc, char **argv)
{
	const char *process = getenv(PROCESS_ENV);
	char **copy = copy_of(argc, argv);
	struct output *out;
	struct diag d;
	int first, rc;

	jobs_remember(opts);
	first = cli_parse(&usage, argc, argv);
	if (!copy || first < 0) {
		free(copy);
		return first < 0 ? cli_parse_exit(first) : EXIT_RUNTIME;
	}
	cli_catch_signals();
	if (first == argc)
		rc = cli_error(EXIT_USAGE, "no trace named; see slotsim replay --help");
	else if (!repeats || repeats > 1000 || !processes || processes > 1000)
		rc = cli_error(EXIT_USAGE, "--repeats and --processes take 1 to 1000");
	else if (jobs)
		rc = jobs_print(&(struct sweep){ opts, strcmp(output, "-") ? output : ".", indexes,
						 slots, eras, argv + first });
	else if (process)
		rc = measure_child(argv + first, process);
	else if (output_open(output, force, &out, &d))
		rc = cli_fail(&d);
	else
		rc = replay_all(copy, out);
	free(copy);
	return rc;
}
