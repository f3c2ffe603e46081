/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A structure under test, as it stands at one point of a trace.
 *
 * One struct index an address space, as KVM has it. Segment s of a trace lies after s slot changes;
 * subject_step() makes the next change exactly as the trace has it, subject_go() only what differs
 * between two segments, which is all that a timed pass needs that visits some of them.
 */
#ifndef REPLAY_SUBJECT_H
#define REPLAY_SUBJECT_H

#include "replay/index/heap.h"
#include "replay/index/index.h"
#include "trace/diag.h"
#include "trace/trace.h"

struct subject {
	const struct index_ops *ops;
	const struct trace *trace;
	struct heap *heap;
	struct index *index[TRACE_ADDRESS_SPACES];
	size_t segment;
	size_t peak_bytes;
};

/* The most slots that are alive at once in one address space of @trace. */
size_t subject_slots_needed(const struct trace *trace);

/* At segment 0. -ENOMEM, or -E2BIG if the structure declines so many slots. */
int subject_open(struct subject *subject, const struct index_ops *ops, const struct trace *trace,
		 struct diag *d);
void subject_close(struct subject *subject);

/* 0 or the structure's -errno. */
int subject_step(struct subject *subject);
int subject_go(struct subject *subject, size_t segment);

struct index_slot subject_slot(const struct trace_slot *slot);

/* Those of @slots that are of address space @as, into an empty @index: not a slot change, so at
 * once where the structure can. 0, -ENOMEM or the structure's -errno. */
int subject_fill(const struct index_ops *ops, struct index *index, const struct trace_slot *slots,
		 size_t nr, unsigned int as);

#endif
