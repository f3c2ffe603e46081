// SPDX-License-Identifier: GPL-2.0-only
/* The JSON form: one value a line. Write errors are the output's: output_commit() reports them. */
#include <errno.h>
#include <stdlib.h>

#include "trace/codec.h"
#include "trace/writer.h"

static int json_object_line(struct trace_writer *writer, const json_t *object)
{
	size_t size;
	char *text = encode_text(object, &size);

	if (!text)
		return -ENOMEM;
	text[size] = '\n';
	fwrite(text, 1, size + 1, writer->stream);
	free(text);
	return 0;
}

static void json_event_line(struct trace_writer *writer, const struct trace_event *event)
{
	char text[CODEC_EVENT_MAX];
	size_t size = encode_event(event, text);

	fwrite(text, 1, size, writer->stream);
}

const struct writer_ops json_writer = {
	.header = json_object_line,
	.event = json_event_line,
	.object = json_object_line,
};
