// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/packed.h"
#include "trace/reader.h"

/* No object of a trace is longer; a larger length is damage. */
enum { MAX_JSON = 1 << 25 };

struct unpacker {
	uint64_t last_ns;
	bool ended; /* the end record and its checksum have been read */
};

static unsigned int op_of(const struct packed_record *record)
{
	return record->word[0] >> TRACE_GFN_BITS & 15;
}

/* The JSON text of @size bytes that comes next. A file that ends inside it is -ENODATA. */
static int read_json(struct trace_reader *reader, uint64_t size, json_t **json, struct diag *d)
{
	const void *text;
	int rc;

	if (size > MAX_JSON)
		return reader_error(reader, d, -EINVAL,
				    "JSON of %" PRIu64 " bytes; it must be at most %d", size,
				    MAX_JSON);
	rc = stream_bytes(reader->stream, packed_padded(size), &text);
	if (rc == 0)
		rc = -ENODATA;
	if (rc < 0)
		return rc == -ENODATA ? rc : reader_io_error(reader, d, rc);
	return reader_parse(reader, text, size, json, d);
}

static int check_preamble(const struct trace_reader *reader, const struct packed_preamble *preamble,
			  struct diag *d)
{
	if (memcmp(preamble->magic, PACKED_MAGIC, sizeof(preamble->magic)))
		return reader_error(reader, d, -EINVAL, "not a packed trace: wrong magic bytes");
	if (preamble->version > PACKED_VERSION)
		return reader_error(reader, d, -EPROTO,
				    "packed version %u is newer than %d; use a newer slotsim",
				    preamble->version, PACKED_VERSION);
	if (preamble->version < 1 || preamble->record_size != sizeof(struct packed_record))
		return reader_error(reader, d, -EINVAL,
				    "version %u with %u bytes a record; it must be %d with %zu",
				    preamble->version, preamble->record_size, PACKED_VERSION,
				    sizeof(struct packed_record));
	return 0;
}

static int packed_open(struct trace_reader *reader, struct diag *d)
{
	struct packed_preamble preamble;
	const void *bytes;
	int rc = stream_bytes(reader->stream, sizeof(preamble), &bytes);

	if (rc < 0)
		return reader_io_error(reader, d, rc);
	memcpy(&preamble, bytes, sizeof(preamble));
	rc = check_preamble(reader, &preamble, d);
	if (rc < 0)
		return rc;
	rc = read_json(reader, preamble.json_size, &reader->header, d);
	if (rc == -ENODATA)
		return reader_io_error(reader, d, rc);
	if (rc < 0)
		return rc;
	if (!json_is_object(reader->header))
		return reader_error(reader, d, -EINVAL, "the header must be an object");
	reader->form = calloc(1, sizeof(struct unpacker));
	return reader->form ? 0 : reader_io_error(reader, d, -ENOMEM);
}

/* What the two words say of the event, but for time, vCPU and duration. */
static int unpack_event(const struct trace_reader *reader, const struct packed_record *record,
			struct trace_event *event, struct diag *d)
{
	unsigned int op = op_of(record), slot = record->word[1] >> 48;

	if (op >= TRACE_NR_OPS)
		return reader_error(reader, d, -EINVAL, "unknown op %u; it must be below %d", op,
				    TRACE_NR_OPS);
	if (slot > TRACE_MAX_SLOT && slot != TRACE_NO_SLOT)
		return reader_error(reader, d, -EINVAL, "slot %u; it must be at most %d, or %u",
				    slot, TRACE_MAX_SLOT, TRACE_NO_SLOT);
	event->gfn = record->word[0] & TRACE_MAX_GFN;
	event->op = op;
	event->flags = record->word[1] >> 40 & 0xff;
	event->slot = (uint16_t)slot;
	return 0;
}

static int narrow_event(struct trace_reader *reader, const struct packed_record *record,
			struct trace_event *event, struct diag *d)
{
	struct unpacker *u = reader->form;
	uint32_t dur = record->word[1] & PACKED_NO_DUR;
	unsigned int vcpu = record->word[0] >> 56;
	int rc = unpack_event(reader, record, event, d);

	if (rc < 0)
		return rc;
	u->last_ns += record->word[1] >> 20 & PACKED_MAX_DT;
	if (u->last_ns > INT64_MAX)
		return reader_error(reader, d, -EINVAL, "t_ns runs over 2^63 here");
	event->t_ns = u->last_ns;
	event->vcpu = vcpu == PACKED_NO_VCPU ? TRACE_NO_VCPU : (uint16_t)vcpu;
	event->dur_ns = dur == PACKED_NO_DUR && event->op != TRACE_HVA ? TRACE_NO_DUR : dur;
	return 0;
}

/* Returns 1, 0 where the file ends, or a negative errno. */
static int next_record(struct trace_reader *reader, struct packed_record *record, struct diag *d)
{
	const void *bytes;
	int rc = stream_bytes(reader->stream, sizeof(*record), &bytes);

	if (rc == 0 || rc == -ENODATA)
		return 0;
	reader->position++;
	if (rc < 0)
		return reader_io_error(reader, d, rc);
	memcpy(record, bytes, sizeof(*record));
	return 1;
}

static int wide_event(struct trace_reader *reader, const struct packed_record *wide,
		      struct trace_record *rec, struct diag *d)
{
	struct unpacker *u = reader->form;
	struct packed_record record;
	int rc = next_record(reader, &record, d);

	if (rc <= 0)
		return rc; /* the file ends between the two: rec stays EOF */
	if (wide->word[1] > INT64_MAX)
		return reader_error(reader, d, -EINVAL, "t_ns %" PRIu64 "; it must be below 2^63",
				    wide->word[1]);
	rc = unpack_event(reader, &record, &rec->event, d);
	if (rc < 0)
		return rc;
	u->last_ns = rec->event.t_ns = wide->word[1];
	rec->event.vcpu = wide->word[0] >> 32 & 0xffff;
	rec->event.dur_ns = wide->word[0] & UINT32_MAX;
	rec->type = TRACE_REC_EVENT;
	return 0;
}

static int object_record(struct trace_reader *reader, uint64_t size, struct trace_record *rec,
			 struct diag *d)
{
	json_t *object;
	int rc = read_json(reader, size, &object, d);

	if (rc == -ENODATA)
		return 0; /* the file ends inside: rec stays EOF */
	if (rc < 0)
		return rc;
	rc = reader_object(reader, object, rec, d);
	json_decref(object);
	return rc;
}

/* Behind the footer: the checksum, and nothing more. Without it the trace counts as truncated. */
static int check_end(struct trace_reader *reader, struct diag *d)
{
	uint8_t digest[PACKED_DIGEST_SIZE];
	struct unpacker *u = reader->form;
	const void *bytes;
	int rc;

	stream_sha256(reader->stream, digest);
	rc = stream_bytes(reader->stream, sizeof(digest), &bytes);
	if (rc == 0 || rc == -ENODATA)
		return reader_error(reader, d, -ENODATA, "truncated: the checksum is missing");
	if (rc < 0)
		return reader_io_error(reader, d, rc);
	if (memcmp(digest, bytes, sizeof(digest)))
		return reader_error(reader, d, -EILSEQ,
				    "the checksum differs; the file is damaged, copy it again");
	rc = stream_bytes(reader->stream, 1, &bytes);
	if (rc < 0)
		return reader_io_error(reader, d, rc);
	if (rc > 0)
		return reader_error(reader, d, -EINVAL, "data behind the end; it must be last");
	u->ended = true;
	return 0;
}

static int escape_record(struct trace_reader *reader, const struct packed_record *record,
			 struct trace_record *rec, struct diag *d)
{
	switch (op_of(record)) {
	case PACKED_WIDE:
		return wide_event(reader, record, rec, d);
	case PACKED_JSON:
		return object_record(reader, record->word[0] & TRACE_MAX_GFN, rec, d);
	default:
		return reader_error(reader, d, -EINVAL, "unknown record %u; use a newer slotsim",
				    op_of(record));
	}
}

/* The footer has been read: what follows is the end record, and it ends the trace. */
static int after_footer(struct trace_reader *reader, struct diag *d)
{
	const struct unpacker *u = reader->form;
	struct packed_record record;
	int rc;

	if (u->ended)
		return 0;
	rc = next_record(reader, &record, d);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return reader_error(reader, d, -ENODATA, "truncated: the end record is missing");
	if (op_of(&record) != PACKED_END)
		return reader_error(reader, d, -EINVAL, "data behind the footer; it must be last");
	return check_end(reader, d);
}

static int packed_next(struct trace_reader *reader, struct trace_record *rec, struct diag *d)
{
	struct packed_record record;
	int rc;

	rec->type = TRACE_REC_EOF;
	if (reader->footer)
		return after_footer(reader, d);
	rc = next_record(reader, &record, d);
	if (rc <= 0)
		return rc;
	if (op_of(&record) >= PACKED_END)
		return escape_record(reader, &record, rec, d);
	rec->type = TRACE_REC_EVENT;
	return narrow_event(reader, &record, &rec->event, d);
}

static void packed_close(struct trace_reader *reader)
{
	free(reader->form);
}

const struct reader_ops packed_reader = {
	.unit = "record",
	.first_byte = PACKED_FIRST_BYTE,
	.open = packed_open,
	.next = packed_next,
	.close = packed_close,
};
