// SPDX-License-Identifier: GPL-2.0-only
#include "trace/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec.h"

static const struct reader_ops *const forms[] = { &json_reader, &packed_reader };
enum { NR_FORMS = sizeof(forms) / sizeof(forms[0]) };

static enum exit_code code_of(int err)
{
	return err == -ENOMEM || err == -EIO ? EXIT_RUNTIME : EXIT_INPUT;
}

int reader_error(const struct trace_reader *reader, struct diag *d, int err, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return diag_set(d, code_of(err), err, "%s: %s %" PRIu64 ": %s", reader->path,
			reader->ops->unit, reader->position, text);
}

int reader_io_error(const struct trace_reader *reader, struct diag *d, int err)
{
	const char *text = err == -EILSEQ    ? "the zstd data is damaged; copy or record it again"
			   : err == -EFBIG   ? "longer than 64 MiB, so this is no trace"
			   : err == -ENOMEM  ? "out of memory"
			   : err == -ENODATA ? "the file is cut here; copy or record it again"
					     : strerror(-err);

	return reader_error(reader, d, err, "%s", text);
}

int reader_parse(const struct trace_reader *reader, const char *text, size_t size, json_t **json,
		 struct diag *d)
{
	json_error_t error;

	*json = json_loadb(text, size, 0, &error);
	if (*json)
		return 0;
	/* jansson names a syntax error always, a failed allocation not always. */
	if (json_error_code(&error) == json_error_out_of_memory || !error.text[0])
		return reader_io_error(reader, d, -ENOMEM);
	return reader_error(reader, d, -EINVAL,
			    "not JSON (column %d: %s); each line must be one JSON value",
			    error.column, error.text);
}

static int take_footer(struct trace_reader *reader, json_t *object, struct trace_record *rec,
		       struct diag *d)
{
	struct footer_counts counts;
	char why[CODEC_WHY];

	if (decode_footer(object, &counts, why) < 0)
		return reader_error(reader, d, -EINVAL, "footer: %s", why);
	reader->footer = json_incref(object);
	rec->type = TRACE_REC_FOOTER;
	return 0;
}

int reader_object(struct trace_reader *reader, json_t *object, struct trace_record *rec,
		  struct diag *d)
{
	char why[CODEC_WHY];

	if (json_object_get(object, "end"))
		return take_footer(reader, object, rec, d);
	if (!json_object_get(object, "slot"))
		return reader_error(reader, d, -EINVAL,
				    "must be an event array, a slot change or the footer");
	if (decode_change(object, &rec->change, why) < 0)
		return reader_error(reader, d, -EINVAL, "slot change: %s", why);
	rec->type = TRACE_REC_CHANGE;
	return 0;
}

static int choose_form(struct trace_reader *reader, struct diag *d)
{
	int first = stream_peek(reader->stream);

	if (first == -ENODATA)
		return diag_set(d, EXIT_INPUT, first,
				"%s: line 1: empty; a trace starts with its header", reader->path);
	reader->ops = forms[0];
	reader->position = 1;
	if (first < 0)
		return reader_io_error(reader, d, first);
	for (int i = 0; i < NR_FORMS; i++) {
		if (forms[i]->first_byte == first) {
			reader->ops = forms[i];
			return 0;
		}
	}
	return reader_error(reader, d, -EINVAL,
			    "not a trace; it must start with the header object, "
			    "{\"schema\":\"" TRACE_SCHEMA "\",...}");
}

static int open_header(struct trace_reader *reader, struct diag *d)
{
	char why[CODEC_WHY];
	int rc = choose_form(reader, d);

	if (rc < 0)
		return rc;
	rc = reader->ops->open(reader, d);
	if (rc < 0)
		return rc;
	rc = decode_header(reader->header, &reader->slots, &reader->nr_slots, why);
	return rc < 0 ? reader_error(reader, d, rc, "header: %s", why) : 0;
}

int trace_reader_open(const char *path, struct trace_reader **result, struct diag *d)
{
	struct trace_reader *reader = calloc(1, sizeof(*reader));
	int rc;

	if (reader)
		reader->path = strdup(path);
	if (!reader || !reader->path) {
		free(reader);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", path);
	}
	rc = stream_open(path, &reader->stream, d);
	if (rc == 0)
		rc = open_header(reader, d);
	if (rc < 0) {
		trace_reader_close(reader);
		return rc;
	}
	*result = reader;
	return 0;
}

const json_t *trace_reader_header(const struct trace_reader *reader)
{
	return reader->header;
}

const struct trace_slot *trace_reader_slots(const struct trace_reader *reader, size_t *nr)
{
	*nr = reader->nr_slots;
	return reader->slots;
}

int trace_reader_next(struct trace_reader *reader, struct trace_record *rec, struct diag *d)
{
	return reader->ops->next(reader, rec, d);
}

const json_t *trace_reader_footer(const struct trace_reader *reader)
{
	return reader->footer;
}

void trace_reader_close(struct trace_reader *reader)
{
	if (!reader)
		return;
	if (reader->ops && reader->ops->close)
		reader->ops->close(reader);
	stream_close(reader->stream);
	json_decref(reader->header);
	json_decref(reader->footer);
	free(reader->slots);
	free(reader->path);
	free(reader);
}
