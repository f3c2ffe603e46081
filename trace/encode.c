// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "trace/codec.h"

/* ---- events: by hand, because printf() takes longer than all else in the writer ---- */

static char *put_number(char *p, uint64_t number)
{
	char digits[20];
	int nr = 0;

	do
		digits[nr++] = (char)('0' + number % 10);
	while (number /= 10);
	while (nr)
		*p++ = digits[--nr];
	return p;
}

static char *put_or_null(char *p, uint64_t number, uint64_t null)
{
	return number == null ? stpcpy(p, "null") : put_number(p, number);
}

size_t encode_event(const struct trace_event *event, char text[CODEC_EVENT_MAX])
{
	char *p = text;

	*p++ = '[';
	p = put_number(p, event->t_ns);
	*p++ = ',';
	p = put_or_null(p, event->vcpu, TRACE_NO_VCPU);
	p = stpcpy(p, ",\"");
	p = stpcpy(p, trace_op_names[event->op]);
	p = stpcpy(p, "\",");
	p = put_number(p, event->gfn);
	*p++ = ',';
	p = put_or_null(p, event->slot, TRACE_NO_SLOT);
	*p++ = ',';
	p = put_number(p, event->flags);
	*p++ = ',';
	if (event->op == TRACE_HVA)
		p = put_number(stpcpy(p, "null,"), event->npages);
	else
		p = put_or_null(p, event->dur_ns, TRACE_NO_DUR);
	p = stpcpy(p, "]\n");
	return (size_t)(p - text);
}

/* ---- all else: jansson keeps the order of keys ---- */

static int set_number(json_t *object, const char *key, uint64_t number)
{
	return json_object_set_new(object, key, json_integer((json_int_t)number));
}

static int set_range(json_t *object, const struct trace_slot *slot)
{
	return set_number(object, "base_gfn", slot->base_gfn) ||
	       set_number(object, "npages", slot->npages) ||
	       set_number(object, "slot_flags", slot->flags) ||
	       json_object_set_new(object, "kind", json_string(trace_kind_names[slot->kind])) ||
	       (slot->hva && set_number(object, "hva", slot->hva));
}

static int set_slot(json_t *object, const struct trace_slot *slot)
{
	return set_number(object, "as", slot->as) || set_number(object, "id", slot->id) ||
	       set_range(object, slot);
}

static json_t *or_drop(json_t *json, bool failed)
{
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

/* json_object_update_missing() keeps silent about keys it had no memory for. */
static int add_missing(json_t *object, const json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)from, key, value)
		if (!json_object_get(object, key) && json_object_set(object, key, value))
			return -1;
	return 0;
}

static json_t *encode_slots(const struct trace_slot *slots, size_t nr)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < nr && !failed; i++) {
		json_t *object = json_object();

		failed = set_slot(object, &slots[i]) || json_array_append(array, object);
		json_decref(object);
	}
	return or_drop(array, failed);
}

json_t *encode_header(const json_t *header, const struct trace_slot *slots, size_t nr)
{
	json_t *own = json_object_get(header, "slots");
	json_t *kept = slots || !own ? encode_slots(slots, nr) : json_incref(own);
	json_t *ops = json_array(), *object;
	bool failed = !ops;

	for (int i = 0; i < TRACE_NR_OPS && !failed; i++)
		failed = json_array_append_new(ops, json_string(trace_op_names[i]));
	object = json_pack("{s:s, s:i, s:[sssssss], s:O, s:O*}", "schema", TRACE_SCHEMA, "version",
			   TRACE_VERSION, "fields", "t_ns", "vcpu", "op", "gfn", "slot", "flags",
			   "dur_ns", "ops", ops, "slots", kept);
	failed = failed || !object || !kept || add_missing(object, header);
	json_decref(ops);
	json_decref(kept);
	return or_drop(object, failed);
}

json_t *encode_change(const struct trace_change *change)
{
	json_t *object = json_pack("{s:s, s:I}", "slot", trace_change_names[change->op], "t_ns",
				   (json_int_t)change->t_ns);
	json_t *old = change->old.npages ? json_object() : NULL;
	bool failed = !object || set_slot(object, &change->slot);

	failed = failed || json_object_set_new(
				   object, "generation",
				   change->generation ? json_integer((json_int_t)change->generation)
						      : json_null());
	if (change->old.npages && !failed)
		failed = set_range(old, &change->old) || json_object_set(object, "old", old);
	json_decref(old);
	return or_drop(object, failed);
}

json_t *encode_footer(const json_t *footer, uint64_t nr_events, uint64_t nr_changes)
{
	json_t *object = json_pack("{s:b, s:I, s:I}", "end", 1, "events", (json_int_t)nr_events,
				   "slot_changes", (json_int_t)nr_changes);
	json_t *lost = json_object_get(footer, "lost");
	bool failed = !object;

	failed = failed || (lost ? json_object_set(object, "lost", lost)
				 : json_object_set_new(object, "lost", json_integer(0)));
	failed = failed || add_missing(object, footer);
	return or_drop(object, failed);
}

/* json_dumps() goes on where its buffer cannot grow; so give it one that need not. */
char *encode_text(const json_t *json, size_t *size)
{
	size_t need = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char *text = need ? malloc(need + 1) : NULL;

	if (!text)
		return NULL;
	if (json_dumpb(json, text, need, JSON_COMPACT) != need) {
		free(text);
		return NULL;
	}
	text[need] = '\0';
	*size = need;
	return text;
}
