// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec.h"

/* Order of `fields`; hva events have one more, npages. */
enum { T_NS, VCPU, OP, GFN, SLOT, FLAGS, DUR_NS, NR_FIELDS, NPAGES = NR_FIELDS };
static const char *const field_names[] = { "t_ns", "vcpu",  "op",     "gfn",
					   "slot", "flags", "dur_ns", "npages" };

__attribute__((format(printf, 2, 3))) static int bad(char why[CODEC_WHY], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, CODEC_WHY, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool in_range(const json_t *value, uint64_t max)
{
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       (uint64_t)json_integer_value(value) <= max;
}

/* Whole number @key of @object, 0 to @max. */
static int get(const json_t *object, const char *key, uint64_t max, uint64_t *number,
	       char why[CODEC_WHY])
{
	const json_t *value = json_object_get(object, key);

	if (!in_range(value, max))
		return bad(why, "\"%s\" %s; it must be an integer from 0 to %" PRIu64, key,
			   value ? "is out of range or not an integer" : "is missing", max);
	*number = (uint64_t)json_integer_value(value);
	return 0;
}

/* Index in @names of the word in @value, or -1. */
static int word_index(const json_t *value, const char *const *names, int nr)
{
	const char *word = json_string_value(value);

	for (int i = 0; word && i < nr; i++)
		if (!strcmp(word, names[i]))
			return i;
	return -1;
}

/* ---- slots, in the header and in changes ---- */

static int decode_range(const json_t *object, struct trace_slot *slot, char why[CODEC_WHY])
{
	uint64_t number;

	if (get(object, "base_gfn", TRACE_MAX_GFN, &slot->base_gfn, why) ||
	    get(object, "npages", TRACE_MAX_GFN + 1 - slot->base_gfn, &slot->npages, why))
		return -EINVAL;
	if (!slot->npages)
		return bad(why, "\"npages\" is 0; a slot has at least one page");
	if (get(object, "slot_flags", UINT32_MAX, &number, why))
		return -EINVAL;
	slot->flags = (uint32_t)number;
	return 0;
}

static int decode_slot(const json_t *object, struct trace_slot *slot, char why[CODEC_WHY])
{
	int kind = word_index(json_object_get(object, "kind"), trace_kind_names, TRACE_NR_KINDS);
	const json_t *hva = json_object_get(object, "hva");
	uint64_t number;

	*slot = (struct trace_slot){ 0 };
	if (get(object, "as", TRACE_ADDRESS_SPACES - 1, &number, why))
		return -EINVAL;
	slot->as = (uint8_t)number;
	if (get(object, "id", TRACE_MAX_SLOT, &number, why))
		return -EINVAL;
	slot->id = (uint16_t)number;
	if (kind < 0)
		return bad(why, "\"kind\" must be \"ram\", \"mapped\" or \"rom\"");
	slot->kind = (uint8_t)kind;
	if (hva && get(object, "hva", INT64_MAX, &slot->hva, why))
		return -EINVAL;
	return decode_range(object, slot, why);
}

/* Address space, id, kind and host address are the new slot's where "old" does not say. */
static int decode_old(const json_t *object, const struct trace_slot *slot, struct trace_slot *old,
		      char why[CODEC_WHY])
{
	const json_t *kind = json_object_get(object, "kind");
	char inner[CODEC_WHY];
	int i = kind ? word_index(kind, trace_kind_names, TRACE_NR_KINDS) : slot->kind;

	*old = *slot;
	if (i < 0)
		return bad(why, "\"old\": \"kind\" must be \"ram\", \"mapped\" or \"rom\"");
	old->kind = (uint8_t)i;
	if ((json_object_get(object, "hva") && get(object, "hva", INT64_MAX, &old->hva, inner)) ||
	    decode_range(object, old, inner))
		return bad(why, "\"old\": %.200s", inner);
	return 0;
}

int decode_change(const json_t *line, struct trace_change *change, char why[CODEC_WHY])
{
	const json_t *generation = json_object_get(line, "generation");
	const json_t *old = json_object_get(line, "old");
	int op = word_index(json_object_get(line, "slot"), trace_change_names, TRACE_NR_CHANGE_OPS);

	*change = (struct trace_change){ 0 };
	if (op < 0)
		return bad(why, "\"slot\" must be \"create\", \"delete\", \"move\" or \"flags\"");
	change->op = (enum trace_change_op)op;
	if (get(line, "t_ns", INT64_MAX, &change->t_ns, why) ||
	    decode_slot(line, &change->slot, why))
		return -EINVAL;
	if (generation && !json_is_null(generation) &&
	    get(line, "generation", INT64_MAX, &change->generation, why))
		return -EINVAL;
	if (old && (op == TRACE_MOVE || op == TRACE_FLAGS))
		return decode_old(old, &change->slot, &change->old, why);
	return 0;
}

/* ---- header and footer ---- */

static int check_version(const json_t *header, char why[CODEC_WHY])
{
	const char *schema = json_string_value(json_object_get(header, "schema"));
	const json_t *version = json_object_get(header, "version");

	if (!schema || strcmp(schema, TRACE_SCHEMA))
		return bad(why, "not a trace; line 1 must be an object with \"schema\":\"%s\"",
			   TRACE_SCHEMA);
	if (!json_is_integer(version) || json_integer_value(version) < 1)
		return bad(why, "\"version\" must be the integer %d", TRACE_VERSION);
	if (json_integer_value(version) > TRACE_VERSION) {
		bad(why, "version %" JSON_INTEGER_FORMAT " is newer than %d; use a newer slotsim",
		    json_integer_value(version), TRACE_VERSION);
		return -EPROTO;
	}
	return 0;
}

static int check_fields(const json_t *header, char why[CODEC_WHY])
{
	const json_t *fields = json_object_get(header, "fields");

	for (size_t i = 0; i < NR_FIELDS; i++) {
		const char *name = json_string_value(json_array_get(fields, i));

		if (!name || strcmp(name, field_names[i]))
			return bad(why, "\"fields\" must begin with t_ns, vcpu, op, gfn, slot, "
					"flags, dur_ns in this order");
	}
	return 0;
}

int decode_header(const json_t *header, struct trace_slot **slots, size_t *nr, char why[CODEC_WHY])
{
	const json_t *array = json_object_get(header, "slots");
	struct trace_slot *out;
	char inner[CODEC_WHY];
	int rc = check_version(header, why);

	if (rc || (rc = check_fields(header, why)))
		return rc;
	if (!json_is_array(array))
		return bad(why, "\"slots\" must be the array of slots alive at the start");
	out = calloc(json_array_size(array) + 1, sizeof(*out));
	if (!out) {
		bad(why, "out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (decode_slot(json_array_get(array, i), &out[i], inner)) {
			free(out);
			return bad(why, "\"slots\"[%zu]: %.200s", i, inner);
		}
	}
	*slots = out;
	*nr = json_array_size(array);
	return 0;
}

int decode_footer(const json_t *footer, struct footer_counts *counts, char why[CODEC_WHY])
{
	if (get(footer, "events", INT64_MAX, &counts->events, why) ||
	    get(footer, "slot_changes", INT64_MAX, &counts->slot_changes, why) ||
	    get(footer, "lost", INT64_MAX, &counts->lost, why))
		return -EINVAL;
	return 0;
}

/* ---- events: the hot path, one call a line ---- */

/* The ranges a number of an event may have; @null, where not 0, is what JSON null becomes. */
static const struct {
	uint64_t max, null;
} limits[] = {
	[T_NS] = { INT64_MAX, 0 },    [VCPU] = { TRACE_NO_VCPU - 1, TRACE_NO_VCPU },
	[GFN] = { TRACE_MAX_GFN, 0 }, [SLOT] = { TRACE_MAX_SLOT, TRACE_NO_SLOT },
	[FLAGS] = { UINT8_MAX, 0 },   [DUR_NS] = { TRACE_NO_DUR - 1, TRACE_NO_DUR },
	[NPAGES] = { UINT32_MAX, 0 },
};

static int bad_field(int field, char why[CODEC_WHY])
{
	return bad(why, "field %d (%s) must be an integer from 0 to %" PRIu64 "%s", field + 1,
		   field_names[field], limits[field].max, limits[field].null ? " or null" : "");
}

static inline bool get_field(const json_t *line, int field, uint64_t *number)
{
	const json_t *value = json_array_get(line, (size_t)field);

	if (json_is_null(value) && limits[field].null) {
		*number = limits[field].null;
		return true;
	}
	*number = (uint64_t)json_integer_value(value); /* 0 for another type */
	return json_is_integer(value) && *number <= limits[field].max;
}

static int decode_op(const json_t *line, char why[CODEC_WHY])
{
	const json_t *value = json_array_get(line, OP);
	int op = word_index(value, trace_op_names, TRACE_NR_OPS);

	if (op < 0)
		bad(why,
		    "unknown op %s%.40s%s; it must be one of docs/trace-format.md's, such as "
		    "\"ram\"",
		    json_is_string(value) ? "\"" : "",
		    json_is_string(value) ? json_string_value(value) : "that is no string",
		    json_is_string(value) ? "\"" : "");
	return op;
}

int decode_event(const json_t *line, struct trace_event *event, char why[CODEC_WHY])
{
	uint64_t number[NR_FIELDS + 1];
	size_t need = NR_FIELDS;
	int op;

	if (json_array_size(line) < need)
		return bad(why, "the event has %zu fields; it must have %d", json_array_size(line),
			   NR_FIELDS);
	op = decode_op(line, why);
	if (op < 0)
		return -EINVAL;
	if (op == TRACE_HVA && json_array_size(line) < ++need)
		return bad(why, "the event has 7 fields; op \"hva\" has an eighth, npages");
	for (int i = 0; i < (int)need; i++)
		if (i != OP && !get_field(line, i, &number[i]))
			return bad_field(i, why);
	*event = (struct trace_event){ .t_ns = number[T_NS],
				       .gfn = number[GFN],
				       .op = (unsigned int)op,
				       .flags = number[FLAGS],
				       .dur_ns = (uint32_t)number[DUR_NS],
				       .slot = (uint16_t)number[SLOT],
				       .vcpu = (uint16_t)number[VCPU] };
	if (op == TRACE_HVA)
		event->npages = (uint32_t)number[NPAGES];
	return 0;
}
