// SPDX-License-Identifier: GPL-2.0-only
#include "capture/footer.h"

#include <errno.h>
#include <stdlib.h>

static const char *class_name(unsigned int class)
{
	return class == CLASS_SLOTS ? "slots" : trace_op_names[class];
}

int footer_written_new(struct footer_counts_written *written, unsigned int nr_cpus)
{
	written->counts = calloc((size_t)NR_CLASSES * nr_cpus, sizeof(*written->counts));
	written->nr_cpus = nr_cpus;
	return written->counts ? 0 : -ENOMEM;
}

void footer_written_free(struct footer_counts_written *written)
{
	free(written->counts);
}

void footer_count_written(struct footer_counts_written *written, const struct record_head *head)
{
	if (head->class < NR_CLASSES && head->cpu < written->nr_cpus)
		written->counts[(size_t)head->class * written->nr_cpus + head->cpu]++;
}

/* One array a CPU: [attempts, written, lost]; NULL for a class that nobody tried. */
static json_t *class_json(const struct footer_counts_written *written, unsigned int class,
			  const struct record_count *counts)
{
	json_t *cpus = json_array();
	uint64_t attempts = 0;

	for (unsigned int cpu = 0; cpu < written->nr_cpus; cpu++) {
		uint64_t got = written->counts[(size_t) class * written->nr_cpus + cpu];

		attempts += counts[cpu].attempts;
		json_array_append_new(cpus,
				      json_pack("[I,I,I]", (json_int_t)counts[cpu].attempts,
						(json_int_t)got, (json_int_t)counts[cpu].lost));
	}
	if (attempts)
		return cpus;
	json_decref(cpus);
	return NULL;
}

uint64_t footer_lost(const struct hooks *hooks)
{
	unsigned int nr_cpus = hooks_nr_cpus(hooks);
	struct record_count *counts = calloc(nr_cpus, sizeof(*counts));
	uint64_t lost = 0;

	for (unsigned int class = 0; counts && class < NR_CLASSES; class ++) {
		if (class == CLASS_SLOTS || hooks_counts(hooks, class, counts))
			continue;
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
			lost += counts[cpu].lost;
	}
	free(counts);
	return lost + hooks_skipped(hooks);
}

bool footer_is_whole(const struct hooks *hooks, const struct footer_counts_written *written)
{
	struct record_count *counts = calloc(written->nr_cpus, sizeof(*counts));
	uint64_t open = 0;

	for (unsigned int class = 0; counts && class < NR_CLASSES; class ++) {
		if (hooks_counts(hooks, class, counts))
			continue;
		for (unsigned int cpu = 0; cpu < written->nr_cpus; cpu++)
			open += counts[cpu].attempts - counts[cpu].lost -
				written->counts[(size_t) class * written->nr_cpus + cpu];
	}
	free(counts);
	return open == 0;
}

json_t *footer_json(const struct hooks *hooks, const struct footer_counts_written *written,
		    uint64_t unplaced, const char *ended)
{
	struct record_count *counts = calloc(written->nr_cpus, sizeof(*counts));
	json_t *classes = json_object();

	for (unsigned int class = 0; counts && class < NR_CLASSES; class ++) {
		json_t *cpus;

		if (hooks_counts(hooks, class, counts))
			continue;
		cpus = class_json(written, class, counts);
		if (cpus)
			json_object_set_new(classes, class_name(class), cpus);
	}
	free(counts);
	return json_pack("{s:s,s:I,s:I,s:[s,s,s],s:o,s:o}", "ended", ended, "lost",
			 (json_int_t)(footer_lost(hooks) + unplaced), "unplaced",
			 (json_int_t)unplaced, "cpu_fields", "attempts", "written", "lost",
			 "classes", classes, "hooks", hooks_cost_json(hooks));
}
