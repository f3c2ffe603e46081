// SPDX-License-Identifier: GPL-2.0-only
#include "replay/bench.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct mode_ops *const mode_table[] = {
#define MODE(name) &mode_##name,
	MODE_LIST(MODE)
#undef MODE
		NULL
};

const struct mode_ops *mode_by_name(const char *name)
{
	for (const struct mode_ops *const *mode = mode_table; *mode; mode++)
		if (!strcmp((*mode)->name, name))
			return *mode;
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_rank(const double *sorted, size_t n, double q)
{
	size_t rank = (size_t)ceil(q * (double)n);

	return n ? sorted[rank ? rank - 1 : 0] : NAN;
}

double bench_median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), ascending);
	return bench_rank(values, n, 0.5);
}

void bench_clear(struct bench *bench)
{
	for (size_t i = 0; i < bench->nr_entries; i++) {
		for (int class = 0; class < NR_CLASSES; class ++) {
			struct timing *timing = &bench->entries[i].timing[class];

			free(timing->slices);
			free(timing->ticks);
			free(timing->values);
			free(timing->samples);
			json_decref(timing->more);
			if (timing->live)
				live_close(timing->live);
			free(timing->live);
			*timing = (struct timing){ 0 };
		}
	}
}

static int classes_of(const struct mode_ops *mode)
{
	return mode->only_class ? 1 : NR_CLASSES;
}

/* The null structure never does: it is the floor of its contest. */
bool bench_skips(const struct bench *bench, const struct mode_ops *mode, const struct entry *entry)
{
	if (!mode->once || entry->ops->floor)
		return false;
	for (const struct entry *before = bench->entries; before < entry; before++)
		if (before->ops == entry->ops)
			return true;
	return false;
}

/* What a mode does with one entry: prepare, finish, or the passes of one repeat. */
static int each_class(struct bench *bench, const struct mode_ops *mode, struct entry *entry,
		      int (*what)(struct bench *, struct entry *, enum replay_class))
{
	int rc = 0, nr = bench_skips(bench, mode, entry) ? 0 : classes_of(mode);

	for (int class = 0; !rc && class < nr; class ++)
		rc = what(bench, entry, class);
	return rc;
}

static int turn(struct bench *bench, const struct mode_ops *mode, struct entry *entry, int repeat)
{
	int rc;

	if (bench_skips(bench, mode, entry))
		return 0;
	rc = mode->pass(bench, entry, CLASS_ALL, -1);
	for (int class = 0; !rc && class < classes_of(mode); class ++)
		if (entry->timing[class].samples)
			rc = mode->pass(bench, entry, class, repeat);
	return rc ? rc : subject_go(&entry->subject, 0);
}

static int run_repeat(struct bench *bench, const struct mode_ops *mode, int repeat, size_t *square,
		      struct diag *d)
{
	size_t n = bench->nr_entries, *turns = square + 2 * n;

	order_turns(&bench->random, square, n, repeat, turns);
	for (size_t i = 0; i < n; i++) {
		struct entry *entry = &bench->entries[turns[i]];
		int rc = turn(bench, mode, entry, repeat);

		if (rc == -EILSEQ)
			return diag_set(
				d, EXIT_RUNTIME, rc,
				"%s: %s: mode %s: the checksum of the timed answers is wrong",
				entry->plan->trace->name, entry->ops->name, mode->name);
		if (rc)
			return diag_set(d, EXIT_RUNTIME, rc, "%s: mode %s: %s", entry->ops->name,
					mode->name, strerror(-rc));
		if (bench->interrupted && bench->interrupted())
			return diag_set(d, EXIT_INTERRUPTED, -EINTR, "interrupted");
	}
	return 0;
}

static int finish_all(struct bench *bench, const struct mode_ops *mode)
{
	int rc = 0;

	for (int floors = 1; floors >= 0; floors--)
		for (size_t i = 0; !rc && i < bench->nr_entries; i++)
			if ((bench->entries[i].floor == NULL) == floors)
				rc = each_class(bench, mode, &bench->entries[i], mode->finish);
	return rc;
}

int bench_run(struct bench *bench, const struct mode_ops *mode, struct diag *d)
{
	size_t *square = calloc(3 * bench->nr_entries + 1, sizeof(*square));
	int rc = square ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < bench->nr_entries; i++)
		rc = each_class(bench, mode, &bench->entries[i], mode->prepare);
	if (rc)
		diag_set(d, EXIT_RUNTIME, rc, "mode %s: %s", mode->name, strerror(-rc));
	for (unsigned int r = 0; !rc && r < bench->repeats; r++)
		rc = run_repeat(bench, mode, (int)r, square, d);
	if (!rc) {
		rc = finish_all(bench, mode);
		if (rc)
			diag_set(d, EXIT_RUNTIME, rc, "mode %s: %s", mode->name, strerror(-rc));
	}
	free(square);
	return rc;
}
