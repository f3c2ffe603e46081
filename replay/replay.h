/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A replay: traces in, results out. One call is one process' share; cli/replay.c runs several fresh
 * processes and joins what they say.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "replay/bench.h"
#include "replay/cache/cache.h"
#include "replay/cache/eras.h"
#include "replay/counters/counter.h"
#include "replay/index/index.h"
#include "trace/diag.h"

/* Structures under one set of cache layers. */
struct replay_contest {
	const char *era; /* NULL: none named */
	struct cache_layers layers;
	const struct index_ops **indexes;
	size_t nr_indexes;
};

struct replay_request {
	const struct replay_contest *contests;
	size_t nr_contests;
	const struct mode_ops *const *modes; /* ends with NULL */
	const struct counter_ops *counter;   /* set: count instead of timing, into `counts` */
	unsigned int repeats;
	unsigned int process; /* which of the fresh processes this is */
	uint64_t seed;
	bool force; /* time traces that are too short */
	int (*interrupted)(void);
};

/*
 * Replay @trace, which stays the caller's. Appends to the arrays `traces`, `runs`, `counts` and
 * `warnings` of @results. A run's cycles are lists here, one entry a process, so that processes can
 * be joined: {"floor":[x],"p5":[x],...,"samples":[...],"process":[...]}.
 */
int replay_loaded(const struct replay_request *request, struct trace *trace, json_t *results,
		  struct diag *d);

/* 0, or -errno: run on @cpu only; < 0 is the last one that this process may use. */
int replay_pin(int cpu, struct diag *d);

#endif
