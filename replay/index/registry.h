/* SPDX-License-Identifier: GPL-2.0-only */
/* The structures of list.h, by number and by name. */
#ifndef REPLAY_INDEX_REGISTRY_H
#define REPLAY_INDEX_REGISTRY_H

#include "replay/index/index.h"

extern const struct index_ops *const index_table[]; /* ends with NULL */
extern const size_t index_table_nr;

const struct index_ops *index_by_name(const char *name); /* NULL if there is none */

/* NULL, or what is missing in @ops, for structures that come from elsewhere: wrong ABI, no name, an
 * op that is not set. */
const char *index_ops_fault(const struct index_ops *ops);

#endif
