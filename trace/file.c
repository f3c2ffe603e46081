// SPDX-License-Identifier: GPL-2.0-only
#include "trace/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static const unsigned char zstd_magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

/* ---- input: FILE <- cookie <- zstd, if the magic says so <- read(2) ---- */

struct source {
	int fd;
	ZSTD_DStream *zstd; /* NULL: plain */
	ZSTD_inBuffer in;   /* read from the file and not yet handed on */
	size_t hint;	    /* 0 where a frame has just ended: the only place where the file may */
	bool flush;	    /* zstd filled the last buffer, so it may hold more without new input */
	char buf[1 << 17];
};

/* Append what the file has; 0 at its end. */
static ssize_t source_fill(struct source *src)
{
	ssize_t n;

	do
		n = read(src->fd, src->buf + src->in.size, sizeof(src->buf) - src->in.size);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		src->in.size += (size_t)n;
	return n;
}

static ssize_t source_refill(struct source *src)
{
	src->in.pos = src->in.size = 0;
	return source_fill(src);
}

static ssize_t plain_read(void *cookie, char *out, size_t size)
{
	struct source *src = cookie;
	size_t n = src->in.size - src->in.pos;

	if (n == 0)
		return read(src->fd, out, size);
	if (n > size)
		n = size;
	memcpy(out, src->buf + src->in.pos, n);
	src->in.pos += n;
	return (ssize_t)n;
}

static ssize_t zstd_read(void *cookie, char *out, size_t size)
{
	struct source *src = cookie;
	ZSTD_outBuffer dst = { out, size, 0 };

	while (dst.pos == 0) {
		if (src->in.pos == src->in.size && !src->flush) {
			ssize_t n = source_refill(src);

			if (n == 0 && src->hint)
				errno = ENODATA;
			if (n <= 0)
				return n == 0 && src->hint ? -1 : n;
		}
		src->hint = ZSTD_decompressStream(src->zstd, &dst, &src->in);
		if (ZSTD_isError(src->hint)) {
			errno = EILSEQ;
			return -1;
		}
		src->flush = dst.pos == dst.size && src->hint;
	}
	return (ssize_t)dst.pos;
}

static int source_close(void *cookie)
{
	struct source *src = cookie;
	int rc = src->fd == STDIN_FILENO ? 0 : close(src->fd);

	ZSTD_freeDStream(src->zstd);
	free(src);
	return rc;
}

/* Read ahead until four bytes tell; a pipe may bring them one by one. */
static int source_probe(struct source *src)
{
	while (src->in.size < sizeof(zstd_magic)) {
		ssize_t n = source_fill(src);

		if (n < 0)
			return errno;
		if (n == 0)
			return 0;
	}
	if (memcmp(src->buf, zstd_magic, sizeof(zstd_magic)))
		return 0;
	src->zstd = ZSTD_createDStream();
	return src->zstd ? 0 : ENOMEM;
}

/* Takes over @fd, also on failure. Returns a positive errno. */
static int source_open(int fd, FILE **in)
{
	cookie_io_functions_t io = { .read = plain_read, .close = source_close };
	struct source *src = calloc(1, sizeof(*src));
	int err;

	if (!src) {
		if (fd != STDIN_FILENO)
			close(fd);
		return ENOMEM;
	}
	src->fd = fd;
	src->in.src = src->buf;
	err = source_probe(src);
	if (src->zstd)
		io.read = zstd_read;
	*in = err ? NULL : fopencookie(src, "r", io);
	if (!*in)
		source_close(src);
	return err ? err : *in ? 0 : ENOMEM;
}

static int input_error(const char *path, int err, struct diag *d)
{
	const char *remedy = err == ENOENT   ? "name an existing file"
			     : err == EISDIR ? "name a file, not a folder"
			     : err == EACCES ? "make it readable for this user"
					     : "check the file";

	return diag_set(d, err == EISDIR ? EXIT_INPUT : EXIT_RUNTIME, -err, "%s: %s; %s", path,
			strerror(err), remedy);
}

int input_open(const char *path, FILE **in, struct diag *d)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	struct stat st;
	int err;

	if (fd < 0)
		return input_error(path, errno, d);
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		if (fd != STDIN_FILENO)
			close(fd);
		return input_error(path, EISDIR, d);
	}
	err = source_open(fd, in);
	return err ? input_error(path, err, d) : 0;
}

/* ---- output: FILE -> cookie -> zstd -> fd ---- */

struct output {
	char *path, *tmp;
	FILE *stream;
	int fd;
	int err; /* the first write error, positive errno */
	long long bytes;
	ZSTD_CCtx *zstd; /* NULL: not compressed */
	char buf[1 << 16];
	char stdio[1 << 16]; /* setvbuf() of glibc heeds a size only with a buffer */
};

static int write_all(struct output *out, const char *data, size_t size)
{
	while (size && !out->err) {
		ssize_t n = write(out->fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			out->err = errno;
		else
			data += n, size -= (size_t)n, out->bytes += n;
	}
	errno = out->err;
	return out->err ? -1 : 0;
}

static int deflate(struct output *out, ZSTD_inBuffer *in, ZSTD_EndDirective how)
{
	size_t left;

	do {
		ZSTD_outBuffer dst = { out->buf, sizeof(out->buf), 0 };

		left = ZSTD_compressStream2(out->zstd, &dst, in, how);
		if (ZSTD_isError(left)) {
			out->err = EIO;
			return -1;
		}
		if (write_all(out, out->buf, dst.pos))
			return -1;
	} while (how == ZSTD_e_continue ? in->pos < in->size : left);
	return 0;
}

static ssize_t output_write(void *cookie, const char *data, size_t size)
{
	struct output *out = cookie;
	ZSTD_inBuffer in = { data, size, 0 };

	if (out->err)
		return 0;
	if (out->zstd ? deflate(out, &in, ZSTD_e_continue) : write_all(out, data, size))
		return 0;
	return (ssize_t)size;
}

static void output_free(struct output *out)
{
	ZSTD_freeCCtx(out->zstd);
	if (out->fd >= 0 && out->fd != STDOUT_FILENO)
		close(out->fd);
	free(out->path);
	free(out->tmp);
	free(out);
}

bool file_name_ends(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

static int output_error(const char *path, int err, struct diag *d)
{
	const char *remedy = err == EEXIST   ? "use --force to replace it"
			     : err == ENOSPC ? "free some space"
			     : err == EACCES ? "choose a folder this user may write"
			     : err == ENOENT ? "create the folder first"
					     : "choose another name";

	return diag_set(d, EXIT_RUNTIME, -err, "%s: %s; %s", path, strerror(err), remedy);
}

static int open_target(struct output *out, bool force)
{
	struct stat st;

	if (!strcmp(out->path, "-")) {
		out->fd = STDOUT_FILENO;
		return 0;
	}
	if (!stat(out->path, &st)) {
		if (S_ISDIR(st.st_mode))
			return EISDIR;
		if (!S_ISREG(st.st_mode)) { /* /dev/null, a pipe: nothing to rename */
			out->fd = open(out->path, O_WRONLY | O_CLOEXEC);
			return out->fd < 0 ? errno : 0;
		}
		if (!force)
			return EEXIST;
	}
	if (asprintf(&out->tmp, "%s.tmp", out->path) < 0)
		return ENOMEM;
	out->fd = open(out->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (out->fd < 0) {
		int err = errno;

		free(out->tmp);
		out->tmp = NULL;
		return err;
	}
	return 0;
}

int output_open(const char *path, bool force, struct output **result, struct diag *d)
{
	const cookie_io_functions_t io = { .write = output_write };
	struct output *out = calloc(1, sizeof(*out));
	int err;

	if (!out)
		return output_error(path, ENOMEM, d);
	out->fd = -1;
	out->path = strdup(path);
	err = out->path ? open_target(out, force) : ENOMEM;
	if (!err && file_name_ends(path, ".zst")) {
		out->zstd = ZSTD_createCCtx();
		if (out->zstd)
			ZSTD_CCtx_setParameter(out->zstd, ZSTD_c_checksumFlag, 1);
		else
			err = ENOMEM;
	}
	if (!err) {
		out->stream = fopencookie(out, "w", io);
		if (out->stream)
			setvbuf(out->stream, out->stdio, _IOFBF, sizeof(out->stdio));
		else
			err = ENOMEM;
	}
	if (err) {
		output_abort(out);
		return output_error(path, err, d);
	}
	*result = out;
	return 0;
}

FILE *output_stream(struct output *out)
{
	return out->stream;
}

long long output_bytes(const struct output *out)
{
	return out->bytes;
}

void output_flush(struct output *out)
{
	ZSTD_inBuffer nothing = { NULL, 0, 0 };

	if (fflush(out->stream) && !out->err)
		out->err = EIO;
	if (!out->err && out->zstd)
		deflate(out, &nothing, ZSTD_e_flush);
}

int output_commit(struct output *out, struct diag *d)
{
	ZSTD_inBuffer nothing = { NULL, 0, 0 };
	int rc = 0;

	if (fflush(out->stream) && !out->err)
		out->err = EIO;
	if (!out->err && out->zstd)
		deflate(out, &nothing, ZSTD_e_end);
	if (!out->err && out->tmp && (fsync(out->fd) || rename(out->tmp, out->path)))
		out->err = errno;
	if (out->err)
		rc = output_error(out->path, out->err, d);
	fclose(out->stream);
	out->stream = NULL;
	if (rc && out->tmp)
		unlink(out->tmp);
	output_free(out);
	return rc;
}

void output_abort(struct output *out)
{
	if (!out)
		return;
	if (!out->err)
		out->err = ECANCELED; /* what is still buffered goes nowhere */
	if (out->stream)
		fclose(out->stream);
	if (out->tmp)
		unlink(out->tmp);
	output_free(out);
}
