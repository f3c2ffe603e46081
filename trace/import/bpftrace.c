// SPDX-License-Identifier: GPL-2.0-only
/*
 * `bpftrace -f json capture/memslots.bt`: each line an object; what memslots.bt prints is in
 * "data". The lines of one CPU are in order, those of several are not.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/import/recording.h"
#include "trace/stream.h"

struct reading {
	struct recording *r;
	uint64_t line;
	bool begun, ended, timed;
	struct diag *d;
};

static int refuse(struct reading *in, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct reading *in, int err, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return diag_set(in->d, EXIT_INPUT, err, "%s: line %" PRIu64 ": %s", in->r->path, in->line,
			text);
}

static bool recognise(const char *head, size_t size)
{
	static const char start[] = "{\"type\": \"attached_probes\"";

	return size >= sizeof(start) - 1 && !memcmp(head, start, sizeof(start) - 1);
}

/* ---- what memslots.bt prints ---- */

static int take_begin(struct reading *in, const char *text)
{
	int version;

	if (sscanf(text, "memslots %d", &version) != 1)
		return refuse(in, -EINVAL, "memslots.bt begins by \"memslots 1\"; record it again");
	if (version != 1)
		return refuse(in, -EPROTO,
			      "memslots.bt of version %d; this slotsim reads 1: record by the one "
			      "that comes with it",
			      version);
	in->begun = true;
	return 0;
}

enum { FLAGS = TRACE_WRITE | TRACE_EXEC | TRACE_FAST };

/* The ops that memslots.bt tells apart. */
static bool find_op(const char *name, unsigned int *op)
{
	for (*op = 0; *op < TRACE_NR_OPS; ++*op)
		if (!strcmp(name, trace_op_names[*op]))
			return *op == TRACE_RAM || (*op >= TRACE_MISS && *op <= TRACE_MISS_FAST);
	return false;
}

static int take_access(struct reading *in, const char *text)
{
	struct trace_event event = { .dur_ns = TRACE_NO_DUR, .slot = TRACE_NO_SLOT };
	uint64_t t_ns, gfn;
	unsigned int vcpu, flags, op;
	char name[16];
	int end = 0;

	if (sscanf(text, "a %" SCNu64 " %u %15s %" SCNx64 " %u%n", &t_ns, &vcpu, name, &gfn, &flags,
		   &end) != 5 ||
	    text[end] || vcpu >= TRACE_NO_VCPU || gfn > TRACE_MAX_GFN || flags & ~FLAGS ||
	    !find_op(name, &op))
		return refuse(in, -EINVAL, "not an access: a TIME VCPU OP GFN FLAGS");
	event.t_ns = t_ns;
	event.gfn = gfn;
	event.op = op & 0xf;
	event.flags = flags & FLAGS;
	event.vcpu = (uint16_t)vcpu;
	return recording_add_event(in->r, &event, in->d);
}

static int take_range(struct reading *in, const char *text)
{
	struct trace_event event = { .op = TRACE_HVA, .slot = TRACE_NO_SLOT };
	uint64_t t_ns, start, stop, npages;
	int vcpu, end = 0;

	if (sscanf(text, "h %" SCNu64 " %d %" SCNx64 " %" SCNx64 "%n", &t_ns, &vcpu, &start, &stop,
		   &end) != 4 ||
	    text[end] || vcpu < -1 || vcpu >= (int)TRACE_NO_VCPU || stop < start)
		return refuse(in, -EINVAL, "not a range: h TIME VCPU START END");
	npages = (stop - start + 4095) >> 12;
	event.t_ns = t_ns;
	event.gfn = (start >> 12) & TRACE_MAX_GFN;
	event.npages = npages < UINT32_MAX ? (uint32_t)npages : UINT32_MAX;
	event.vcpu = (uint16_t)vcpu; /* -1 is TRACE_NO_VCPU */
	return recording_add_event(in->r, &event, in->d);
}

static int take_change(struct reading *in, const char *text)
{
	uint64_t begun_ns, done_ns, gpa, size, hva;
	unsigned int id, flags;
	int end = 0;

	if (sscanf(text, "s %" SCNu64 " %" SCNu64 " %u %x %" SCNx64 " %" SCNx64 " %" SCNx64 "%n",
		   &begun_ns, &done_ns, &id, &flags, &gpa, &size, &hva, &end) != 7 ||
	    text[end] || begun_ns > done_ns || id >> 16 >= TRACE_ADDRESS_SPACES ||
	    (id & 0xffff) > TRACE_MAX_SLOT || (gpa >> 12) + (size >> 12) > TRACE_MAX_GFN + 1)
		return refuse(in, -EINVAL, "not a slot: s BEGUN DONE ID FLAGS GPA SIZE HVA");
	struct import_change change = {
		.begun_ns = begun_ns,
		.done_ns = done_ns,
		.slot = { .base_gfn = gpa >> 12,
			  .npages = size >> 12,
			  .hva = hva,
			  .flags = flags,
			  .id = id & 0xffff,
			  .as = (id >> 16) & 1,
			  .kind = flags & 2 ? TRACE_KIND_ROM : TRACE_KIND_RAM },
	};
	return recording_add_change(in->r, &change, in->d);
}

static int take_printed(struct reading *in, const char *text)
{
	if (text[0] == 'a')
		return take_access(in, text);
	if (text[0] == 's')
		return take_change(in, text);
	if (text[0] == 'h')
		return take_range(in, text);
	if (text[0] == 'm')
		return take_begin(in, text);
	if (!strcmp(text, "timed"))
		in->timed = true;
	else if (!strcmp(text, "end"))
		in->ended = true;
	else if (strcmp(text, "ready") != 0)
		return refuse(in, -EINVAL, "memslots.bt prints no such line; record it again");
	return 0;
}

/* ---- bpftrace's own lines ---- */

static int take_object(struct reading *in, const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	const json_t *data = json_object_get(object, "data"), *events;
	char text[256];

	if (!type || !data)
		return refuse(in, -EINVAL, "not a line of bpftrace -f json: {\"type\":,\"data\":}");
	if (!strcmp(type, "lost_events")) {
		events = json_object_get(data, "events");
		if (json_integer_value(events) <= 0)
			return refuse(in, -EINVAL,
				      "lost_events without their number, {\"events\": N}");
		in->r->lost += (uint64_t)json_integer_value(events);
	}
	if (!strcmp(type, "cat") && json_is_string(data))
		sscanf(json_string_value(data), "%64s", in->r->kernel);
	if (strcmp(type, "printf") != 0)
		return 0;
	if (!json_is_string(data))
		return refuse(in, -EINVAL, "printf without its text, {\"data\": \"...\"}");
	snprintf(text, sizeof(text), "%s", json_string_value(data));
	text[strcspn(text, "\n")] = '\0';
	return take_printed(in, text);
}

static int take_line(struct reading *in, const char *line, size_t size)
{
	json_error_t error;
	json_t *object;
	int rc;

	in->line++;
	if (!size) /* bpftrace sets its maps off with empty lines */
		return 0;
	object = json_loadb(line, size, 0, &error);
	if (!object)
		return refuse(in, -EINVAL, "not JSON (column %d: %s); was the file cut?",
			      error.column, error.text);
	rc = take_object(in, object);
	json_decref(object);
	return rc;
}

static int read_lines(struct reading *in, struct stream *stream)
{
	const char *line;
	size_t size;
	int rc;

	while ((rc = stream_line(stream, &line, &size)) > 0) {
		rc = take_line(in, line, size);
		if (rc < 0)
			return rc;
	}
	in->line++;
	if (rc < 0)
		return refuse(in, rc, "%s", strerror(-rc));
	if (!in->begun)
		return refuse(in, -EINVAL,
			      "not printed by memslots.bt, whose first word is missing; record by "
			      "bpftrace -f json memslots.bt");
	if (!in->ended)
		return refuse(in, -ENODATA,
			      "truncated: memslots.bt did not come to its end; stop it by Ctrl-C");
	return 0;
}

static int read_bpftrace(struct recording *r, struct diag *d)
{
	struct reading in = { .r = r, .d = d };
	struct stream *stream;
	int rc = stream_open(r->path, &stream, d);

	if (rc < 0)
		return rc;
	r->slots_told = true;
	rc = read_lines(&in, stream);
	stream_close(stream);
	r->blind[TRACE_MAPPED] = "what backs a slot is not told; counts as ram";
	r->blind[TRACE_HVA] = "only ranges that the VMM's own threads unmap";
	if (!in.timed) {
		r->blind[TRACE_MISS_VCPU] =
			"KVM tells of no exits and faults here; such accesses count as miss";
		r->no_vcpu = "KVM tells of no entries here; threads as they come";
	}
	r->no_duration = "memslots.bt prints an access when it is served";
	r->no_flags =
		"write, fetch and fast only, and where KVM tells of no faults write of a miss";
	return rc;
}

const struct import_format import_bpftrace = {
	.name = "bpftrace",
	.recognise = recognise,
	.read = read_bpftrace,
};
