// SPDX-License-Identifier: GPL-2.0-only
/* trace.dat of trace-cmd, read by libtracecmd. */
#ifdef HAVE_TRACE_CMD
#include <errno.h>
#include <event-parse.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <trace-cmd.h>
#include <trace-seq.h>

#include "trace/import/tracepoints.h"

struct reading {
	struct recording *r;
	struct tracepoints *tracepoints;
	struct diag *d;
};

static bool recognise(const char *head, size_t size)
{
	return size >= 10 && !memcmp(head, "\x17\x08\x44tracing", 10);
}

static bool print_value(struct tep_event *event, struct tep_record *record, enum tracepoint_id id,
			unsigned int i, uint64_t *value)
{
	struct trace_seq seq;
	bool found;

	trace_seq_init(&seq);
	tep_print_event(event->tep, &seq, record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&seq);
	found = tracepoint_parse(id, i, seq.buffer, value);
	trace_seq_destroy(&seq);
	return found;
}

static bool read_value(struct tep_event *event, struct tep_record *record, enum tracepoint_id id,
		       unsigned int i, uint64_t *value)
{
	const struct tracepoint_value *v = &tracepoint_formats[id].values[i];
	unsigned long long number = TRACEPOINT_NONE;
	bool found = true;

	*value = TRACEPOINT_NONE;
	if (!v->field && v->text)
		return print_value(event, record, id, i, value);
	if (v->field)
		found = !tep_get_field_val(NULL, event, v->field, record, &number, 0);
	*value = number;
	return found || v->optional;
}

static int take(struct reading *in, struct tep_event *event, struct tep_record *record)
{
	struct tracepoint tp = { .tid = tep_data_pid(event->tep, record), .t_ns = record->ts };

	tp.id = tracepoint_find(event->system, strlen(event->system), event->name,
				strlen(event->name));
	if (tp.id == NR_TRACEPOINTS)
		return 0;
	for (unsigned int i = 0; i < TRACEPOINT_VALUES; i++) {
		const struct tracepoint_value *v = &tracepoint_formats[tp.id].values[i];

		if (!read_value(event, record, tp.id, i, &tp.values[i]))
			return diag_set(in->d, EXIT_INPUT, -EINVAL,
					"%s: %s at %" PRIu64 " ns has no %s; this kernel's format "
					"is not known, record by slotsim capture",
					in->r->path, event->name, tp.t_ns,
					v->field ? v->field : v->text);
	}
	return tracepoints_take(in->tracepoints, &tp, in->d);
}

static int on_record(struct tracecmd_input *handle, struct tep_record *record, int cpu, void *arg)
{
	struct reading *in = arg;
	struct tep_event *event = tep_find_event_by_record(tracecmd_get_tep(handle), record);

	(void)cpu;
	if (record->missed_events) /* negative: how many is not known */
		in->r->lost += record->missed_events > 0 ? (uint64_t)record->missed_events : 1;
	return event ? take(in, event, record) : 0;
}

static int read_trace_cmd(struct recording *r, struct diag *d)
{
	struct reading in = { .r = r, .d = d };
	struct tracecmd_input *handle;
	int rc = tracepoints_new(r, &in.tracepoints, d);

	if (rc)
		return rc;
	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	handle = tracecmd_open(r->path, TRACECMD_FL_LOAD_NO_PLUGINS);
	d->text[0] = '\0';
	rc = handle ? tracecmd_iterate_events(handle, NULL, 0, on_record, &in) : -EINVAL;
	if (rc && !d->text[0])
		rc = diag_set(d, EXIT_INPUT, -EINVAL,
			      "%s: not a whole file of trace-cmd, which libtracecmd could read; "
			      "record it again",
			      r->path);
	if (!rc)
		rc = tracepoints_end(in.tracepoints, d);
	tracepoints_free(in.tracepoints);
	if (handle)
		tracecmd_close(handle);
	return rc;
}

const struct import_format import_trace_cmd = {
	.name = "trace-cmd",
	.recognise = recognise,
	.read = read_trace_cmd,
};
#endif
