/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files in and out, with zstd where the data says so.
 *
 * Input: "-" is stdin; zstd is recognised by its magic bytes, never by the name.
 * Output: "-" is stdout; a name ending in .zst is compressed. A file is written as NAME.tmp and
 * renamed by output_commit(), so that nothing half-written ever carries the final name.
 */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "trace/diag.h"

/* Open @path for reading, decompressing as needed; close with fclose(). A directory is -EISDIR. */
int input_open(const char *path, FILE **in, struct diag *d);

/* The name decides the form of an output: does it end so? */
bool file_name_ends(const char *path, const char *end);

struct output;

/* An existing @path is refused with -EEXIST unless @force. */
int output_open(const char *path, bool force, struct output **out, struct diag *d);

/* The stream to print to; check errors only at output_commit(). */
FILE *output_stream(struct output *out);

/* Bytes that have reached the file so far, after compression. */
long long output_bytes(const struct output *out);

/* Hand everything printed so far to the kernel, so that it survives this program's death. */
void output_flush(struct output *out);

/* Flush, sync and rename; frees @out either way. A full disk is reported here. */
int output_commit(struct output *out, struct diag *d);

/* Drop the temporary file; frees @out. NULL is allowed. */
void output_abort(struct output *out);

#endif
