// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/churners.h"

#include <stdlib.h>

/* Each churner may lie in two places, its home and another of this size above all others. */
#define PLACE_PAGES (1ull << 20)

enum { MAX_CHURNERS = TRACE_MAX_SLOT + 1 };

struct churner {
	struct trace_slot slot;
	uint64_t home_gfn, away_gfn;
	bool alive;
};

struct churners {
	struct churner *at;
	size_t nr;
	size_t room; /* how many more may be created */
	uint64_t top_gfn;
	unsigned int next_id;
};

size_t churners_needed(const struct trace *trace, unsigned int as)
{
	long alive = 0, least = 0;

	for (size_t i = 0; i < trace->nr_changes; i++) {
		const struct trace_change *change = &trace->changes[i];

		if (!change->at || change->slot.as != as)
			continue;
		if (change->op == TRACE_MOVE && alive - 1 < least)
			least = alive - 1;
		alive += (change->op == TRACE_CREATE) - (change->op == TRACE_DELETE);
		least = alive < least ? alive : least;
	}
	return (size_t)-least;
}

static struct churner *add(struct churners *c, const struct trace_slot *slot, uint64_t home_gfn)
{
	struct churner *churner = &c->at[c->nr++];

	*churner = (struct churner){ *slot, home_gfn, c->top_gfn, true };
	c->top_gfn += PLACE_PAGES;
	return churner;
}

struct churners *churners_new(const struct trace_slot *reserved, size_t nr, size_t room,
			      uint64_t top_gfn, unsigned int first_id)
{
	struct churners *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->at = calloc(MAX_CHURNERS, sizeof(*c->at));
	if (!c->at) {
		free(c);
		return NULL;
	}
	c->top_gfn = (top_gfn + PLACE_PAGES) & ~(PLACE_PAGES - 1);
	c->next_id = first_id;
	c->room = room;
	for (size_t i = 0; i < nr; i++)
		add(c, &reserved[i], reserved[i].base_gfn);
	return c;
}

void churners_free(struct churners *c)
{
	if (!c)
		return;
	free(c->at);
	free(c);
}

static struct churner *find(struct churners *c, bool alive)
{
	for (size_t i = 0; i < c->nr; i++)
		if (c->at[i].alive == alive)
			return &c->at[i];
	return NULL;
}

/* A slot of our own, above all others. */
static struct churner *create(struct churners *c, const struct trace_slot *recorded)
{
	struct trace_slot slot = *recorded;

	if (c->next_id > TRACE_MAX_SLOT || c->nr == MAX_CHURNERS || !c->room)
		return NULL;
	c->room--;
	slot.id = (uint16_t)c->next_id++;
	slot.base_gfn = c->top_gfn;
	slot.npages = slot.npages < PLACE_PAGES ? slot.npages : PLACE_PAGES;
	slot.hva = 0;
	c->top_gfn += PLACE_PAGES;
	return add(c, &slot, slot.base_gfn);
}

static bool move(struct churners *c, struct trace_change *change)
{
	struct churner *churner = find(c, true);

	if (!churner || churner->slot.npages > PLACE_PAGES)
		return false;
	change->old = churner->slot;
	churner->slot.base_gfn =
		churner->slot.base_gfn == churner->home_gfn ? churner->away_gfn : churner->home_gfn;
	change->slot = churner->slot;
	return true;
}

bool churners_change(struct churners *c, struct trace_change *change)
{
	struct churner *churner;

	if (change->op == TRACE_MOVE)
		return move(c, change);
	churner = find(c, change->op == TRACE_DELETE);
	if (!churner && change->op == TRACE_CREATE)
		churner = create(c, &change->slot);
	if (!churner)
		return false;
	churner->alive = change->op == TRACE_CREATE;
	change->slot = churner->slot;
	return true;
}
