// SPDX-License-Identifier: GPL-2.0-only
/* Load a trace; where that takes long and a terminal looks on, say how far it is. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/load.h"

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
