/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses out of the kvm and kvmmmu tracepoints, for tools that record these as they are. The
 * rules are those of the probes; docs/capture.md tells which tracepoint gives what.
 */
#ifndef TRACE_IMPORT_TRACEPOINTS_H
#define TRACE_IMPORT_TRACEPOINTS_H

#include "trace/import/recording.h"

enum tracepoint_id {
	TP_ENTRY,
	TP_EXIT,
	TP_PAGE_FAULT,
	TP_SPTE_REQUESTED,
	TP_FAST_PAGE_FAULT,
	TP_CHECK_MMIO_SPTE,
	TP_HANDLE_MMIO,
	TP_MMIO,
	TP_FAST_MMIO,
	TP_EMULATE,
	NR_TRACEPOINTS
};

enum { TRACEPOINT_VALUES = 2 };

/* A number of a tracepoint: its field, and what stands before it in the kernel's print format. */
struct tracepoint_value {
	const char *field; /* NULL: the print format only */
	const char *text;  /* NULL: the field only */
	int base;
	bool optional; /* older kernels have it not: TRACEPOINT_NONE */
};
#define TRACEPOINT_NONE UINT64_MAX

struct tracepoint_format {
	const char *system, *name;
	struct tracepoint_value values[TRACEPOINT_VALUES]; /* neither field nor text: no more */
};
extern const struct tracepoint_format tracepoint_formats[NR_TRACEPOINTS];

struct tracepoint {
	enum tracepoint_id id;
	int tid;
	uint64_t t_ns;
	uint64_t values[TRACEPOINT_VALUES];
};

/* The tracepoint of this name, or NR_TRACEPOINTS. */
enum tracepoint_id tracepoint_find(const char *system, size_t system_size, const char *name,
				   size_t name_size);

/* Find value @i in @text, as the print format wrote it. False: it is not there. */
bool tracepoint_parse(enum tracepoint_id id, unsigned int i, const char *text, uint64_t *value);

struct tracepoints;
int tracepoints_new(struct recording *r, struct tracepoints **result, struct diag *d);
void tracepoints_free(struct tracepoints *t);

/* Each thread's in order of time. */
int tracepoints_take(struct tracepoints *t, const struct tracepoint *tp, struct diag *d);

/* What is left, and what was not seen; gives threads their vCPU numbers. */
int tracepoints_end(struct tracepoints *t, struct diag *d);

#endif
