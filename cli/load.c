// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load a trace; where that takes long and a terminal looks on, say how far it is. With --slots it
 * is loaded once and remapped for each number.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "workloads/recipe.h"
#include "workloads/remap.h"

/* A load that takes less stays silent. */
#define QUIET_NS     2000000000ull
#define EACH_LINE_NS 200000000ull

struct progress {
	const char *path;
	uint64_t start_ns, drawn_ns; /* drawn_ns 0: no line stands on the terminal */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void tick(void *arg, size_t nr_events)
{
	struct progress *p = arg;
	uint64_t now = now_ns();

	if (now - p->start_ns < QUIET_NS || now - p->drawn_ns < EACH_LINE_NS)
		return;
	p->drawn_ns = now;
	fprintf(stderr, "\r%s: %.1f M events, %.1f s\033[K", p->path, (double)nr_events / 1e6,
		(double)(now - p->start_ns) / 1e9);
}

int cli_load(const char *path, unsigned int flags, struct trace **trace, struct diag *d)
{
	struct progress p = { .path = path, .start_ns = now_ns() };
	const struct trace_progress progress = { tick, &p };
	int rc = trace_load_watched(path, flags, cli_progress() ? &progress : NULL, trace, d);

	if (p.drawn_ns)
		fputs("\r\033[K", stderr);
	return rc;
}

/* ---- on other layouts ---- */

/* Through a packed file, so that name, sha256 and checks are those of a file that anyone can make.
 */
static int remap_in(const char *folder, const struct trace *trace, const char *slots,
		    const struct layout *layout, unsigned int flags, struct trace **remapped)
{
	char path[PATH_MAX];
	struct remapped done;
	struct diag d;
	int n = snprintf(path, sizeof(path), "%s/%s-%s.pack", folder, trace->name, slots), rc;

	if (n >= (int)sizeof(path))
		return cli_error(EXIT_RUNTIME, "%s: the name is too long", trace->name);
	rc = remap(trace, layout, path, false, &done, &d);
	if (!rc)
		rc = trace_load(path, flags, remapped, &d);
	unlink(path);
	return rc ? cli_fail(&d) : EXIT_DONE;
}

static int layout_of(const char *slots, struct layout *layout)
{
	struct diag d;

	if (!*slots || strspn(slots, "0123456789") != strlen(slots))
		return cli_error(EXIT_USAGE, "--slots has no '%s'; it takes numbers and recorded",
				 slots);
	return recipe_layout(slots, layout, &d) ? cli_fail(&d) : EXIT_DONE;
}

static int remap_to(const struct trace *trace, const char *slots, unsigned int flags,
		    struct trace **remapped)
{
	const char *tmp = getenv("TMPDIR");
	char folder[PATH_MAX];
	struct layout layout;
	int code;

	code = layout_of(slots, &layout);
	if (code)
		return code;
	snprintf(folder, sizeof(folder), "%s/slotsim-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (mkdtemp(folder)) {
		code = remap_in(folder, trace, slots, &layout, flags, remapped);
		rmdir(folder);
	} else {
		code = cli_error(EXIT_RUNTIME, "cannot make a folder in %s",
				 tmp && *tmp ? tmp : "/tmp");
	}
	layout_free(&layout);
	return code;
}

static int each_layout(struct trace *trace, char *list, unsigned int flags,
		       int (*each)(void *arg, struct trace *trace), void *arg)
{
	int code = EXIT_DONE;
	char *word;

	while (!code && (word = strsep(&list, ","))) {
		struct trace *remapped = NULL;

		if (strcmp(word, "recorded"))
			code = remap_to(trace, word, flags, &remapped);
		if (!code)
			code = each(arg, remapped ? remapped : trace);
		trace_free(remapped);
	}
	return code;
}

int cli_load_each(const char *path, const char *slots, unsigned int flags,
		  int (*each)(void *arg, struct trace *trace), void *arg)
{
	char *list = strdup(slots ? slots : "recorded");
	struct trace *trace = NULL;
	struct diag d;
	int code;

	if (!list)
		return cli_error(EXIT_RUNTIME, "out of memory");
	code = cli_load(path, flags, &trace, &d) ? cli_fail(&d) : EXIT_DONE;
	if (!code)
		code = each_layout(trace, list, flags, each, arg);
	trace_free(trace);
	free(list);
	return code;
}

int cli_check_slots(const char *slots)
{
	char *copy = strdup(slots), *rest = copy, *word;
	int code = copy ? EXIT_DONE : cli_error(EXIT_RUNTIME, "out of memory");

	while (!code && (word = strsep(&rest, ","))) {
		struct layout layout;

		if (!strcmp(word, "recorded"))
			continue;
		code = layout_of(word, &layout);
		if (!code)
			layout_free(&layout);
	}
	free(copy);
	return code;
}
