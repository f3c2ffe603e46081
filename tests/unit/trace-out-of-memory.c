// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation on the way of loading, converting and summarising a trace fails once: the caller
 * gets an error and nothing leaks (the build's LeakSanitizer looks). The linker's --wrap puts the
 * failures in, and the test counts them: with none it fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants some of these before it */
#include <cmocka.h>

#include "trace/convert.h"
#include "trace/summary.h"
#include "trace/trace.h"

static size_t calls, fail_at, injected; /* the fail_at-th call fails; 0: none does */

static const char *refused;

static bool refuse(const char *function)
{
	if (++calls != fail_at)
		return false;
	injected++;
	refused = function;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t nr, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t nr, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);

void *__wrap_malloc(size_t size)
{
	return refuse(__func__) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return refuse(__func__) ? NULL : __real_calloc(nr, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refuse(__func__) ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t nr, size_t size)
{
	return refuse(__func__) ? NULL : __real_reallocarray(p, nr, size);
}

char *__wrap_strdup(const char *text)
{
	return refuse(__func__) ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
	return refuse(__func__) ? NULL : __real_strndup(text, size);
}

static int load(const char *path, struct diag *d)
{
	struct trace_summary sum;
	struct trace *trace;
	int rc = trace_load(path, TRACE_ALLOW_LOST, &trace, d);

	if (rc < 0)
		return rc;
	rc = trace_summarise(trace, &sum);
	if (rc < 0)
		diag_set(d, EXIT_RUNTIME, rc, "out of memory");
	else
		trace_summary_free(&sum);
	trace_free(trace);
	return rc;
}

static int convert(const char *path, const char *out, struct diag *d)
{
	static const uint16_t vcpu = 0;
	const struct trace_filter filter = {
		.vcpus = &vcpu, .nr_vcpus = 1, .ops = 1, .from_ns = 1, .to_ns = 1000
	};
	struct trace_converted done;

	return trace_convert(path, out, true, &filter, &done, d);
}

static int to_json(const char *path, struct diag *d)
{
	return convert(path, "build/test-logs/out-of-memory.json", d);
}

static int to_packed(const char *path, struct diag *d)
{
	return convert(path, "build/test-logs/out-of-memory.pack.zst", d);
}

static void each_allocation_fails(int (*work)(const char *path, struct diag *d), const char *path)
{
	size_t failures = 0;
	int rc;

	for (size_t at = 1;; at++) {
		struct diag d = { .code = EXIT_DONE };

		calls = injected = 0;
		fail_at = at;
		rc = work(path, &d);
		fail_at = 0;
		if (!injected)
			break;
		failures++;
		/* Giving memory back, by reallocarray(), may fail: the work is done all the same.
		 */
		if (rc == 0 && strcmp(refused, "__wrap_reallocarray"))
			fail_msg("allocation %zu, %s: no error", at, refused);
		/* jansson calls a failed allocation of its scanner a syntax error: EXIT_INPUT. */
		if (rc < 0 && ((d.code != EXIT_RUNTIME && d.code != EXIT_INPUT) || !d.text[0]))
			fail_msg("allocation %zu: exit code %d, \"%s\"", at, d.code, d.text);
	}
	assert_int_equal(rc, 0);
	printf("%s: %zu failures injected\n", path, failures);
	assert_true(failures > 50);
}

static void loads(void **state)
{
	(void)state;
	each_allocation_fails(load, "tests/fuzz/corpus/changes.json");
	each_allocation_fails(load, "tests/fuzz/corpus/changes.pack");
	each_allocation_fails(load, "tests/fuzz/corpus/changes.pack.zst");
}

static void converts(void **state)
{
	(void)state;
	each_allocation_fails(to_json, "tests/fuzz/corpus/changes.pack");
	each_allocation_fails(to_packed, "tests/fuzz/corpus/changes.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),
		cmocka_unit_test(converts),
	};

	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
