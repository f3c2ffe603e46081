/* SPDX-License-Identifier: GPL-2.0-only */
/* What a trace holds, in numbers: mix, working set, rates, durations, slots over time. */
#ifndef TRACE_SUMMARY_H
#define TRACE_SUMMARY_H

#include "trace/trace.h"

struct op_summary {
	uint64_t events;
	uint64_t pages; /* distinct gfns; 0 for hva, whose ranges no guest asked for */
	uint64_t timed; /* events with a duration; where 0, the durations below mean nothing */
	uint64_t dur_sum_ns;
	uint32_t dur_p50_ns, dur_p99_ns, dur_max_ns;
};

struct vcpu_summary {
	uint32_t vcpu; /* or TRACE_NO_VCPU */
	uint64_t events;
};

/* Slots of all address spaces from t_ns on. */
struct slots_at {
	uint64_t t_ns;
	size_t slots;
};

struct trace_summary {
	struct op_summary ops[TRACE_NR_OPS];
	struct vcpu_summary *vcpus; /* those with events, by index */
	size_t nr_vcpus;
	uint64_t pages;		    /* distinct gfns over all ops but hva */
	uint64_t first_ns, last_ns; /* of events and slot changes */
	struct slots_at *over_time; /* the start, then one for each change */
	size_t nr_over_time, most_slots;
	uint64_t changes[TRACE_NR_CHANGE_OPS];
};

int trace_summarise(const struct trace *trace, struct trace_summary *sum); /* 0 or -ENOMEM */
void trace_summary_free(struct trace_summary *sum);

/* Why the header says that @op could not be observed, or NULL. */
const char *trace_not_observed(const struct trace *trace, enum trace_op op);

#endif
