// SPDX-License-Identifier: GPL-2.0-only
/* The fuzzers' entry: hostile bytes through the loader, in whichever form their first byte names.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace *trace;
	struct diag d = { 0 };
	char path[32];
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (trace_load(path, TRACE_ALLOW_LOST | TRACE_ALLOW_TRUNCATED, &trace, &d) == 0) {
		use(trace);
		trace_free(trace);
	} else if (!d.text[0] || strchr(d.text, '\n') || d.code == EXIT_DONE) {
		abort(); /* an error is one line and has a code */
	}
	close(fd);
	return 0;
}
