/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of a recipe that phases may set for themselves: mix, bursts, locality, time, changes. */
#ifndef WORKLOADS_PHASE_H
#define WORKLOADS_PHASE_H

#include "workloads/recipe.h"

void phase_defaults(struct phase *phase);

/* The fields of a struct phase; @phase_fields is ended by FIELD_END and holds nothing of a phase's
 * name, length and successors. */
extern const struct field phase_fields[];

/* Make the shares sum to exactly 1 with swap's in, and check that each has pages to go to. */
int phase_finish(const struct node *node, struct phase *phase, const struct layout *layout,
		 struct diag *d);

/* Deep copy of what phase_fields own, so that each phase frees its own. */
int phase_copy(struct phase *to, const struct phase *from);
void phase_free(struct phase *phase);

#endif
