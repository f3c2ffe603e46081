/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces from what other tools recorded: capture/memslots.bt, perf script, trace-cmd. What they
 * cannot say the header lists as not observed; docs/capture.md has the tools' commands.
 */
#ifndef TRACE_IMPORT_IMPORT_H
#define TRACE_IMPORT_IMPORT_H

#include "trace/trace.h"

struct import_format;

/* The format of the file @path by its content; NULL: none of these, or not readable. */
const struct import_format *import_recognise(const char *path);

struct import_done {
	uint64_t events, lost; /* written; not recorded, or fitting no slot */
	uint64_t unplaced;     /* of the lost, those that fit no slot */
};

/* Write the trace @out of @in, which is of @format. A bad or truncated @in leaves no @out. */
int import_convert(const struct import_format *format, const char *in, const char *out, bool force,
		   struct import_done *done, struct diag *d);

#endif
