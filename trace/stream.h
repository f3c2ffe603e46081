/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file read forward, by lines or by bytes, without copying: what is returned lies in the
 * stream's own buffer and stays until the next call.
 *
 *   buf |  handed out  |  start ... end: read ahead  |  free  | size
 */
#ifndef TRACE_STREAM_H
#define TRACE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/diag.h"

struct stream;

/* @path may be "-" and compressed: see input_open(). */
int stream_open(const char *path, struct stream **stream, struct diag *d);
void stream_close(struct stream *stream);

/* The first byte, which stays unread; -ENODATA if the file is empty, else as stream_line(). */
int stream_peek(struct stream *stream);

/*
 * The next line without its newline. Returns 1, 2 for a last line that no newline ends, 0 at the
 * end of the file, or a negative errno: -ENODATA if the file ends inside its compression, -EFBIG if
 * a line is longer than any trace needs.
 */
int stream_line(struct stream *stream, const char **line, size_t *size);

/* The next @size bytes. Returns 1, 0 at the end, -ENODATA if fewer than @size are left. */
int stream_bytes(struct stream *stream, size_t size, const void **bytes);

/* SHA-256 of all bytes handed out so far. */
void stream_sha256(struct stream *stream, uint8_t digest[32]);

#endif
