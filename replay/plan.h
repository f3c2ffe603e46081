/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From accesses to the lookups that are timed. All of it happens before any clock starts.
 *
 *   events        r r r m r | r r h m | r ...      | slot change, h hva: no lookup
 *   after layers  r   r m   | r     m | r ...      what the cache layers left
 *   windows       [         ] [       ] [ ...      runs of lookups within one segment
 *
 * A pass over a plan visits its windows in order. A trace with few slot changes is covered as a
 * whole up to PLAN_MAX_LOOKUPS lookups; of a longer one, or one with more changes than
 * PLAN_MAX_STOPS, windows are taken at even distances. The oracle pass leaves nothing out.
 */
#ifndef REPLAY_PLAN_H
#define REPLAY_PLAN_H

#include "replay/cache/cache.h"
#include "replay/oracle.h"
#include "trace/diag.h"
#include "trace/trace.h"

#define PLAN_SLICE	 8192 /* lookups: at 60 ticks each, under 0.2 ms at 2.6 GHz */
#define PLAN_MAX_LOOKUPS (1 << 17)
#define PLAN_MIN_LOOKUPS (1 << 16) /* branch predictors memorise less */
#define PLAN_MAX_STOPS	 256

/* A window's lookups of one class: gfns[class][start .. start + nr). */
struct plan_part {
	size_t start, nr;
};

struct plan_window {
	size_t segment; /* slot changes before it */
	struct plan_part of[NR_CLASSES];
};

struct plan {
	const struct trace *trace;
	const struct oracle *oracle;
	const char *era; /* NULL: none */
	struct cache_layers layers;
	uint8_t *served; /* one an event, as cache_serve() says */
	size_t accesses[NR_CLASSES], lookups[NR_CLASSES], planned[NR_CLASSES];
	size_t absorbed[NR_CLASSES][CACHE_MAX_LAYERS];
	struct plan_window *windows;
	size_t nr_windows;
	uint64_t *gfns[NR_CLASSES];
	uint64_t *sums[NR_CLASSES]; /* [i]: checksum of the right answers to gfns[..][0 .. i) */
	float *wait_ns[NR_CLASSES]; /* time since the access before on the same vCPU */
};

/*
 * @plan names trace, oracle, era and layers; the rest is filled. 0 or -ENOMEM. Only address space 0
 * is timed; the oracle pass covers both.
 */
int plan_make(struct plan *plan, struct diag *d);
void plan_free(struct plan *plan);

#endif
