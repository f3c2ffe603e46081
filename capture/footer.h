/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace's footer: for each class and CPU, attempts = written + lost, exactly. `written` is what
 * reached the reader; of those, `unplaced` fitted no slot and count as lost too.
 */
#ifndef CAPTURE_FOOTER_H
#define CAPTURE_FOOTER_H

#include <jansson.h>
#include <stdbool.h>

#include "capture/hooks.h"

struct footer_counts_written {
	uint64_t *counts; /* [class][cpu] */
	unsigned int nr_cpus;
};

int footer_written_new(struct footer_counts_written *written, unsigned int nr_cpus);
void footer_written_free(struct footer_counts_written *written);
void footer_count_written(struct footer_counts_written *written, const struct record_head *head);

/* Has all that was tried reached the reader or been lost? A program may still be at it. */
bool footer_is_whole(const struct hooks *hooks, const struct footer_counts_written *written);

/* By the rings, all classes, and by runs of the probes that the kernel skipped. */
uint64_t footer_lost(const struct hooks *hooks);

json_t *footer_json(const struct hooks *hooks, const struct footer_counts_written *written,
		    uint64_t unplaced, const char *ended); /* NULL when out of memory */

#endif
