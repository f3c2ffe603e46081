// SPDX-License-Identifier: GPL-2.0-only
#include "trace/convert.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "trace/codec.h"
#include "trace/reader.h"
#include "trace/validate.h"

struct conversion {
	struct trace_reader *reader;
	struct trace_writer *writer;
	struct validator *validator;
	const struct trace_filter *filter; /* NULL: everything stays */
	struct trace_converted done;
};

static bool has_vcpu(const struct trace_filter *filter, uint16_t vcpu)
{
	for (size_t i = 0; i < filter->nr_vcpus; i++)
		if (filter->vcpus[i] == vcpu)
			return true;
	return !filter->nr_vcpus;
}

static bool stays(const struct trace_filter *filter, const struct trace_event *event)
{
	if (!filter)
		return true;
	return event->t_ns >= filter->from_ns && event->t_ns < filter->to_ns &&
	       (!filter->ops || filter->ops & 1u << event->op) && has_vcpu(filter, event->vcpu);
}

/* ---- what header and footer say of the filter ---- */

static json_t *or_drop(json_t *json, int failed)
{
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

/* json_copy() keeps silent about keys it had no memory for. */
static json_t *copy_object(const json_t *object)
{
	json_t *copy = json_object();

	return or_drop(copy, json_object_update(copy, (json_t *)object));
}

static json_t *vcpus_json(const struct trace_filter *filter)
{
	json_t *vcpus = json_array();
	int failed = !vcpus;

	for (size_t i = 0; i < filter->nr_vcpus; i++)
		failed |= json_array_append_new(vcpus, filter->vcpus[i] == TRACE_NO_VCPU
							       ? json_null()
							       : json_integer(filter->vcpus[i]));
	return or_drop(vcpus, failed);
}

static json_t *ops_json(const struct trace_filter *filter)
{
	json_t *ops = json_array();
	int failed = !ops;

	for (int op = 0; op < TRACE_NR_OPS; op++)
		if (filter->ops & 1u << op)
			failed |= json_array_append_new(ops, json_string(trace_op_names[op]));
	return or_drop(ops, failed);
}

static int set_time(json_t *object, const char *key, uint64_t t_ns)
{
	return json_object_set_new(object, key, json_integer((json_int_t)t_ns));
}

/* Only what was asked for becomes a key. */
static json_t *filter_json(const struct trace_filter *filter)
{
	json_t *object = json_object();
	int failed = !object;

	if (filter->nr_vcpus)
		failed |= json_object_set_new(object, "vcpu", vcpus_json(filter));
	if (filter->ops)
		failed |= json_object_set_new(object, "op", ops_json(filter));
	if (filter->from_ns)
		failed |= set_time(object, "from_ns", filter->from_ns);
	if (filter->to_ns != UINT64_MAX)
		failed |= set_time(object, "to_ns", filter->to_ns);
	return or_drop(object, failed);
}

static json_t *header_with(const json_t *header, const struct trace_filter *filter)
{
	const json_t *before = json_object_get(header, "filters");
	json_t *filters = json_array();
	json_t *copy = copy_object(header);

	copy = or_drop(copy,
		       (json_is_array(before) && json_array_extend(filters, (json_t *)before)) ||
			       json_array_append_new(filters, filter_json(filter)) ||
			       json_object_set(copy, "filters", filters));
	json_decref(filters);
	return copy;
}

/* A second filter adds to what the first one took out. */
static json_t *footer_with(const json_t *footer, uint64_t dropped)
{
	json_t *copy = copy_object(footer);
	json_int_t before = json_integer_value(json_object_get(footer, "filtered"));

	return or_drop(copy, json_object_set_new(copy, "filtered",
						 json_integer(before + (json_int_t)dropped)));
}

/* ---- the way through ---- */

static int out_of_memory(const struct conversion *c, struct diag *d)
{
	return reader_error(c->reader, d, -ENOMEM, "out of memory");
}

static int open_both(struct conversion *c, const char *in, const char *out, bool force,
		     struct diag *d)
{
	char why[VALIDATE_WHY];
	json_t *header;
	int rc = trace_reader_open(in, &c->reader, d);

	if (rc < 0)
		return rc;
	rc = validator_new(c->reader->slots, c->reader->nr_slots, &c->validator, why);
	if (rc < 0)
		return reader_error(c->reader, d, rc, "header: %s", why);
	header = c->filter ? header_with(c->reader->header, c->filter)
			   : json_incref(c->reader->header);
	if (!header)
		return out_of_memory(c, d);
	rc = trace_writer_open(out, force, header, NULL, 0, &c->writer, d);
	json_decref(header);
	return rc;
}

static int pass_event(struct conversion *c, const struct trace_event *event, char *why)
{
	if (validator_event(c->validator, event, why) < 0)
		return -EINVAL;
	if (stays(c->filter, event)) {
		trace_writer_event(c->writer, event);
		c->done.events++;
	} else {
		c->done.dropped++;
	}
	return 0;
}

static int pass_change(struct conversion *c, struct trace_change *change, char *why)
{
	struct trace_change as_read = *change; /* the validator fills in .old */

	if (validator_change(c->validator, change, why) < 0)
		return -EINVAL;
	trace_writer_change(c->writer, &as_read);
	return 0;
}

static int pass(struct conversion *c, struct trace_record *rec, struct diag *d)
{
	char why[VALIDATE_WHY];
	int rc = 0;

	if (rec->type == TRACE_REC_EVENT)
		rc = pass_event(c, &rec->event, why);
	else if (rec->type == TRACE_REC_CHANGE)
		rc = pass_change(c, &rec->change, why);
	else if (rec->type == TRACE_REC_FOOTER)
		rc = validator_footer(c->validator, c->reader->footer, why);
	return rc < 0 ? reader_error(c->reader, d, rc, "%s", why) : 0;
}

static int pass_all(struct conversion *c, struct diag *d)
{
	struct trace_record rec;
	int rc;

	do {
		rc = trace_reader_next(c->reader, &rec, d);
		if (rc == 0)
			rc = pass(c, &rec, d);
	} while (rc == 0 && rec.type != TRACE_REC_EOF);
	if (rc == 0 && !c->reader->footer)
		return reader_error(c->reader, d, -ENODATA,
				    "truncated: the file ends without its footer; record it again");
	return rc;
}

static int finish(struct conversion *c, struct diag *d)
{
	struct trace_writer *writer = c->writer;
	json_t *footer = c->filter ? footer_with(c->reader->footer, c->done.dropped)
				   : json_incref(c->reader->footer);
	int rc;

	if (!footer)
		return out_of_memory(c, d);
	c->done.lost = (uint64_t)json_integer_value(json_object_get(footer, "lost"));
	c->writer = NULL;
	rc = trace_writer_commit(writer, footer, d);
	json_decref(footer);
	return rc;
}

int trace_convert(const char *in, const char *out, bool force, const struct trace_filter *filter,
		  struct trace_converted *done, struct diag *d)
{
	struct conversion c = { .filter = filter };
	int rc = open_both(&c, in, out, force, d);

	if (rc == 0)
		rc = pass_all(&c, d);
	if (rc == 0)
		rc = finish(&c, d);
	trace_writer_abort(c.writer);
	validator_free(c.validator);
	trace_reader_close(c.reader);
	if (rc == 0)
		*done = c.done;
	return rc;
}
