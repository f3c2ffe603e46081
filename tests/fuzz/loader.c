// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzers' entry: hostile bytes through the loader, in whichever form their first byte names,
 * and through the importer that takes them for its own. Files of trace-cmd are left out: what takes
 * those apart is libtracecmd.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "trace/import/recording.h"
#include "trace/summary.h"
#include "trace/trace.h"

/* What the loader lets through must be fit for use. */
static void use(const struct trace *trace)
{
	struct trace_summary sum;

	if (trace_summarise(trace, &sum) < 0)
		abort();
	trace_summary_free(&sum);
}

/* An error is one line and has a code. */
static void judge(const struct diag *d)
{
	if (!d->text[0] || strchr(d->text, '\n') || d->code == EXIT_DONE)
		abort();
}

static void load(const char *path, unsigned int flags, bool must)
{
	struct trace *trace;
	struct diag d = { 0 };

	if (trace_load(path, flags, &trace, &d) == 0) {
		use(trace);
		trace_free(trace);
	} else if (must) {
		fprintf(stderr, "%s\n", d.text);
		abort();
	} else {
		judge(&d);
	}
}

/* What an importer makes is a trace. */
static void import(const char *path)
{
	const struct import_format *format = import_recognise(path);
	struct import_done done;
	struct diag d = { 0 };
	char out[64];

	if (!format || !strcmp(format->name, "trace-cmd"))
		return;
	snprintf(out, sizeof(out), "/dev/shm/slotsim-fuzz.%d.json", (int)getpid());
	if (import_convert(format, path, out, true, &done, &d) == 0)
		load(out, TRACE_ALLOW_LOST, true);
	else
		judge(&d);
	unlink(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	load(path, TRACE_ALLOW_LOST | TRACE_ALLOW_TRUNCATED, false);
	import(path);
	close(fd);
	return 0;
}
