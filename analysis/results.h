/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results files as memory: docs/results-format.md, checked field by field.
 *
 * A number that was not measured is NAN in here; whoever prints it prints "-" or null.
 */
#ifndef ANALYSIS_RESULTS_H
#define ANALYSIS_RESULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/diag.h"

#define RESULTS_SCHEMA	"slotsim.results"
#define RESULTS_VERSION 1

#define RESULTS_MODES(MODE)                                                                        \
	MODE(BATCH, "batch")                                                                       \
	MODE(CHAIN, "chain")                                                                       \
	MODE(SINGLE, "single")                                                                     \
	MODE(COLD, "cold")                                                                         \
	MODE(PACED, "paced")                                                                       \
	MODE(UPDATE, "update")                                                                     \
	MODE(THREADS, "threads")

#define RESULTS_CLASSES(CLASS)                                                                     \
	CLASS(ALL, "all")                                                                          \
	CLASS(RAM, "ram")                                                                          \
	CLASS(MAPPED, "mapped")                                                                    \
	CLASS(MISS, "miss")                                                                        \
	CLASS(UPDATE, "update")

enum results_mode {
#define MODE(sym, name) RESULTS_##sym,
	RESULTS_MODES(MODE)
#undef MODE
		RESULTS_NR_MODES
};

enum results_class {
#define CLASS(sym, name) RESULTS_CLASS_##sym,
	RESULTS_CLASSES(CLASS)
#undef CLASS
		RESULTS_NR_CLASSES
};

extern const char *const results_mode_names[RESULTS_NR_MODES];
extern const char *const results_class_names[RESULTS_NR_CLASSES];

/* Strings belong to the document. */
struct results_run {
	const struct results *file;
	const char *trace;
	const char *index;
	const char *era; /* or NULL */
	char *caches;	 /* the layers joined by "+", or "none" */
	enum results_mode mode;
	enum results_class class;
	bool kernel_ok;
	uint64_t slots, accesses, lookups;
	/* TSC ticks per lookup, the floor subtracted; per slot change in mode update. */
	double floor, median, lo, hi, p5, p50, p95, p99, p999, max;
	double *samples;
	unsigned int *process; /* of each sample */
	size_t nr_samples;
	double lines, depth, bytes;
	const json_t *json; /* the run as read */
};

struct results_trace {
	const char *name;
	const char *sha256;
	uint64_t events;
	double duration_ns, faults_ns; /* recorded time: whole trace, and exit to entry */
	double shadow;		       /* accesses under shadow paging (ept=0) */
	/* After a slot change: misses, and of them those that had to search again for it. */
	double changes, misses, again, settle_ns;
	const json_t *json;
};

struct results {
	char *path;
	json_t *doc;
	const json_t *env;
	struct results_trace *traces;
	size_t nr_traces;
	struct results_run *runs;
	size_t nr_runs;
};

/*
 * Load and check @path ("-" is stdin, zstd by its magic bytes). What breaks the format is
 * EXIT_INPUT and names the JSON path; a newer version is refused.
 */
int results_load(const char *path, struct results **results, struct diag *d);
/* The same from a document in memory, which is taken over; @name stands in messages. */
int results_take(const char *name, json_t *doc, struct results **results, struct diag *d);
void results_free(struct results *results);

/* The trace a run was made from; never NULL after results_load(). */
const struct results_trace *results_trace_of(const struct results_run *run);

/* Value at "a.b.c" of the environment block as text, or "unknown"; @size bytes at @text. */
const char *results_env(const struct results *results, const char *key, char *text, size_t size);

/* NULL, or the key of the environment in which the machines of two files differ. */
const char *results_machines_differ(const struct results *a, const struct results *b);

/* In per cent, as selftest measured it; 0 where it is not known. */
double results_noise_floor(const struct results *results);

/* How many processes the samples come from. */
size_t results_processes(const struct results_run *run);

/* The command line that made the file, quoted for a shell where it must be. */
void results_command(const struct results *results, char *text, size_t size);

#endif
