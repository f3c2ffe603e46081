// SPDX-License-Identifier: GPL-2.0-only
#include "trace/import/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/file.h"
#include "trace/import/recording.h"
#include "trace/reserve.h"

static const struct import_format *const formats[] = {
	&import_bpftrace,
	&import_perf,
#ifdef HAVE_TRACE_CMD
	&import_trace_cmd,
#endif
};

enum { HEAD_BYTES = 1 << 16 };

const struct import_format *import_recognise(const char *path)
{
	static char head[HEAD_BYTES];
	FILE *in;
	size_t size;

	/* What comes through a pipe can be read only once. */
	if (!strcmp(path, "-") || input_open(path, &in, NULL) < 0)
		return NULL;
	size = fread(head, 1, sizeof(head), in);
	fclose(in);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i]->recognise(head, size))
			return formats[i];
	return NULL;
}

static int out_of_memory(const struct recording *r, struct diag *d)
{
	return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", r->path);
}

static int check_time(const struct recording *r, uint64_t t_ns, struct diag *d)
{
	if (t_ns <= INT64_MAX)
		return 0;
	return diag_set(d, EXIT_INPUT, -EINVAL,
			"%s: something at %" PRIu64 " ns; that is later than any clock tells, "
			"record it again",
			r->path, t_ns);
}

int recording_add_event(struct recording *r, const struct trace_event *event, struct diag *d)
{
	int rc = check_time(r, event->t_ns, d);

	if (!rc)
		rc = reserve((void **)&r->events, &r->room_events, r->nr_events, sizeof(*event))
			     ? out_of_memory(r, d)
			     : 0;
	if (!rc)
		r->events[r->nr_events++] = *event;
	return rc;
}

int recording_add_change(struct recording *r, const struct import_change *change, struct diag *d)
{
	int rc = check_time(r, change->done_ns, d);

	if (!rc)
		rc = reserve((void **)&r->changes, &r->room_changes, r->nr_changes, sizeof(*change))
			     ? out_of_memory(r, d)
			     : 0;
	if (!rc)
		r->changes[r->nr_changes++] = *change;
	return rc;
}

int import_convert(const struct import_format *format, const char *in, const char *out, bool force,
		   struct import_done *done, struct diag *d)
{
	struct recording r = { .path = in, .source = format->name };
	int rc;

	r.blind[TRACE_LOOKUP] = "recorded with slotsim capture --lookups only";
	rc = format->read(&r, d);
	if (!rc)
		rc = recording_write(&r, out, force, done, d);
	free(r.events);
	free(r.changes);
	return rc;
}
