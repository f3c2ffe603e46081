/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the model of KVM's miss caches right? The layers of the era that recorded a trace, replayed
 * over its accesses, must give each access without a slot the tag that the kernel gave it.
 */
#ifndef REPLAY_CACHE_MODEL_H
#define REPLAY_CACHE_MODEL_H

#include "replay/cache/eras.h"

/* The tags compared, in this order in both dimensions of the table. */
enum model_tag { MODEL_MISS, MODEL_STALE, MODEL_SPTE, MODEL_VCPU, MODEL_NR_TAGS };
extern const enum trace_op model_ops[MODEL_NR_TAGS];

struct model_report {
	const struct era *era;
	const char *layers; /* the era's, or "none" on a host with kvm.mmio_caching=N */
	uint64_t tags[MODEL_NR_TAGS][MODEL_NR_TAGS]; /* [kernel's][model's] */
	uint64_t accesses, agreed;		     /* sum and diagonal of tags */
	uint64_t cold;	/* page not seen before, served from before the start: not judged */
	uint64_t blind; /* the capture could not observe the model's tag: not judged */
	uint64_t searched, searched_model; /* accesses that reached the slots, hits included */
};

/* 0; -ENOENT and EXIT_INPUT if the trace does not say which kernel recorded it; -ENOMEM. */
int model_compare(const struct trace *trace, struct model_report *report, struct diag *d);

/* Why the kernel may have said @kernel where the model says @model; NULL where they agree. */
const char *model_reason(enum model_tag kernel, enum model_tag model);

#endif
