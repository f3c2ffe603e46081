// SPDX-License-Identifier: GPL-2.0-only
#include "trace/stream.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/file.h"

/* A header of 2 x 32764 slots takes some 6 MiB; whatever is longer than this is not a trace. */
enum { FIRST_SIZE = 1 << 18, MAX_SIZE = 1 << 26 };

struct stream {
	FILE *in;
	char *buf;
	size_t hashed, start, end, size;
	struct sha256_ctx sha; /* of what lies before `hashed` */
	int err;	       /* negative errno of the last read; 1 at the end of the file */
};

int stream_open(const char *path, struct stream **stream, struct diag *d)
{
	struct stream *s = calloc(1, sizeof(*s));
	int rc;

	if (s)
		s->buf = malloc(FIRST_SIZE);
	if (!s || !s->buf) {
		free(s);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", path);
	}
	s->size = FIRST_SIZE;
	sha256_init(&s->sha);
	rc = input_open(path, &s->in, d);
	if (rc < 0) {
		stream_close(s);
		return rc;
	}
	*stream = s;
	return 0;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	if (s->in)
		fclose(s->in);
	free(s->buf);
	free(s);
}

static void hash(struct stream *s)
{
	sha256_update(&s->sha, s->start - s->hashed, (const uint8_t *)s->buf + s->hashed);
	s->hashed = s->start;
}

/* Room for at least one more byte behind what is unread. */
static int make_room(struct stream *s)
{
	char *bigger;

	if (s->start) {
		hash(s);
		memmove(s->buf, s->buf + s->start, s->end - s->start);
		s->end -= s->start;
		s->hashed = s->start = 0;
	}
	if (s->end < s->size)
		return 0;
	if (s->size >= MAX_SIZE)
		return -EFBIG;
	bigger = realloc(s->buf, s->size * 2);
	if (!bigger)
		return -ENOMEM;
	s->buf = bigger;
	s->size *= 2;
	return 0;
}

/* Read more. Returns 1, 0 at the end of the file, or a negative errno. */
static int fill(struct stream *s)
{
	size_t n;
	int rc;

	if (s->err)
		return s->err < 0 ? s->err : 0;
	rc = make_room(s);
	if (rc < 0)
		return rc;
	errno = 0;
	n = fread(s->buf + s->end, 1, s->size - s->end, s->in);
	if (s->end + n < s->size)
		s->err = !ferror(s->in) ? 1 : errno ? -errno : -EIO;
	s->end += n;
	return n ? 1 : s->err < 0 ? s->err : 0;
}

int stream_peek(struct stream *s)
{
	if (s->start == s->end) {
		int rc = fill(s);

		if (rc <= 0)
			return rc ? rc : -ENODATA;
	}
	return (unsigned char)s->buf[s->start];
}

int stream_line(struct stream *s, const char **line, size_t *size)
{
	size_t seen = 0;

	for (;;) {
		const char *from = s->buf + s->start;
		const char *newline = memchr(from + seen, '\n', s->end - s->start - seen);
		int rc;

		if (newline) {
			*line = from;
			*size = (size_t)(newline - from);
			s->start += *size + 1;
			return 1;
		}
		seen = s->end - s->start;
		rc = fill(s);
		if (rc < 0)
			return rc;
		if (rc == 0 && seen) {
			*line = from;
			*size = seen;
			s->start = s->end;
			return 2;
		}
		if (rc == 0)
			return 0;
	}
}

int stream_bytes(struct stream *s, size_t size, const void **bytes)
{
	while (s->end - s->start < size) {
		int rc = fill(s);

		if (rc < 0)
			return rc;
		if (rc == 0)
			return s->start == s->end ? 0 : -ENODATA;
	}
	*bytes = s->buf + s->start;
	s->start += size;
	return 1;
}

void stream_sha256(struct stream *s, uint8_t digest[32])
{
	struct sha256_ctx sha;

	hash(s);
	sha = s->sha;
	sha256_digest(&sha, SHA256_DIGEST_SIZE, digest);
}
