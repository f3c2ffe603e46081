// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/compare.h"

int compare_traces(const struct trace *a, const struct trace *b, struct comparison *c)
{
	int rc = profile_take(&c->a, a, 0, a->nr_events);

	if (rc)
		return rc;
	rc = profile_take(&c->b, b, 0, b->nr_events);
	if (rc) {
		profile_free(&c->a);
		return rc;
	}
	c->ops = profile_overlap(c->a.ops, c->b.ops, TRACE_NR_OPS);
	c->miss_runs = profile_overlap(c->a.miss_runs, c->b.miss_runs, OCTAVES_MAX);
	for (int i = 0; i < NR_CLASSES; i++) {
		const struct class_profile *x = &c->a.classes[i], *y = &c->b.classes[i];

		c->reuse[i] = profile_overlap(x->reuse, y->reuse, OCTAVES_MAX);
		c->burst[i] = profile_overlap(x->burst, y->burst, OCTAVES_MAX);
	}
	return 0;
}

void comparison_free(struct comparison *c)
{
	profile_free(&c->a);
	profile_free(&c->b);
}

uint64_t compare_median(const uint64_t octaves[OCTAVES_MAX])
{
	uint64_t sum = 0, below = 0;

	for (int k = 0; k < OCTAVES_MAX; k++)
		sum += octaves[k];
	for (int k = 0; k < OCTAVES_MAX; k++) {
		below += octaves[k];
		if (sum && 2 * below >= sum)
			return 1ull << k;
	}
	return 0;
}
