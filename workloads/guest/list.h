/* SPDX-License-Identifier: GPL-2.0-only */
/* The access list of one vCPU: made piece by piece, the same for the same seed everywhere. */
#ifndef WORKLOADS_GUEST_LIST_H
#define WORKLOADS_GUEST_LIST_H

#include "workloads/guest/layout.h"

#define LIST_WRITE 1ull /* bit 0 of an access; the rest is its 8-byte aligned address */

struct list;

int list_make(const struct guest_config *config, const struct layout *layout, unsigned int vcpu,
	      struct list **list, struct diag *d);
void list_free(struct list *list);

/*
 * Fill up to @max accesses; returns how many, 0 at the end. Every call but the first comes from the
 * doorbell and counts it as a miss.
 */
unsigned int list_next(struct list *list, uint64_t *accesses, unsigned int max);

/* Add what list_next() gave out so far. */
void list_report(const struct list *list, struct guest_report *report);

/* The pages of a class that belong to this vCPU: [*first, *end). */
void list_share(const struct guest_config *config, const struct layout *layout,
		enum guest_class class, unsigned int vcpu, uint64_t *first, uint64_t *end);

#endif
