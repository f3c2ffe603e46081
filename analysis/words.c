// SPDX-License-Identifier: GPL-2.0-only
/* What stands around a table in every form of it: machine, evidence, legend. */
#include <math.h>

#include "analysis/report.h"

static bool same_runs(const struct table *t)
{
	const struct results_run *first = t->blocks[0].rows[0].run;

	for (size_t b = 0; b < t->nr_blocks; b++)
		for (size_t r = 0; r < t->blocks[b].nr_rows; r++)
			if (t->blocks[b].rows[r].run->nr_samples != first->nr_samples)
				return false;
	return true;
}

static void set_machine(const struct results *file, char *text, size_t size)
{
	char cpu[128], kernel[80], guest[40], mhz[24], core[24];

	snprintf(text, size, "%s, %s; Linux %s; TSC %s MHz, core/TSC %s",
		 results_env(file, "cpu", cpu, sizeof(cpu)),
		 results_env(file, "hypervisor", guest, sizeof(guest)),
		 results_env(file, "kernel", kernel, sizeof(kernel)),
		 results_env(file, "tsc_mhz", mhz, sizeof(mhz)),
		 results_env(file, "core_per_tsc", core, sizeof(core)));
}

static void set_evidence(const struct table *t, char *text, size_t size)
{
	const struct results_run *run = t->blocks[0].rows[0].run;
	size_t processes = results_processes(run);
	char n[64], floor[24] = "not known";

	snprintf(n, sizeof(n), "n = %zu", run->nr_samples);
	if (!same_runs(t))
		snprintf(n, sizeof(n), "n differs from row to row (see -f csv)");
	if (isfinite(run->floor))
		snprintf(floor, sizeof(floor), "%.2f, subtracted", run->floor);
	snprintf(text, size, "%s repeats in %zu process%s; floor of the harness %s", n, processes,
		 processes == 1 ? "" : "es", floor);
}

void report_words(const struct table *table, const struct results *file, struct report_words *words)
{
	set_machine(file, words->machine, sizeof(words->machine));
	set_evidence(table, words->evidence, sizeof(words->evidence));
	snprintf(words->legend, sizeof(words->legend),
		 "~: no difference (< %.3g%%); ?: open, more repeats needed; !: not for a kernel "
		 "as it is",
		 table->threshold_pct);
}
