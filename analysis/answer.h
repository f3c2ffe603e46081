/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions of the 2011 thread, answered from one results file: structures x {miss cache off,
 * on} x {last-used off, on}, interleaved, all in cycles per access.
 */
#ifndef ANALYSIS_ANSWER_H
#define ANALYSIS_ANSWER_H

#include <stdio.h>

#include "analysis/results.h"

/* What the results must hold, as slotsim replay takes it. */
#define ANSWER_INDEXES "null,linear,size-sorted,wbtree-sum,rbtree,granule"
#define ANSWER_LAYERS  "none/mmio-vcpu,mmio-spte/last-vcpu/mmio-vcpu,mmio-spte,last-vcpu"
#define ANSWER_MODES   "batch,single,update"

/* What only the trace itself tells; one for each trace of the results. */
struct answer_trace {
	size_t changes;
	uint64_t misses, again, shadow;
	double settle_ns;
};

/* Plain words, at most 72 columns. Below the threshold: "no difference measured". 0 or -ENOMEM. */
int answer_write(FILE *out, const struct results *results, const struct answer_trace *traces,
		 double threshold_pct);

#endif
