// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/results.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/shell.h"
#include "trace/file.h"

const char *const results_mode_names[RESULTS_NR_MODES] = {
#define MODE(sym, name) [RESULTS_##sym] = name,
	RESULTS_MODES(MODE)
#undef MODE
};

const char *const results_class_names[RESULTS_NR_CLASSES] = {
#define CLASS(sym, name) [RESULTS_CLASS_##sym] = name,
	RESULTS_CLASSES(CLASS)
#undef CLASS
};

/* Where the reader stands: the file, and the JSON path so far. */
struct place {
	const char *file;
	char path[96];
	struct diag *d;
};

static struct place below(const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static struct place below(const struct place *at, const char *fmt, ...)
{
	struct place deeper = *at;
	size_t len = strlen(deeper.path);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(deeper.path + len, sizeof(deeper.path) - len, fmt, ap);
	va_end(ap);
	return deeper;
}

static const char *type_name(const json_t *value)
{
	static const char *const names[] = { "an object", "an array", "text",  "a whole number",
					     "a number",  "true",     "false", "null" };

	return value ? names[json_typeof(value)] : "nothing";
}

static int bad(const struct place *at, const char *key, const char *want, const json_t *found)
{
	return diag_set(at->d, EXIT_INPUT, -EINVAL, "%s: %s.%s: expected %s, found %s", at->file,
			at->path, key, want, type_name(found));
}

enum field_type { TEXT, TEXT_OR_NULL, COUNT, NUMBER, BOOL };

/* One key of an object and where its value goes. */
struct field {
	const char *key;
	enum field_type type;
	size_t offset;
};

/* NULL, or what was expected. NUMBER: absent and null are both "not measured". */
static const char *take(const json_t *value, enum field_type type, void *to)
{
	switch (type) {
	case TEXT:
	case TEXT_OR_NULL:
		if (type == TEXT_OR_NULL && (!value || json_is_null(value)))
			return NULL;
		*(const char **)to = json_string_value(value);
		return json_is_string(value) && *json_string_value(value) ? NULL : "a text";
	case COUNT:
		*(uint64_t *)to = (uint64_t)json_integer_value(value);
		return json_is_integer(value) && json_integer_value(value) >= 0
			       ? NULL
			       : "a whole number, 0 or more";
	case NUMBER:
		*(double *)to = json_is_number(value) ? json_number_value(value) : NAN;
		return !value || json_is_null(value) || json_is_number(value) ? NULL
									      : "a number or null";
	case BOOL:
		*(bool *)to = json_is_true(value);
		return json_is_boolean(value) ? NULL : "true or false";
	}
	return "nothing";
}

static int take_fields(const struct place *at, const json_t *object, const struct field *fields,
		       void *to)
{
	for (; fields->key; fields++) {
		const json_t *value = json_object_get(object, fields->key);
		const char *want = take(value, fields->type, (char *)to + fields->offset);

		if (want)
			return bad(at, fields->key, want, value);
	}
	return 0;
}

static int take_name(const struct place *at, const json_t *object, const char *key,
		     const char *const *names, int nr, int *which)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	if (!text)
		return bad(at, key, "a text", value);
	for (*which = 0; *which < nr; (*which)++)
		if (!strcmp(names[*which], text))
			return 0;
	return diag_set(at->d, EXIT_INPUT, -EINVAL, "%s: %s.%s: \"%.32s\" is not one of %s ... %s",
			at->file, at->path, key, text, names[0], names[nr - 1]);
}

/* ---- a run -------------------------------------------------------------------------------- */

#define RUN(key, type, member)                                                                     \
	{                                                                                          \
		key, type, offsetof(struct results_run, member)                                    \
	}
static const struct field run_fields[] = {
	RUN("trace", TEXT, trace),
	RUN("index", TEXT, index),
	RUN("era", TEXT_OR_NULL, era),
	RUN("kernel_ok", BOOL, kernel_ok),
	RUN("slots", COUNT, slots),
	RUN("accesses", COUNT, accesses),
	RUN("lookups", COUNT, lookups),
	RUN("lines", NUMBER, lines),
	RUN("depth", NUMBER, depth),
	RUN("bytes", NUMBER, bytes),
	{ 0 },
};
static const struct field cycle_fields[] = {
	RUN("floor", NUMBER, floor),
	RUN("median", NUMBER, median),
	RUN("lo", NUMBER, lo),
	RUN("hi", NUMBER, hi),
	RUN("p5", NUMBER, p5),
	RUN("p50", NUMBER, p50),
	RUN("p95", NUMBER, p95),
	RUN("p99", NUMBER, p99),
	RUN("p999", NUMBER, p999),
	RUN("max", NUMBER, max),
	{ 0 },
};

static int load_caches(const struct place *at, const json_t *array, struct results_run *run)
{
	const json_t *layer;
	size_t i, size = 5;
	char *p;

	if (!json_is_array(array))
		return bad(at, "caches", "an array of texts", array);
	json_array_foreach (array, i, layer) {
		if (!json_is_string(layer))
			return bad(at, "caches", "an array of texts", array);
		size += json_string_length(layer) + 1;
	}
	run->caches = p = malloc(size);
	if (!p)
		return diag_set(at->d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	stpcpy(p, "none");
	json_array_foreach (array, i, layer)
		p = stpcpy(stpcpy(p, i ? "+" : ""), json_string_value(layer));
	return 0;
}

/* `process` may be absent: one process. */
static int load_samples(const struct place *at, const json_t *cycles, struct results_run *run)
{
	const json_t *samples = json_object_get(cycles, "samples"), *value;
	const json_t *process = json_object_get(cycles, "process");
	size_t i, nr = json_array_size(samples);

	if (!json_is_array(samples) && !json_is_null(cycles))
		return bad(at, "samples", "an array of numbers", samples);
	if (process && !(json_is_array(process) && json_array_size(process) == nr))
		return bad(at, "process", "an array as long as samples", process);
	run->samples = calloc(nr ? nr : 1, sizeof(*run->samples));
	run->process = calloc(nr ? nr : 1, sizeof(*run->process));
	if (!run->samples || !run->process)
		return diag_set(at->d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	json_array_foreach (samples, i, value) {
		if (!json_is_number(value))
			return bad(at, "samples", "an array of numbers", value);
		run->samples[i] = json_number_value(value);
	}
	json_array_foreach (process, i, value) {
		if (!json_is_integer(value) || json_integer_value(value) < 0 ||
		    json_integer_value(value) > INT32_MAX)
			return bad(at, "process", "an array of whole numbers", value);
		run->process[i] = (unsigned int)json_integer_value(value);
	}
	run->nr_samples = nr;
	return 0;
}

static int load_run(const struct place *at, const json_t *json, struct results_run *run)
{
	const json_t *cycles = json_object_get(json, "cycles");
	struct place in_cycles = below(at, ".cycles");
	int which, err;

	run->json = json;
	if (!json_is_object(json))
		return bad(at, "", "an object", json);
	err = take_fields(at, json, run_fields, run);
	if (err)
		return err;
	err = take_name(at, json, "mode", results_mode_names, RESULTS_NR_MODES, &which);
	if (err)
		return err;
	run->mode = which;
	err = take_name(at, json, "class", results_class_names, RESULTS_NR_CLASSES, &which);
	if (err)
		return err;
	run->class = which;
	err = load_caches(at, json_object_get(json, "caches"), run);
	if (err)
		return err;
	if (!json_is_object(cycles) && !json_is_null(cycles))
		return bad(at, "cycles", "an object or null", cycles);
	err = take_fields(&in_cycles, cycles, cycle_fields, run);
	return err ? err : load_samples(&in_cycles, cycles, run);
}

/* ---- the document ------------------------------------------------------------------------- */

#define TRACE(key, type, member)                                                                   \
	{                                                                                          \
		key, type, offsetof(struct results_trace, member)                                  \
	}
static const struct field trace_fields[] = {
	TRACE("name", TEXT, name),
	TRACE("sha256", TEXT, sha256),
	TRACE("events", COUNT, events),
	TRACE("duration_ns", NUMBER, duration_ns),
	TRACE("faults_ns", NUMBER, faults_ns),
	TRACE("shadow", NUMBER, shadow),
	{ 0 },
};
static const struct field after_change_fields[] = {
	TRACE("changes", NUMBER, changes),
	TRACE("misses", NUMBER, misses),
	TRACE("again", NUMBER, again),
	TRACE("settle_ns", NUMBER, settle_ns),
	{ 0 },
};

const struct results_trace *results_trace_of(const struct results_run *run)
{
	for (size_t i = 0; i < run->file->nr_traces; i++)
		if (!strcmp(run->file->traces[i].name, run->trace))
			return &run->file->traces[i];
	return NULL;
}

/* Zeroed memory for the items of an array; NULL after filling the diag. */
static void *array_alloc(const struct place *at, const char *key, const json_t *array, size_t size)
{
	void *p = NULL;

	if (!json_is_array(array))
		bad(at, key, "an array", array);
	else if (!(p = calloc(json_array_size(array) + 1, size)))
		diag_set(at->d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	return p;
}

static int load_trace(const struct place *at, const json_t *json, struct results_trace *trace)
{
	struct place change = below(at, ".after_change");
	int err = take_fields(at, json, trace_fields, trace);

	if (err)
		return err;
	return take_fields(&change, json_object_get(json, "after_change"), after_change_fields,
			   trace);
}

static int load_traces(const struct place *at, struct results *r)
{
	const json_t *array = json_object_get(r->doc, "traces"), *json;
	size_t i;
	int err;

	r->traces = array_alloc(at, "traces", array, sizeof(*r->traces));
	if (!r->traces)
		return -EINVAL;
	json_array_foreach (array, i, json) {
		struct place here = below(at, ".traces[%zu]", i);

		r->traces[i].json = json;
		r->nr_traces = i + 1;
		err = load_trace(&here, json, &r->traces[i]);
		if (err)
			return err;
	}
	return 0;
}

static int load_runs(const struct place *at, struct results *r)
{
	const json_t *array = json_object_get(r->doc, "runs"), *json;
	size_t i;
	int err;

	r->runs = array_alloc(at, "runs", array, sizeof(*r->runs));
	if (!r->runs)
		return -EINVAL;
	json_array_foreach (array, i, json) {
		struct place here = below(at, ".runs[%zu]", i);

		r->runs[i].file = r;
		r->nr_runs = i + 1;
		err = load_run(&here, json, &r->runs[i]);
		if (!err && !results_trace_of(&r->runs[i]))
			err = diag_set(at->d, EXIT_INPUT, -EINVAL,
				       "%s: %s.trace: \"%.64s\" is not among $.traces", at->file,
				       here.path, r->runs[i].trace);
		if (err)
			return err;
	}
	return 0;
}

static int check_schema(const struct place *at, const json_t *doc)
{
	const json_t *schema = json_object_get(doc, "schema"),
		     *version = json_object_get(doc, "version");

	if (!json_is_string(schema) || strcmp(json_string_value(schema), RESULTS_SCHEMA))
		return diag_set(at->d, EXIT_INPUT, -EINVAL,
				"%s: $.schema: not a results file of slotsim replay (that says "
				"\"" RESULTS_SCHEMA "\")",
				at->file);
	if (!json_is_integer(version) || json_integer_value(version) < 1)
		return bad(at, "version", "a whole number, 1 or more", version);
	if (json_integer_value(version) > RESULTS_VERSION)
		return diag_set(at->d, EXIT_INPUT, -EINVAL,
				"%s: $.version: %lld is newer than this program reads (%d); "
				"use a newer slotsim",
				at->file, (long long)json_integer_value(version), RESULTS_VERSION);
	return 0;
}

static int read_json(const char *path, json_t **doc, struct diag *d)
{
	json_error_t e;
	FILE *in;
	int err = input_open(path, &in, d);

	if (err)
		return err;
	*doc = json_loadf(in, JSON_REJECT_DUPLICATES, &e);
	fclose(in);
	if (!*doc)
		return diag_set(d, EXIT_INPUT, -EINVAL, "%s: line %d: not JSON: %s", path, e.line,
				e.text);
	return 0;
}

static int load(struct results *r, struct diag *d)
{
	struct place root = { r->path, "$", d };
	int err = check_schema(&root, r->doc);

	if (err)
		return err;
	r->env = json_object_get(r->doc, "env");
	if (!json_is_object(r->env))
		return bad(&root, "env", "an object", r->env);
	err = load_traces(&root, r);
	return err ? err : load_runs(&root, r);
}

int results_take(const char *name, json_t *doc, struct results **results, struct diag *d)
{
	struct results *r = calloc(1, sizeof(*r));
	int err;

	if (!r || !(r->path = strdup(name))) {
		free(r);
		json_decref(doc);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	}
	r->doc = doc;
	err = load(r, d);
	if (err)
		results_free(r);
	else
		*results = r;
	return err;
}

int results_load(const char *path, struct results **results, struct diag *d)
{
	json_t *doc;
	int err = read_json(path, &doc, d);

	return err ? err : results_take(path, doc, results, d);
}

void results_free(struct results *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nr_runs; i++) {
		free(r->runs[i].caches);
		free(r->runs[i].samples);
		free(r->runs[i].process);
	}
	free(r->runs);
	free(r->traces);
	free(r->path);
	json_decref(r->doc);
	free(r);
}

/* ---- what reports print about the file ---------------------------------------------------- */

const char *results_env(const struct results *r, const char *key, char *text, size_t size)
{
	const json_t *value = json_object_get(r->env, key);

	if (json_is_string(value))
		snprintf(text, size, "%s", json_string_value(value));
	else if (json_is_number(value))
		snprintf(text, size, "%g", json_number_value(value));
	else
		snprintf(text, size, "unknown");
	return text;
}

static const char *const machine_keys[] = { "cpu", "hypervisor", "kernel" };

const char *results_machines_differ(const struct results *a, const struct results *b)
{
	double x = json_number_value(json_object_get(a->env, "tsc_mhz"));
	double y = json_number_value(json_object_get(b->env, "tsc_mhz"));

	for (size_t i = 0; i < sizeof(machine_keys) / sizeof(*machine_keys); i++) {
		const char *key = machine_keys[i];
		const json_t *p = json_object_get(a->env, key), *q = json_object_get(b->env, key);

		if (json_string_value(p) && json_string_value(q) && !json_equal(p, q))
			return key;
	}
	return x > 0 && y > 0 && fabs(x - y) > 0.01 * x ? "tsc_mhz" : NULL;
}

double results_noise_floor(const struct results *r)
{
	return json_number_value(json_object_get(r->env, "noise_floor_pct"));
}

size_t results_processes(const struct results_run *run)
{
	size_t nr = 0;

	for (size_t i = 0; i < run->nr_samples; i++) {
		size_t before = 0;

		while (before < i && run->process[before] != run->process[i])
			before++;
		nr += before == i;
	}
	return nr;
}

void results_command(const struct results *r, char *text, size_t size)
{
	const json_t *argv = json_object_get(r->doc, "argv"), *word;
	size_t i, len = 0;

	snprintf(text, size, "unknown");
	json_array_foreach (argv, i, word)
		len = shell_append(text, size, len,
				   json_is_string(word) ? json_string_value(word) : "");
}
