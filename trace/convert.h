/* SPDX-License-Identifier: GPL-2.0-only */
/* One trace into another: other form, fewer events. Streams, so memory does not grow with it. */
#ifndef TRACE_CONVERT_H
#define TRACE_CONVERT_H

#include "trace/trace.h"

/* Which events stay. Slot changes all stay, so that what stays finds its slots. */
struct trace_filter {
	const uint16_t *vcpus; /* with nr_vcpus 0 all stay */
	size_t nr_vcpus;
	uint32_t ops;		 /* bit for each enum trace_op; 0: all stay */
	uint64_t from_ns, to_ns; /* from_ns <= t_ns < to_ns */
};

struct trace_converted {
	uint64_t events, dropped; /* written; taken out by the filter */
	uint64_t lost;		  /* as the footer says, also of the output */
};

/*
 * Read @in, validate it, write what @filter (NULL: everything) leaves to @out. A filter that takes
 * something is added to "filters" of the header, and its count to "filtered" of the footer; loss
 * stays as it was recorded. A truncated or bad @in leaves no @out.
 */
int trace_convert(const char *in, const char *out, bool force, const struct trace_filter *filter,
		  struct trace_converted *done, struct diag *d);

#endif
