/* SPDX-License-Identifier: GPL-2.0-only */
/* What a replay found, as the JSON of docs/results-format.md. */
#ifndef REPLAY_RESULTS_H
#define REPLAY_RESULTS_H

#include <jansson.h>

#include "replay/bench.h"
#include "replay/bump.h"

json_t *results_new(void); /* {"traces":[],"runs":[],"counts":[],"warnings":[]}, or NULL */

/* Each returns 0 or -1 when out of memory. */
int results_add_trace(json_t *results, const struct trace *trace, const struct oracle *oracle,
		      const struct bump_cost *cost);
int results_add_runs(json_t *results, const struct bench *bench, const struct mode_ops *mode,
		     unsigned int process);
void results_warn(json_t *results, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What was counted for one structure and class, named as its run is. NULL when out of memory. */
json_t *results_counted(const struct entry *entry, int class, json_t *counters);
/* Put the counts of the counting process into the batch runs they belong to, with its warnings; how
 * many runs there were. */
size_t results_join_counts(json_t *results, const json_t *counted);

/* Add the runs of another process to @results; -EINVAL if it ran something else. */
int results_join(json_t *results, const json_t *more);

/* JSON numbers that can be missing: null where @value is not finite; six significant digits. */
json_t *results_number(double value);

#endif
