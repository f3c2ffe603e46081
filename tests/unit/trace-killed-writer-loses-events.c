// SPDX-License-Identifier: GPL-2.0-only
/* After trace_writer_flush() the unfinished file holds every record, in each form; nothing has the
 * final name before commit, and abort leaves nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants some of these before it */
#include <cmocka.h>

#include "trace/trace.h"

enum { NR_EVENTS = 5000 };

static void write_events(struct trace_writer *writer)
{
	for (uint64_t i = 0; i < NR_EVENTS; i++) {
		const struct trace_event event = {
			.t_ns = i * 7, .op = TRACE_RAM, .gfn = i % 16, .dur_ns = TRACE_NO_DUR
		};

		trace_writer_event(writer, &event);
	}
}

static void expect_events(const char *path, unsigned int flags, int rc)
{
	struct trace *trace;
	struct diag d;

	assert_int_equal(trace_load(path, flags, &trace, &d), rc);
	if (rc < 0)
		return;
	assert_int_equal(trace->nr_events, NR_EVENTS);
	assert_null(trace->footer);
	trace_free(trace);
}

static void flushed(void **suffix)
{
	const struct trace_slot slot = { .npages = 16 };
	char dir[] = "/tmp/slotsim-XXXXXX", path[64], tmp[80];
	struct trace_writer *writer;
	struct diag d;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/t%s", dir, (const char *)*suffix);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	assert_int_equal(trace_writer_open(path, false, NULL, &slot, 1, &writer, &d), 0);
	write_events(writer);
	trace_writer_flush(writer);
	expect_events(tmp, TRACE_ALLOW_TRUNCATED, 0);
	expect_events(tmp, 0, -ENODATA);
	assert_int_not_equal(access(path, F_OK), 0);
	trace_writer_abort(writer);
	assert_int_equal(rmdir(dir), 0); /* fails unless empty */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "json", flushed, NULL, NULL, (void *)".json" },
		{ "json.zst", flushed, NULL, NULL, (void *)".json.zst" },
		{ "pack", flushed, NULL, NULL, (void *)".pack" },
		{ "pack.zst", flushed, NULL, NULL, (void *)".pack.zst" },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
