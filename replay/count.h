/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events per lookup, counted around the same loops that are timed, in a process of its own.
 *
 * Warm: COUNT_LOOKUPS planned lookups after one uncounted pass over them. Cold: one lookup at a
 * time after other memory has filled the cache. What the null structure counts is subtracted.
 */
#ifndef REPLAY_COUNT_H
#define REPLAY_COUNT_H

#include <jansson.h>

#include "replay/bench.h"
#include "replay/counters/counter.h"

#define COUNT_LOOKUPS (1 << 13)
#define COUNT_COLD    32

/* Append to @counts, for each structure and class, {"trace","index","era","caches","class",
 * "counters"}. 0 or -errno. */
int count_entries(struct bench *bench, const struct counter_ops *counter, json_t *counts,
		  struct diag *d);

#endif
