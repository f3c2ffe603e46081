/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of the JSON form, one at a time: json_t to struct and back. Both forms on disk use it:
 * the packed one keeps everything but events as JSON.
 *
 * A decoder returns 0 or -EINVAL and writes what was wrong and what would be right.
 */
#ifndef TRACE_CODEC_H
#define TRACE_CODEC_H

#include "trace/trace.h"

enum { CODEC_WHY = 256 };

/* Check line 1 and take its slots into a new array. -EPROTO for a version this one cannot read. */
int decode_header(const json_t *header, struct trace_slot **slots, size_t *nr, char why[CODEC_WHY]);
int decode_event(const json_t *line, struct trace_event *event, char why[CODEC_WHY]);
int decode_change(const json_t *line, struct trace_change *change, char why[CODEC_WHY]);

/* What the footer says, null or missing numbers refused. */
struct footer_counts {
	uint64_t events, slot_changes, lost;
};
int decode_footer(const json_t *footer, struct footer_counts *counts, char why[CODEC_WHY]);

/*
 * Encoders return a new object, or NULL when out of memory. Keys of the format come first, then
 * the caller's others. With @slots NULL the header's own "slots" stay.
 */
json_t *encode_header(const json_t *header, const struct trace_slot *slots, size_t nr);
json_t *encode_change(const struct trace_change *change);
json_t *encode_footer(const json_t *footer, uint64_t nr_events, uint64_t nr_changes);

/* @json as text of one line, zero-terminated; NULL when out of memory. */
char *encode_text(const json_t *json, size_t *size);

/* One event as its line with newline; returns the length, at most CODEC_EVENT_MAX. */
enum { CODEC_EVENT_MAX = 128 };
size_t encode_event(const struct trace_event *event, char text[CODEC_EVENT_MAX]);

#endif
