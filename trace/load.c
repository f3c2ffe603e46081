// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole trace in memory, validated. Memory is 24 bytes an event: arrays grow by half, which glibc
 * does with mremap(2) for arrays of this size, so that no copy exists and pages not yet filled cost
 * nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec.h"
#include "trace/reader.h"
#include "trace/reserve.h"
#include "trace/validate.h"

struct loader {
	const struct trace_progress *progress; /* NULL: nobody asks */
	struct trace_reader *reader;
	struct validator *validator;
	struct trace *trace;
	size_t room_events, room_changes;
};

static int add_event(struct loader *l, const struct trace_event *event, char why[VALIDATE_WHY])
{
	struct trace *trace = l->trace;

	if (reserve((void **)&trace->events, &l->room_events, trace->nr_events, sizeof(*event)))
		return -ENOMEM;
	trace->events[trace->nr_events++] = *event;
	if (l->progress && !(trace->nr_events & 0xffff))
		l->progress->tick(l->progress->arg, trace->nr_events);
	return validator_event(l->validator, event, why);
}

static int add_change(struct loader *l, struct trace_change *change, char why[VALIDATE_WHY])
{
	struct trace *trace = l->trace;

	if (reserve((void **)&trace->changes, &l->room_changes, trace->nr_changes, sizeof(*change)))
		return -ENOMEM;
	change->at = trace->nr_events;
	if (validator_change(l->validator, change, why) < 0)
		return -EINVAL;
	trace->changes[trace->nr_changes++] = *change;
	return 0;
}

static int add_record(struct loader *l, struct trace_record *rec, struct diag *d)
{
	char why[VALIDATE_WHY] = "out of memory";
	int rc = 0;

	if (rec->type == TRACE_REC_EVENT)
		rc = add_event(l, &rec->event, why);
	else if (rec->type == TRACE_REC_CHANGE)
		rc = add_change(l, &rec->change, why);
	else if (rec->type == TRACE_REC_FOOTER)
		rc = validator_footer(l->validator, trace_reader_footer(l->reader), why);
	return rc < 0 ? reader_error(l->reader, d, rc, "%s", why) : 0;
}

static int read_records(struct loader *l, struct diag *d)
{
	struct trace_record rec;
	int rc;

	do {
		rc = trace_reader_next(l->reader, &rec, d);
		if (rc == 0)
			rc = add_record(l, &rec, d);
	} while (rc == 0 && rec.type != TRACE_REC_EOF);
	return rc;
}

/* The file's name without folder and without what follows the first dot: the label in results. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strcspn(name + 1, ".") + 1; /* a leading dot stays */

	return strcmp(path, "-") ? strndup(name, length) : strdup("stdin");
}

static int take_header(struct loader *l, struct diag *d)
{
	struct trace *trace = l->trace;
	char why[VALIDATE_WHY];
	int rc;

	trace->name = name_of(l->reader->path);
	trace->header = json_incref(l->reader->header);
	trace->slots = l->reader->slots;
	trace->nr_slots = l->reader->nr_slots;
	l->reader->slots = NULL;
	rc = validator_new(trace->slots, trace->nr_slots, &l->validator, why);
	if (rc == 0 && !trace->name) {
		snprintf(why, sizeof(why), "out of memory");
		rc = -ENOMEM;
	}
	return rc < 0 ? reader_error(l->reader, d, rc, "header: %s", why) : 0;
}

static int check_end(struct loader *l, unsigned int flags, struct diag *d)
{
	struct trace *trace = l->trace;
	struct footer_counts counts;
	char why[CODEC_WHY];

	if (!l->reader->footer) {
		if (flags & TRACE_ALLOW_TRUNCATED)
			return 0;
		return reader_error(l->reader, d, -ENODATA,
				    "truncated: the file ends without its footer; %zu whole events "
				    "and %zu slot changes were read; record it again",
				    trace->nr_events, trace->nr_changes);
	}
	trace->footer = json_incref(l->reader->footer);
	decode_footer(trace->footer, &counts, why); /* succeeded when it was read */
	trace->lost = counts.lost;
	if (counts.lost && !(flags & TRACE_ALLOW_LOST))
		return reader_error(l->reader, d, -EOVERFLOW,
				    "%" PRIu64 " events were lost while recording; record it again "
				    "with a larger buffer",
				    counts.lost);
	return 0;
}

static void take_sha256(struct loader *l)
{
	uint8_t digest[32];

	stream_sha256(l->reader->stream, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		sprintf(l->trace->sha256 + 2 * i, "%02x", digest[i]);
}

static void shrink(struct trace *trace)
{
	void *smaller = reallocarray(trace->events, trace->nr_events + 1, sizeof(*trace->events));

	if (smaller)
		trace->events = smaller;
}

int trace_load_watched(const char *path, unsigned int flags, const struct trace_progress *progress,
		       struct trace **result, struct diag *d)
{
	struct loader l = { .progress = progress, .trace = calloc(1, sizeof(struct trace)) };
	int rc;

	if (!l.trace)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", path);
	rc = trace_reader_open(path, &l.reader, d);
	if (rc == 0)
		rc = take_header(&l, d);
	if (rc == 0)
		rc = read_records(&l, d);
	if (rc == 0)
		rc = check_end(&l, flags, d);
	if (rc == 0)
		take_sha256(&l);
	trace_reader_close(l.reader);
	validator_free(l.validator);
	if (rc < 0) {
		trace_free(l.trace);
		return rc;
	}
	shrink(l.trace);
	*result = l.trace;
	return 0;
}

int trace_load(const char *path, unsigned int flags, struct trace **trace, struct diag *d)
{
	return trace_load_watched(path, flags, NULL, trace, d);
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	json_decref(trace->header);
	json_decref(trace->footer);
	free(trace->name);
	free(trace->slots);
	free(trace->events);
	free(trace->changes);
	free(trace);
}
