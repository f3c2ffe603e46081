/* SPDX-License-Identifier: GPL-2.0-only */
/* What a change of the slots costs the miss caches: accesses that KVM has to search for again. */
#ifndef REPLAY_BUMP_H
#define REPLAY_BUMP_H

#include <stdint.h>

#include "replay/oracle.h"
#include "trace/diag.h"
#include "trace/trace.h"

/* By time since the last change: below 1 us, then a bin for each power of 2 of it. */
enum { BUMP_BINS = 28 };

struct bump_bin {
	uint64_t from_ns, to_ns;
	uint64_t misses; /* accesses without a slot in that time, over all changes */
	uint64_t again;	 /* of them, searched although known before */
};

struct bump_cost {
	size_t changes;	  /* each raises the generation of its address space */
	uint64_t misses;  /* accesses without a slot */
	uint64_t first;	  /* of them, searched because the page was new */
	uint64_t again;	  /* of them, searched although known before: the price of the changes */
	double settle_ns; /* median time from a change to the last search it caused; 0: none */
	struct bump_bin after[BUMP_BINS];
};

/* Under mmio-vcpu and mmio-spte, as in every kernel since 3.1. 0, or -errno. */
int bump_measure(const struct trace *trace, const struct oracle *oracle, struct bump_cost *cost,
		 struct diag *d);

#endif
