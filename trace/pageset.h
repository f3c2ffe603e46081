/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Distinct pages and the ops that touched each: a hash set with open addressing, 8 bytes an entry,
 * at most three quarters full.
 *
 *   entry |  op bits (12)  |  gfn (52)  |      0: free, because a page in the set has an op
 */
#ifndef TRACE_PAGESET_H
#define TRACE_PAGESET_H

#include "trace/trace.h"

struct pageset {
	uint64_t *entries;
	size_t size; /* a power of two, or 0 */
	size_t nr;
};

int pageset_add(struct pageset *set, uint64_t gfn, enum trace_op op); /* 0 or -ENOMEM */
void pageset_count(const struct pageset *set, uint64_t pages[TRACE_NR_OPS]);
void pageset_free(struct pageset *set);

#endif
