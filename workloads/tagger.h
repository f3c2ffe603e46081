/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which layer of the recipe's kernel would serve an access to an emulated page: the tag that a
 * capture would have read from the kernel.
 *
 * Mirrors handle_mmio_page_fault() of 5.4 to 6.12: the vCPU's one entry, then the mmio SPTE, then
 * the slots. Time is counted in slot changes. An SPTE made before the last zap is gone, one made
 * before the last change is stale; both caches are refilled by whatever served the access.
 */
#ifndef WORKLOADS_TAGGER_H
#define WORKLOADS_TAGGER_H

#include "workloads/recipe.h"

struct tagger {
	enum era_caches caches;
	uint32_t now;	 /* slot changes so far, + 1 */
	uint32_t zapped; /* now at the last zap */
	uint32_t *made;	 /* by the page's tag: now when its SPTE was made, 0 for none */
	struct {
		uint64_t tag;
		uint32_t made;
	} vcpu[RECIPE_MAX_CPUS];
};

static inline enum trace_op tagger_miss(struct tagger *t, unsigned int vcpu, uint64_t tag)
{
	uint32_t made = t->made[tag];

	if (t->caches == ERA_NONE)
		return TRACE_MISS;
	if (t->vcpu[vcpu].made == t->now && t->vcpu[vcpu].tag == tag)
		return TRACE_MISS_VCPU;
	t->made[tag] = t->now;
	t->vcpu[vcpu].tag = tag;
	t->vcpu[vcpu].made = t->now;
	if (!made || made < t->zapped)
		return TRACE_MISS;
	return made < t->now ? TRACE_MISS_STALE : TRACE_MISS_SPTE;
}

/* A change of the slots; delete and move zap all SPTEs, before 3.19 every change did. */
static inline void tagger_change(struct tagger *t, enum trace_change_op op)
{
	t->now++;
	if (op == TRACE_DELETE || op == TRACE_MOVE || t->caches == ERA_ZAPPED)
		t->zapped = t->now;
}

#endif
