/* SPDX-License-Identifier: GPL-2.0-only */
/* How one class of accesses walks its pages in one phase. */
#ifndef WORKLOADS_WALKER_H
#define WORKLOADS_WALKER_H

#include "workloads/space.h"

enum { WALKER_RECENT = 1 << 16 }; /* accesses that reuse can look back */

struct walker {
	struct space space;
	const struct locality *locality;
	struct zipf zipf;
	struct alias weights; /* of the regions, with extents */
	uint64_t *cursor;     /* sweep: next page of each region, or of the whole space */
	uint64_t stride;      /* scatters zipf's ranks over the space: coprime to npages */
	uint64_t *last;	      /* index each vCPU touched last */
	uint64_t *recent;     /* ring of indexes touched last, NULL without reuse */
	uint64_t nr_recent, reuse;
};

/* 0, -ENOMEM, -ENOENT, or -EINVAL with the extent that does not fit in *bad. */
int walker_init(struct walker *w, const struct recipe *recipe, const struct phase *phase,
		enum access_class class, size_t *bad);
void walker_free(struct walker *w);

/* Index of the page that @vcpu touches next. */
uint64_t walker_next(struct walker *w, unsigned int vcpu, struct rng *rng);

/* All is unmapped again: first touches begin anew. */
void walker_zapped(struct walker *w);

#endif
