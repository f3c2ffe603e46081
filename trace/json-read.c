// SPDX-License-Identifier: GPL-2.0-only
/* The JSON form: one value a line. jansson takes most of the time, 400 ns an event or more. */
#include <errno.h>

#include "trace/codec.h"
#include "trace/reader.h"

static int json_open(struct trace_reader *reader, struct diag *d)
{
	const char *line;
	size_t size;
	int rc = stream_line(reader->stream, &line, &size);

	reader->position = 1;
	if (rc < 0)
		return reader_io_error(reader, d, rc);
	rc = reader_parse(reader, line, size, &reader->header, d);
	if (rc < 0)
		return rc;
	if (!json_is_object(reader->header))
		return reader_error(reader, d, -EINVAL, "the header must be an object");
	return 0;
}

static int decode_line(struct trace_reader *reader, json_t *json, struct trace_record *rec,
		       struct diag *d)
{
	char why[CODEC_WHY];

	if (!json_is_array(json))
		return reader_object(reader, json, rec, d);
	rec->type = TRACE_REC_EVENT;
	if (decode_event(json, &rec->event, why) < 0)
		return reader_error(reader, d, -EINVAL, "%s", why);
	return 0;
}

/*
 * A last line without newline counts if it is whole: no beginning of an array or object parses. If
 * it does not parse, the file ends before it.
 */
static int json_next(struct trace_reader *reader, struct trace_record *rec, struct diag *d)
{
	const char *line;
	size_t size;
	json_t *json;
	int rc = stream_line(reader->stream, &line, &size), parsed;

	rec->type = TRACE_REC_EOF;
	if (rc == 0 || (rc == -ENODATA && !reader->footer))
		return 0;
	reader->position++;
	if (rc < 0)
		return reader_io_error(reader, d, rc);
	if (reader->footer)
		return reader_error(reader, d, -EINVAL, "data behind the footer; it must be last");
	parsed = reader_parse(reader, line, size, &json, d);
	if (parsed < 0 && rc == 2 && parsed != -ENOMEM) {
		reader->position--;
		return 0;
	}
	if (parsed < 0)
		return parsed;
	rc = decode_line(reader, json, rec, d);
	json_decref(json);
	return rc;
}

const struct reader_ops json_reader = {
	.unit = "line",
	.first_byte = '{',
	.open = json_open,
	.next = json_next,
};
