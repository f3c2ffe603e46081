/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How one class of accesses walks its pages in one phase.
 *
 * Reuse looks ahead: an access decides how many accesses later its page comes again and puts it
 * into the ring there, or into the next free place. What the ring does not fill are fresh pages. So
 * the reuse distances are those of the recipe, and no page is forgotten that should come again.
 */
#ifndef WORKLOADS_WALKER_H
#define WORKLOADS_WALKER_H

#include "workloads/space.h"

enum { WALKER_REACH = 1 << 16 }; /* accesses that reuse can look ahead */

struct walker {
	struct space space;
	const struct locality *locality;
	struct zipf zipf;
	struct alias weights; /* of the regions, with extents */
	uint64_t *cursor;     /* sweep: next page of each region, or of the whole space */
	uint64_t stride;      /* scatters zipf's ranks over the space: coprime to npages */
	uint64_t *last;	      /* index each vCPU touched last */
	uint64_t *due;	      /* ring by access: index + 1 of the page that is due, 0: none */
	uint64_t now;	      /* place in the ring: accesses so far, or more */
	uint64_t reuse;	      /* share of accesses that will be followed by one to the same page */
	uint64_t fresh;	      /* pages drawn other than by reuse */
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
