/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another tool recorded of one VM, in memory: accesses and slot changes, each in any order.
 * One import_format reads each tool's file into it; place.c makes a trace of it.
 */
#ifndef TRACE_IMPORT_RECORDING_H
#define TRACE_IMPORT_RECORDING_H

#include "trace/import/import.h"
#include "trace/trace.h"

/* A slot ioctl: from its call to its return either slots may have served an access. */
struct import_change {
	uint64_t begun_ns, done_ns;
	struct trace_slot slot; /* npages 0: deleted */
};

struct recording {
	const char *path;
	const char *source; /* the tool, as the header names it */
	char kernel[65];    /* release, or "" */

	/* Times are the tool's own. Of an access only op, gfn, flags, duration and vCPU are known:
	 * TRACE_MISS is an access that was emulated unmapped; the gfn of TRACE_HVA is a host page.
	 */
	struct trace_event *events;
	size_t nr_events, room_events;
	struct import_change *changes;
	size_t nr_changes, room_changes;
	uint64_t lost;

	bool slots_told;		 /* changes[] are all slots there are */
	const char *blind[TRACE_NR_OPS]; /* why an op could not be seen, or NULL */
	const char *no_duration, *no_flags, *no_vcpu, *no_slot;
};

/* Return 0, or -ENOMEM with @d filled. */
int recording_add_event(struct recording *r, const struct trace_event *event, struct diag *d);
int recording_add_change(struct recording *r, const struct import_change *change, struct diag *d);

struct import_format {
	const char *name;
	/* Is it this tool's file? @head is its first @size bytes. */
	bool (*recognise)(const char *head, size_t size);
	int (*read)(struct recording *r, struct diag *d);
};

extern const struct import_format import_bpftrace, import_perf, import_trace_cmd;

/* Put everything in order and into its slots; write the trace. Sorts @r. */
int recording_write(struct recording *r, const char *out, bool force, struct import_done *done,
		    struct diag *d);

#endif
