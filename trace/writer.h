/* SPDX-License-Identifier: GPL-2.0-only */
/* What the forms of a trace on disk share when written: one writer_ops each, chosen by the name. */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include "trace/file.h"
#include "trace/trace.h"

struct writer_ops {
	int (*header)(struct trace_writer *writer, const json_t *header);
	void (*event)(struct trace_writer *writer, const struct trace_event *event);
	/* A slot change or the footer. */
	int (*object)(struct trace_writer *writer, const json_t *object);
	void (*flush)(struct trace_writer *writer); /* to `stream`; NULL: nothing is held back */
	int (*end)(struct trace_writer *writer);    /* behind the footer */
	void (*close)(struct trace_writer *writer); /* free what header() put in `form` */
};

extern const struct writer_ops json_writer, packed_writer;

struct trace_writer {
	const struct writer_ops *ops;
	struct output *out;
	FILE *stream; /* of @out */
	char *path;
	uint64_t nr_events, nr_changes;
	int err;    /* the first failure that is no I/O error, negative errno */
	void *form; /* the form's own state */
};

#endif
