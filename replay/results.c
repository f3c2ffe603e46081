// SPDX-License-Identifier: GPL-2.0-only
#include "replay/results.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *results_new(void)
{
	return json_pack("{s:[],s:[],s:[],s:[]}", "traces", "runs", "counts", "warnings");
}

json_t *results_number(double value)
{
	char text[32];

	if (!isfinite(value))
		return json_null();
	snprintf(text, sizeof(text), "%.6g", value);
	return json_real(strtod(text, NULL));
}

void results_warn(json_t *results, const char *fmt, ...)
{
	json_t *warnings = json_object_get(results, "warnings"), *warning;
	char text[256];
	size_t i;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_foreach (warnings, i, warning)
		if (!strcmp(json_string_value(warning), text))
			return;
	json_array_append_new(warnings, json_string(text));
}

/* ---- a trace ---- */

/* The most that address space 0 holds at a time: what the searches grow with. */
static size_t slots_of(const struct trace *trace)
{
	size_t slots = 0, most;

	for (size_t i = 0; i < trace->nr_slots; i++)
		slots += trace->slots[i].as == 0;
	most = slots;
	for (size_t i = 0; i < trace->nr_changes; i++) {
		const struct trace_change *change = &trace->changes[i];

		if (change->slot.as)
			continue;
		slots += change->op == TRACE_CREATE;
		slots -= change->op == TRACE_DELETE;
		most = slots > most ? slots : most;
	}
	return most;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Empty bins are left out. */
static json_t *bins_of(const struct bump_cost *cost)
{
	json_t *bins = json_array();

	for (size_t b = 0; b < BUMP_BINS; b++) {
		const struct bump_bin *bin = &cost->after[b];

		if (bin->misses)
			json_array_append_new(bins, json_pack("[I,I,I,I]", (json_int_t)bin->from_ns,
							      (json_int_t)bin->to_ns,
							      (json_int_t)bin->misses,
							      (json_int_t)bin->again));
	}
	return bins;
}

static json_t *after_change_of(const struct bump_cost *cost)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:o,s:o}", "changes", (json_int_t)cost->changes,
			 "misses", (json_int_t)cost->misses, "first", (json_int_t)cost->first,
			 "again", (json_int_t)cost->again, "settle_ns",
			 results_number(cost->settle_ns > 0 ? cost->settle_ns : NAN), "bins",
			 bins_of(cost));
}

int results_add_trace(json_t *results, const struct trace *trace, const struct oracle *oracle,
		      const struct bump_cost *cost)
{
	size_t shadow = 0, lookups[NR_CLASSES + 1] = { 0 };
	uint64_t faults_ns = 0, duration_ns = 0;
	json_t *row;

	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct trace_event *event = &trace->events[i];

		lookups[oracle->class[i]]++;
		shadow += (event->flags & TRACE_SHADOW) != 0;
		if (event->op != TRACE_HVA && event->dur_ns != TRACE_NO_DUR)
			faults_ns += event->dur_ns;
		if (event->t_ns > duration_ns)
			duration_ns = event->t_ns;
	}
	row = json_pack("{s:s,s:s,s:I,s:I,s:I,s:s?,s:I,s:o,s:{s:I,s:I,s:I},s:I,s:o,s:O?}", "name",
			trace->name, "sha256", trace->sha256, "events",
			(json_int_t)trace->nr_events, "slots", (json_int_t)slots_of(trace),
			"slot_changes", (json_int_t)trace->nr_changes, "source",
			text_of(trace->header, "source"), "duration_ns", (json_int_t)duration_ns,
			"faults_ns", faults_ns ? json_integer((json_int_t)faults_ns) : json_null(),
			"accesses", "ram", (json_int_t)lookups[CLASS_RAM], "mapped",
			(json_int_t)lookups[CLASS_MAPPED], "miss", (json_int_t)lookups[CLASS_MISS],
			"shadow", (json_int_t)shadow, "after_change", after_change_of(cost), "host",
			json_object_get(trace->header, "host"));
	if (row && trace->lost)
		json_object_set_new(row, "lost", json_integer((json_int_t)trace->lost));
	return json_array_append_new(json_object_get(results, "traces"), row);
}

/* ---- a run ---- */

static json_t *layers_of(const struct plan *plan)
{
	json_t *names = json_array();

	for (size_t i = 0; i < plan->layers.nr; i++)
		json_array_append_new(names, json_string(plan->layers.ops[i]->name));
	return names;
}

static json_t *absorbed_of(const struct plan *plan, int class)
{
	json_t *counts = json_object();

	for (size_t i = 0; i < plan->layers.nr; i++)
		json_object_set_new(counts, plan->layers.ops[i]->name,
				    json_integer((json_int_t)plan->absorbed[class][i]));
	return counts;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static json_t *cycles_of(const struct bench *bench, struct timing *timing, unsigned int process,
			 bool subtracted)
{
	static const struct {
		const char *name;
		double q;
	} ranks[] = { { "p5", 0.05 },  { "p50", 0.5 },	  { "p95", 0.95 },
		      { "p99", 0.99 }, { "p999", 0.999 }, { "max", 1 } };
	json_t *cycles = json_object(), *samples = json_array(), *processes = json_array();

	json_object_set_new(cycles, "floor",
			    json_pack("[o]", results_number(subtracted ? timing->floor : NAN)));
	qsort(timing->values, timing->nr_values, sizeof(*timing->values), ascending);
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		double value = bench_rank(timing->values, timing->nr_values, ranks[i].q);

		json_object_set_new(cycles, ranks[i].name, json_pack("[o]", results_number(value)));
	}
	json_object_set_new(cycles, "disturbed", json_pack("[I]", (json_int_t)timing->disturbed));
	if (timing->more)
		json_object_update(cycles, timing->more);
	for (unsigned int r = 0; r < bench->repeats; r++) {
		json_array_append_new(samples, results_number(timing->samples[r]));
		json_array_append_new(processes, json_integer(process));
	}
	json_object_set_new(cycles, "samples", samples);
	json_object_set_new(cycles, "process", processes);
	return cycles;
}

static json_t *run_of(const struct bench *bench, struct entry *entry, const struct mode_ops *mode,
		      int class, unsigned int process)
{
	const struct plan *plan = entry->plan;
	struct timing *timing = &entry->timing[class];
	const struct check *touched = &entry->touched[class];
	const char *label = mode->only_class ? mode->only_class : replay_class_names[class];
	json_t *run = json_pack(
		"{s:s,s:I,s:s,s:b,s:s?,s:o,s:s,s:s,s:I,s:I,s:I,s:o}", "trace", plan->trace->name,
		"slots", (json_int_t)slots_of(plan->trace), "index", entry->ops->name, "kernel_ok",
		entry->ops->kernel_ok, "era", plan->era, "caches", layers_of(plan), "mode",
		mode->name, "class", label, "accesses", (json_int_t)plan->accesses[class],
		"lookups", (json_int_t)plan->lookups[class], "planned",
		(json_int_t)plan->planned[class], "absorbed", absorbed_of(plan, class));

	if (!run)
		return NULL;
	json_object_set_new(run, "cycles",
			    timing->samples ? cycles_of(bench, timing, process, entry->floor)
					    : json_null());
	if (timing->why)
		json_object_set_new(run, "why", json_string(timing->why));
	json_object_set_new(run, "counters", json_pack("{s:s}", "source", "tsc"));
	json_object_set_new(run, "lines",
			    results_number(touched->lines < 0 ? NAN : touched->lines));
	json_object_set_new(run, "depth",
			    results_number(touched->depth < 0 ? NAN : touched->depth));
	json_object_set_new(run, "bytes", json_integer((json_int_t)entry->subject.peak_bytes));
	json_object_set_new(run, "checked", json_integer((json_int_t)entry->check.answers));
	json_object_set_new(run, "mismatches", json_integer(0));
	return run;
}

int results_add_runs(json_t *results, const struct bench *bench, const struct mode_ops *mode,
		     unsigned int process)
{
	json_t *runs = json_object_get(results, "runs");
	int classes = mode->only_class ? 1 : NR_CLASSES;

	for (size_t i = 0; i < bench->nr_entries; i++) {
		struct entry *entry = &bench->entries[i];

		if (!entry->asked || bench_skips(bench, mode, entry))
			continue;
		for (int class = 0; class < classes; class ++)
			if (json_array_append_new(runs, run_of(bench, entry, mode, class, process)))
				return -1;
	}
	return 0;
}

/* ---- several processes ---- */

json_t *results_counted(const struct entry *entry, int class, json_t *counters)
{
	return json_pack("{s:s,s:s,s:s?,s:o,s:s,s:s,s:o}", "trace", entry->plan->trace->name,
			 "index", entry->ops->name, "era", entry->plan->era, "caches",
			 layers_of(entry->plan), "mode", mode_batch.name, "class",
			 replay_class_names[class], "counters", counters);
}

static bool same_run(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "trace", "index", "era", "caches", "mode", "class" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
			return false;
	return true;
}

static int join_run(json_t *run, const json_t *more)
{
	json_t *cycles = json_object_get(run, "cycles"), *list;
	const json_t *others = json_object_get(more, "cycles");
	const char *key;

	if (!same_run(run, more) || json_typeof(cycles) != json_typeof(others))
		return -EINVAL;
	json_object_foreach (cycles, key, list)
		if (json_array_extend(list, json_object_get(others, key)))
			return -EINVAL;
	return 0;
}

static void join_warnings(json_t *results, const json_t *more)
{
	const json_t *warnings = json_object_get(more, "warnings"), *warning;
	size_t i;

	json_array_foreach (warnings, i, warning) {
		results_warn(results, "%s", json_string_value(warning));
	}
}

int results_join(json_t *results, const json_t *more)
{
	json_t *runs = json_object_get(results, "runs"), *run;
	const json_t *others = json_object_get(more, "runs");
	size_t i;

	if (json_array_size(runs) != json_array_size(others))
		return -EINVAL;
	json_array_foreach (runs, i, run)
		if (join_run(run, json_array_get(others, i)))
			return -EINVAL;
	join_warnings(results, more);
	return 0;
}

/* NULL if @run was not counted. */
static json_t *counters_for(const json_t *run, const json_t *counts)
{
	const json_t *count;
	size_t i;

	json_array_foreach (counts, i, count)
		if (same_run(run, count))
			return json_object_get(count, "counters");
	return NULL;
}

size_t results_join_counts(json_t *results, const json_t *counted)
{
	const json_t *counts = json_object_get(counted, "counts");
	json_t *runs = json_object_get(results, "runs"), *run;
	size_t joined = 0, i;

	json_array_foreach (runs, i, run) {
		json_t *counters = counters_for(run, counts);

		joined += counters != NULL;
		if (counters)
			json_object_set(run, "counters", counters);
		else
			json_object_set_new(json_object_get(run, "counters"), "why",
					    json_pack("{s:s}", "instructions",
						      "not counted: another mode, or left out, "
						      "as the warnings say"));
	}
	join_warnings(results, counted);
	return joined;
}
