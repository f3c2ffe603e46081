/* SPDX-License-Identifier: GPL-2.0-only */
/* What the forms of a trace on disk share when read: one reader_ops each, chosen by the first byte.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "trace/stream.h"
#include "trace/trace.h"

struct reader_ops {
	const char *unit; /* what `position` counts, for messages */
	int first_byte;	  /* what the form starts with */
	/* Read the header into reader->header. */
	int (*open)(struct trace_reader *reader, struct diag *d);
	int (*next)(struct trace_reader *reader, struct trace_record *rec, struct diag *d);
	void (*close)(struct trace_reader *reader); /* free what open() put in `form` */
};

extern const struct reader_ops json_reader, packed_reader;

struct trace_reader {
	const struct reader_ops *ops;
	struct stream *stream;
	char *path;
	uint64_t position; /* of the record last read, from 1 */
	json_t *header, *footer;
	struct trace_slot *slots;
	size_t nr_slots;
	void *form; /* the form's own state */
};

/* Fill @d with "PATH: UNIT POSITION: text" and return @err. */
int reader_error(const struct trace_reader *reader, struct diag *d, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for what a stream function returned below zero. */
int reader_io_error(const struct trace_reader *reader, struct diag *d, int err);

/* Parse @text into @json, a line or a record of the trace. */
int reader_parse(const struct trace_reader *reader, const char *text, size_t size, json_t **json,
		 struct diag *d);

/* Make of an object that is no header the slot change or the footer that it is. */
int reader_object(struct trace_reader *reader, json_t *object, struct trace_record *rec,
		  struct diag *d);

#endif
