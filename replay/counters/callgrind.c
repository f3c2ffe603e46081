// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exact instructions and first-level data misses of a modelled cache, where there is no PMU.
 *
 * The counting process runs under `valgrind --tool=callgrind` with collection off; resume() and
 * pause() toggle it, end() has the counts written to a file of its own, which is read at once. Code
 * with collection off still drives the cache model: that is how lines are made cold. The START and
 * STOP requests for instrumentation would flush the model, and underflowed the counters in 3.19.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "replay/counters/callgrind.h"
#include "replay/counters/counter.h"

/*
 * An Ice Lake or later server core, stated so that hosts do not differ. On hosts with a large L3,
 * valgrind complains of what it would have modelled otherwise: to nowhere.
 */
const char *const callgrind_wrapper[] = { "valgrind",
					  "--tool=callgrind",
					  "--log-file=/dev/null",
					  "--collect-atstart=no",
					  "--cache-sim=yes",
					  "--I1=32768,8,64",
					  "--D1=49152,12,64",
					  "--LL=2097152,16,64",
					  NULL };

static unsigned int nr_dumps;

static const char *callgrind_lacks(void)
{
	const char *path = getenv("PATH");
	char *copy, *rest, *folder, file[512];
	bool found = false;

	copy = rest = strdup(path ? path : "/usr/bin:/bin");
	while (copy && !found && (folder = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/valgrind", folder);
		found = !access(file, X_OK);
	}
	free(copy);
	if (!found)
		return "valgrind is not installed: apt-get install valgrind";
#ifdef __SANITIZE_ADDRESS__
	return "a build with AddressSanitizer does not run under valgrind";
#else
	return NULL;
#endif
}

static int callgrind_begin(void)
{
	if (!RUNNING_ON_VALGRIND)
		return -EOPNOTSUPP;
	CALLGRIND_ZERO_STATS;
	return 0;
}

static void callgrind_toggle(void)
{
	CALLGRIND_TOGGLE_COLLECT;
}

/*
 * "events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw" and "summary: n n n ...", zeros at the end left
 * out. Each dump goes to the next number behind the name that CALLGRIND_OUT_ENV gave.
 */
static int read_summary(unsigned long long *ir, unsigned long long *d1_misses)
{
	const char *name = getenv(CALLGRIND_OUT_ENV);
	unsigned long long n[9] = { 0 };
	char path[512], line[512];
	int found = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s.%u", name ? name : "", nr_dumps);
	in = fopen(path, "re");
	while (in && found < 1 && fgets(line, sizeof(line), in))
		if (!strncmp(line, "summary:", 8) || !strncmp(line, "totals:", 7))
			found = sscanf(strchr(line, ':') + 1,
				       "%llu %llu %llu %llu %llu %llu %llu %llu %llu", &n[0], &n[1],
				       &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8]);
	if (in)
		fclose(in);
	unlink(path);
	*ir = n[0];
	*d1_misses = n[4];
	return found < 1 ? -ENODATA : 0;
}

static void callgrind_end(struct counter_sample *sample)
{
	unsigned long long ir, d1_misses;

	CALLGRIND_DUMP_STATS;
	nr_dumps++;
	for (int count = 0; count < NR_COUNTS; count++)
		sample->why[count] = "callgrind does not model it";
	if (read_summary(&ir, &d1_misses)) {
		sample->why[COUNT_INSTRUCTIONS] = sample->why[COUNT_L1D_MISSES] =
			"callgrind wrote no summary";
		return;
	}
	sample->value[COUNT_INSTRUCTIONS] = (double)ir;
	sample->value[COUNT_L1D_MISSES] = (double)d1_misses;
	sample->why[COUNT_INSTRUCTIONS] = sample->why[COUNT_L1D_MISSES] = NULL;
}

const struct counter_ops counter_callgrind = {
	.name = "callgrind",
	.summary = "exact instructions and D1 read misses, warm and cold, under valgrind",
	.loops = true,
	.separate = true,
	.lacks = callgrind_lacks,
	.begin = callgrind_begin,
	.resume = callgrind_toggle,
	.pause = callgrind_toggle,
	.end = callgrind_end,
};
