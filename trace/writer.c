// SPDX-License-Identifier: GPL-2.0-only
#include "trace/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec.h"

static const struct writer_ops *form_of(const char *path)
{
	return file_name_ends(path, ".pack") || file_name_ends(path, ".pack.zst") ? &packed_writer
										  : &json_writer;
}

static void writer_free(struct trace_writer *writer)
{
	if (writer->ops->close)
		writer->ops->close(writer);
	free(writer->path);
	free(writer);
}

static int put_header(struct trace_writer *writer, const json_t *header,
		      const struct trace_slot *slots, size_t nr_slots)
{
	json_t *whole = encode_header(header, slots, nr_slots);
	int rc = whole ? writer->ops->header(writer, whole) : -ENOMEM;

	json_decref(whole);
	return rc;
}

int trace_writer_open(const char *path, bool force, const json_t *header,
		      const struct trace_slot *slots, size_t nr_slots, struct trace_writer **result,
		      struct diag *d)
{
	struct trace_writer *writer = calloc(1, sizeof(*writer));
	int rc;

	if (writer)
		writer->path = strdup(path);
	if (!writer || !writer->path) {
		free(writer);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", path);
	}
	writer->ops = form_of(path);
	rc = output_open(path, force, &writer->out, d);
	if (rc < 0) {
		writer_free(writer);
		return rc;
	}
	writer->stream = output_stream(writer->out);
	if (put_header(writer, header, slots, nr_slots) < 0) {
		trace_writer_abort(writer);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", path);
	}
	*result = writer;
	return 0;
}

void trace_writer_event(struct trace_writer *writer, const struct trace_event *event)
{
	writer->nr_events++;
	writer->ops->event(writer, event);
}

void trace_writer_change(struct trace_writer *writer, const struct trace_change *change)
{
	json_t *object = encode_change(change);
	int rc = object ? writer->ops->object(writer, object) : -ENOMEM;

	json_decref(object);
	writer->nr_changes++;
	if (rc < 0 && !writer->err)
		writer->err = rc;
}

long long trace_writer_bytes(const struct trace_writer *writer)
{
	return output_bytes(writer->out);
}

void trace_writer_flush(struct trace_writer *writer)
{
	if (writer->ops->flush)
		writer->ops->flush(writer);
	output_flush(writer->out);
}

static int put_footer(struct trace_writer *writer, const json_t *footer)
{
	json_t *whole = encode_footer(footer, writer->nr_events, writer->nr_changes);
	int rc = whole ? writer->ops->object(writer, whole) : -ENOMEM;

	json_decref(whole);
	if (rc == 0 && writer->ops->end)
		rc = writer->ops->end(writer);
	return rc;
}

int trace_writer_commit(struct trace_writer *writer, const json_t *footer, struct diag *d)
{
	int rc = writer->err ? writer->err : put_footer(writer, footer);

	if (rc < 0) {
		diag_set(d, EXIT_RUNTIME, rc, "%s: %s", writer->path, strerror(-rc));
		trace_writer_abort(writer);
		return rc;
	}
	rc = output_commit(writer->out, d);
	writer_free(writer);
	return rc;
}

void trace_writer_abort(struct trace_writer *writer)
{
	if (!writer)
		return;
	output_abort(writer->out);
	writer_free(writer);
}
