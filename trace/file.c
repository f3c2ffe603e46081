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

/* ---- input: FILE <- cookie <- zstd <- FILE ---- */

struct inflater {
	FILE *raw;
	ZSTD_DStream *zstd;
	ZSTD_inBuffer in;
	size_t hint; /* 0 where a frame has just ended: the only place where the file may */
	char buf[1 << 16];
};

static ssize_t inflate_read(void *cookie, char *out, size_t size)
{
	struct inflater *inf = cookie;
	ZSTD_outBuffer dst = { out, size, 0 };

	while (dst.pos == 0) {
		if (inf->in.pos == inf->in.size) {
			inf->in.size = fread(inf->buf, 1, sizeof(inf->buf), inf->raw);
			inf->in.pos = 0;
			if (inf->in.size == 0) {
				if (!ferror(inf->raw) && inf->hint == 0)
					return 0;
				errno = ferror(inf->raw) ? EIO : ENODATA;
				return -1;
			}
		}
		inf->hint = ZSTD_decompressStream(inf->zstd, &dst, &inf->in);
		if (ZSTD_isError(inf->hint)) {
			errno = EILSEQ;
			return -1;
		}
	}
	return (ssize_t)dst.pos;
}

static int inflate_close(void *cookie)
{
	struct inflater *inf = cookie;
	int rc = inf->raw == stdin ? 0 : fclose(inf->raw);

	ZSTD_freeDStream(inf->zstd);
	free(inf);
	return rc;
}

static FILE *inflate_open(FILE *raw)
{
	const cookie_io_functions_t io = { .read = inflate_read, .close = inflate_close };
	struct inflater *inf = calloc(1, sizeof(*inf));
	FILE *in;

	if (!inf)
		return NULL;
	inf->raw = raw;
	inf->zstd = ZSTD_createDStream();
	inf->in.src = inf->buf;
	in = inf->zstd ? fopencookie(inf, "r", io) : NULL;
	if (!in) {
		ZSTD_freeDStream(inf->zstd);
		free(inf);
	}
	return in;
}

/* Four bytes of look-ahead; ungetc() guarantees only one, so the buffer is inspected instead. */
static bool starts_with_zstd(FILE *raw)
{
	int c = getc(raw);
	bool found;

	if (c == EOF)
		return false;
	ungetc(c, raw);
	/* glibc: after the push-back the read buffer holds what the first read brought */
	found = raw->_IO_read_end - raw->_IO_read_ptr >= 4 &&
		!memcmp(raw->_IO_read_ptr, zstd_magic, 4);
	return found;
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
	bool is_stdin = !strcmp(path, "-");
	FILE *raw = is_stdin ? stdin : fopen(path, "re");
	struct stat st;
	FILE *plain;

	if (!raw)
		return input_error(path, errno, d);
	if (!is_stdin && !fstat(fileno(raw), &st) && S_ISDIR(st.st_mode)) {
		fclose(raw);
		return input_error(path, EISDIR, d);
	}
	if (!starts_with_zstd(raw)) {
		*in = raw;
		return 0;
	}
	plain = inflate_open(raw);
	if (!plain) {
		if (!is_stdin)
			fclose(raw);
		return input_error(path, ENOMEM, d);
	}
	setvbuf(plain, NULL, _IOFBF, 1 << 16);
	*in = plain;
	return 0;
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
	} while (how == ZSTD_e_end ? left : in->pos < in->size);
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

static bool ends_with(const char *text, const char *end)
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
	if (!err && ends_with(path, ".zst")) {
		out->zstd = ZSTD_createCCtx();
		if (out->zstd)
			ZSTD_CCtx_setParameter(out->zstd, ZSTD_c_checksumFlag, 1);
		else
			err = ENOMEM;
	}
	if (!err) {
		out->stream = fopencookie(out, "w", io);
		if (out->stream)
			setvbuf(out->stream, NULL, _IOFBF, 1 << 16);
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
