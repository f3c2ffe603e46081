// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "trace/codec.h"
#include "trace/packed.h"
#include "trace/trace.h"
#include "trace/writer.h"

static_assert((int)TRACE_NR_OPS <= PACKED_END, "ops and escapes share four bits");
static_assert(sizeof(struct packed_record) == 16, "fixed by the format");
static_assert(sizeof(struct packed_preamble) == 32, "whole records");
static_assert(PACKED_DIGEST_SIZE == SHA256_DIGEST_SIZE, "fixed by the format");

/* Records are gathered, so that hashing and stdio see large pieces. */
struct packer {
	struct sha256_ctx sha;
	uint64_t last_ns;
	size_t used;
	char buf[1 << 14];
};

static void flush(struct trace_writer *writer)
{
	struct packer *p = writer->form;

	sha256_update(&p->sha, p->used, (const uint8_t *)p->buf);
	fwrite(p->buf, 1, p->used, writer->stream);
	p->used = 0;
}

static void put(struct trace_writer *writer, const void *data, size_t size)
{
	struct packer *p = writer->form;
	const char *from = data;

	while (size) {
		size_t room = sizeof(p->buf) - p->used, n = size < room ? size : room;

		memcpy(p->buf + p->used, from, n);
		p->used += n;
		from += n;
		size -= n;
		if (p->used == sizeof(p->buf))
			flush(writer);
	}
}

static void put_record(struct trace_writer *writer, uint64_t word0, uint64_t word1)
{
	const struct packed_record record = { { word0, word1 } };

	put(writer, &record, sizeof(record));
}

static uint64_t escape(enum packed_escape op)
{
	return (uint64_t)op << TRACE_GFN_BITS;
}

static void put_padded(struct trace_writer *writer, const char *text, size_t size)
{
	static const char zeros[sizeof(struct packed_record)];

	put(writer, text, size);
	put(writer, zeros, packed_padded(size) - size);
}

static int pack_header(struct trace_writer *writer, const json_t *header)
{
	struct packed_preamble preamble = { .version = PACKED_VERSION,
					    .record_size = sizeof(struct packed_record) };
	size_t size;
	char *text = encode_text(header, &size);
	struct packer *p = malloc(sizeof(*p));

	if (!text || !p) {
		free(text);
		free(p);
		return -ENOMEM;
	}
	writer->form = p;
	p->last_ns = p->used = 0;
	sha256_init(&p->sha);
	memcpy(preamble.magic, PACKED_MAGIC, sizeof(preamble.magic));
	preamble.json_size = size;
	put(writer, &preamble, sizeof(preamble));
	put_padded(writer, text, size);
	free(text);
	return 0;
}

static int pack_object(struct trace_writer *writer, const json_t *object)
{
	size_t size;
	char *text = encode_text(object, &size);

	if (!text)
		return -ENOMEM;
	put_record(writer, escape(PACKED_JSON) | size, 0);
	put_padded(writer, text, size);
	free(text);
	return 0;
}

/* The 20 bits of dur, or more than fit. */
static uint64_t narrow_dur(const struct trace_event *event)
{
	if (event->op == TRACE_HVA)
		return event->npages;
	if (event->dur_ns == TRACE_NO_DUR)
		return PACKED_NO_DUR;
	return event->dur_ns < PACKED_NO_DUR ? event->dur_ns : UINT64_MAX;
}

static void pack_event(struct trace_writer *writer, const struct trace_event *event)
{
	struct packer *p = writer->form;
	uint64_t dt = event->t_ns - p->last_ns; /* wraps to a large number where time goes back */
	uint64_t dur = narrow_dur(event);
	uint64_t vcpu = event->vcpu == TRACE_NO_VCPU   ? PACKED_NO_VCPU
			: event->vcpu < PACKED_NO_VCPU ? event->vcpu
						       : UINT64_MAX;

	p->last_ns = event->t_ns;
	if (dt > PACKED_MAX_DT || dur > PACKED_NO_DUR || vcpu > PACKED_NO_VCPU) {
		put_record(writer,
			   escape(PACKED_WIDE) | (uint64_t)event->vcpu << 32 | event->dur_ns,
			   event->t_ns);
		dt = dur = vcpu = 0;
	}
	put_record(writer, vcpu << 56 | (uint64_t)event->op << TRACE_GFN_BITS | event->gfn,
		   (uint64_t)event->slot << 48 | (uint64_t)event->flags << 40 | dt << 20 | dur);
}

static int pack_end(struct trace_writer *writer)
{
	struct packer *p = writer->form;
	uint8_t digest[SHA256_DIGEST_SIZE];

	put_record(writer, escape(PACKED_END), 0);
	flush(writer);
	sha256_digest(&p->sha, sizeof(digest), digest);
	put(writer, digest, sizeof(digest));
	flush(writer);
	return 0;
}

static void pack_close(struct trace_writer *writer)
{
	free(writer->form);
}

const struct writer_ops packed_writer = {
	.header = pack_header,
	.event = pack_event,
	.object = pack_object,
	.flush = flush,
	.end = pack_end,
	.close = pack_close,
};
