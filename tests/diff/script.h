/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random scripts of insert, remove, move and find, each answer compared with a plain linear search.
 *
 * The oracle keeps PROBES gfns and their right answers. A new probe is answered by looking at every
 * slot alive; a slot change corrects the probes inside its old and new range. So each lookup costs
 * the oracle nothing and 10^8 of them can be compared in minutes, at any number of slots.
 *
 * A script grows to all the slots that the structure takes, if the updates suffice, shrinks to
 * none, and spends the rest at 1 to 600 slots of a new VM. Gfns reach from 0 to 2^52 - 1; many
 * slots touch.
 */
#ifndef TESTS_DIFF_SCRIPT_H
#define TESTS_DIFF_SCRIPT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/index/index.h"

enum { PROBES = 2048, LOOPED = 64, MAX_TOUCHED = 1 << 16 };

struct script {
	const struct index_ops *ops;
	uint64_t seed;
	uint64_t updates, lookups; /* how many to make */
	size_t check_bytes; /* larger ones' invariants are not looked at after every update */
	/* filled in */
	uint64_t nr_updates, nr_lookups;
	unsigned int most_slots;
	char why[256]; /* the first difference, empty if there is none */
};

struct script_state {
	struct script *script;
	struct index_mem mem;
	struct index *index;
	uint64_t random;
	struct index_slot slots[INDEX_MAX_SLOTS]; /* by base_gfn */
	unsigned int nr;
	uint16_t ids[INDEX_MAX_SLOTS]; /* ids[nr..] are free */
	uint64_t gfns[PROBES];
	uint16_t answers[PROBES];
	unsigned int next_probe;
	uintptr_t touched[MAX_TOUCHED];
};

static inline uint64_t script_random(struct script_state *s)
{
	uint64_t z = s->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 .. n - 1 */
static inline uint64_t script_below(struct script_state *s, uint64_t n)
{
	return (unsigned __int128)script_random(s) * n >> 64;
}

/* 1 .. n, small ones as likely as large ones */
static inline uint64_t script_size(struct script_state *s, uint64_t n)
{
	unsigned int bits = 1 + script_below(s, 64 - __builtin_clzll(n));

	return 1 + script_below(s, bits < 53 && 1ull << bits < n ? 1ull << bits : n);
}

/* Plain memory, so that a sanitizer sees every step beside it. */
static inline void *script_alloc(struct index_mem *mem, size_t bytes, size_t align)
{
	size_t whole = (bytes + align - 1) / align * align;
	void *p = aligned_alloc(align < 8 ? 8 : align, align < 8 ? (bytes + 7) & ~7ull : whole);

	if (p)
		memset(p, 0, bytes);
	mem->bytes += p ? bytes : 0;
	return p;
}

static inline void script_free(struct index_mem *mem, void *p, size_t bytes)
{
	mem->bytes -= p ? bytes : 0;
	free(p);
}

static inline void script_fault(struct script_state *s, const char *what, uint64_t gfn,
				uint64_t got, uint64_t want)
{
	if (!*s->script->why)
		snprintf(s->script->why, sizeof(s->script->why),
			 "%s: %s: gfn 0x%llx: got %llu, want %llu (SEED=%llu, update %llu, %u "
			 "slots)",
			 s->script->ops->name, what, (unsigned long long)gfn,
			 (unsigned long long)got, (unsigned long long)want,
			 (unsigned long long)s->script->seed,
			 (unsigned long long)s->script->nr_updates, s->nr);
}

static inline bool script_holds(const struct index_slot *slot, uint64_t gfn)
{
	return gfn >= slot->base_gfn && gfn - slot->base_gfn < slot->npages;
}

/* The linear search. */
static inline unsigned int script_oracle(const struct script_state *s, uint64_t gfn)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (script_holds(&s->slots[i], gfn))
			return s->slots[i].id;
	return SLOT_NONE;
}

/* A gfn worth asking: at an edge of @slot, within it, or anywhere. */
static inline uint64_t script_gfn(struct script_state *s, const struct index_slot *slot)
{
	uint64_t end = slot->base_gfn + slot->npages;

	switch (script_below(s, 8)) {
	case 0:
		return slot->base_gfn;
	case 1:
		return slot->base_gfn ? slot->base_gfn - 1 : 0;
	case 2:
		return end - 1;
	case 3:
		return end <= INDEX_MAX_GFN ? end : INDEX_MAX_GFN;
	case 4:
		return script_size(s, INDEX_MAX_GFN + 1) - 1;
	case 5:
		return script_below(s, 2) ? 0 : INDEX_MAX_GFN;
	default:
		return slot->base_gfn + script_below(s, slot->npages);
	}
}

static inline void script_renew_probes(struct script_state *s, const struct index_slot *changed)
{
	unsigned int renew = 1 + 32768 / (s->nr + 1);

	for (unsigned int i = 0; i < renew && i < 16; i++) {
		unsigned int at = s->next_probe++ % PROBES;
		bool other = s->nr && script_below(s, 2);

		s->gfns[at] = script_gfn(s, other ? &s->slots[script_below(s, s->nr)] : changed);
		s->answers[at] = script_oracle(s, s->gfns[at]);
	}
}

static inline void script_correct_probes(struct script_state *s, const struct index_slot *gone,
					 const struct index_slot *come)
{
	for (unsigned int i = 0; i < PROBES; i++) {
		if (gone && script_holds(gone, s->gfns[i]))
			s->answers[i] = SLOT_NONE;
		if (come && script_holds(come, s->gfns[i]))
			s->answers[i] = come->id;
	}
}

/* A slot in the gap before slots[at]; false if there is none. @tight: touch a neighbour or gfn 0.
 */
static inline bool script_place(struct script_state *s, unsigned int at, struct index_slot *slot)
{
	uint64_t start = at ? s->slots[at - 1].base_gfn + s->slots[at - 1].npages : 0;
	uint64_t end = at < s->nr ? s->slots[at].base_gfn : INDEX_MAX_GFN + 1;
	uint64_t room = end - start, where = script_below(s, 4);

	if (!room)
		return false;
	slot->npages = script_size(s, where == 3 && room > 4 ? room / 4 : room);
	if (slot->npages > 1 && slot->npages > room / 2 && script_below(s, 8))
		slot->npages = room / 2 + 1;
	slot->base_gfn = where == 0   ? start
			 : where == 1 ? end - slot->npages
				      : start + script_below(s, room - slot->npages + 1);
	slot->hva = slot->base_gfn << 12;
	slot->flags = script_below(s, 4);
	return true;
}

static inline unsigned int script_new_slot(struct script_state *s, struct index_slot *slot)
{
	unsigned int at;

	do
		at = script_below(s, s->nr + 1);
	while (!script_place(s, at, slot));
	return at;
}

static inline void script_keep(struct script_state *s, unsigned int at,
			       const struct index_slot *slot)
{
	memmove(&s->slots[at + 1], &s->slots[at], (s->nr++ - at) * sizeof(*slot));
	s->slots[at] = *slot;
}

static inline void script_drop(struct script_state *s, unsigned int at)
{
	memmove(&s->slots[at], &s->slots[at + 1], (--s->nr - at) * sizeof(*s->slots));
}

/* A free id, mostly a low one, as VMMs count; a scattered one sometimes. */
static inline unsigned int script_take_id(struct script_state *s)
{
	unsigned int free_ids = INDEX_MAX_SLOTS - s->nr, span = script_below(s, 64) ? 8 : 256;
	unsigned int pick = s->nr + script_below(s, free_ids < span ? free_ids : span);
	uint16_t id = s->ids[pick];

	s->ids[pick] = s->ids[s->nr];
	s->ids[s->nr] = id;
	return id;
}

static inline int script_insert(struct script_state *s, struct index_slot *slot)
{
	unsigned int at = script_new_slot(s, slot);

	slot->id = script_take_id(s);
	script_keep(s, at, slot);
	script_correct_probes(s, NULL, slot);
	return s->script->ops->insert(s->index, slot);
}

static inline int script_remove(struct script_state *s, struct index_slot *slot)
{
	unsigned int at = script_below(s, s->nr), pick = 0;

	*slot = s->slots[at];
	while (s->ids[pick] != slot->id)
		pick++;
	script_drop(s, at);
	s->ids[pick] = s->ids[s->nr];
	s->ids[s->nr] = slot->id;
	script_correct_probes(s, slot, NULL);
	return s->script->ops->remove(s->index, slot);
}

/* Elsewhere, or in place with another size or only other flags. */
static inline int script_move(struct script_state *s, struct index_slot *slot)
{
	unsigned int at = script_below(s, s->nr);
	struct index_slot old = s->slots[at];

	*slot = old;
	script_drop(s, at);
	if (script_below(s, 3))
		at = script_new_slot(s, slot);
	else if (script_below(s, 2))
		slot->npages = script_size(s, old.npages);
	else
		slot->flags ^= 1;
	script_keep(s, at, slot);
	script_correct_probes(s, &old, slot);
	return s->script->ops->move(s->index, &old, slot);
}

static inline void script_find(struct script_state *s, uint64_t nr)
{
	const struct index_ops *ops = s->script->ops;

	s->script->nr_lookups += nr;
	for (uint64_t i = 0, at = script_below(s, PROBES); i < nr; i++, at = (at + 1) % PROBES) {
		unsigned int got = ops->find(s->index, s->gfns[at]);

		if (got != s->answers[at])
			return script_fault(s, "find", s->gfns[at], got, s->answers[at]);
	}
}

static inline void script_loops(struct script_state *s)
{
	const struct index_ops *ops = s->script->ops;
	unsigned int first = script_below(s, PROBES - LOOPED);
	unsigned int nr = script_below(s, LOOPED + 1);
	uint64_t want = 0, got;

	for (unsigned int i = 0; i < nr; i++)
		want = index_checksum(want, s->answers[first + i]);
	got = ops->find_run(s->index, &s->gfns[first], nr, first);
	if (got != want)
		script_fault(s, "find_run: checksum", s->gfns[first], got, want);
	got = ops->find_chain(s->index, &s->gfns[first], nr, first);
	if (got != want)
		script_fault(s, "find_chain: checksum", s->gfns[first], got, want);
}

static inline int script_compare_lines(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return (x > y) - (x < y);
}

/* What touch() says must hold together, and be the same when asked again. */
static inline void script_touch(struct script_state *s)
{
	struct index_touch touch = { .line = s->touched, .cap = MAX_TOUCHED }, again = { 0 };
	uint64_t gfn = s->gfns[script_below(s, PROBES)];
	unsigned int named = 0, distinct;

	memset(s->touched, 0, sizeof(s->touched));
	s->script->ops->touch(s->index, gfn, &touch);
	s->script->ops->touch(s->index, gfn, &again);
	if (touch.lines != again.lines || touch.depth != again.depth)
		return script_fault(s, "touch: another answer the second time", gfn, again.lines,
				    touch.lines);
	if (touch.lines == INDEX_TOUCH_UNKNOWN)
		return;
	while (named < MAX_TOUCHED && s->touched[named])
		named++;
	qsort(s->touched, named, sizeof(s->touched[0]), script_compare_lines);
	distinct = named > 0;
	for (unsigned int i = 1; i < named; i++)
		distinct += s->touched[i] != s->touched[i - 1];
	if (touch.lines != distinct)
		script_fault(s, "touch: lines", gfn, touch.lines, distinct);
	if (!touch.depth || touch.depth > touch.lines)
		script_fault(s, "touch: depth", gfn, touch.depth, touch.lines);
}

/* Filled at once, from the last slot to the first, as from insert after insert. */
static inline void script_fill(struct script_state *s)
{
	const struct index_ops *ops = s->script->ops;
	struct index_slot *slots = malloc((s->nr + 1) * sizeof(*slots));
	size_t bytes = s->mem.bytes;
	struct index *live = s->index;
	const char *broken;

	for (unsigned int i = 0; i < s->nr; i++)
		slots[i] = s->slots[s->nr - 1 - i];
	s->index = ops->create(&s->mem, NULL);
	if (ops->fill(s->index, slots, s->nr))
		script_fault(s, "fill failed", 0, 1, 0);
	broken = ops->check(s->index);
	if (broken)
		script_fault(s, broken, 0, 0, 0);
	script_find(s, LOOPED);
	ops->destroy(s->index);
	s->index = live;
	if (s->mem.bytes != bytes)
		script_fault(s, "fill: bytes left", 0, s->mem.bytes, bytes);
	free(slots);
}

/* After every update, but of a structure over check_bytes in proportion less often. */
static inline const char *script_check(struct script_state *s)
{
	size_t bytes = s->script->check_bytes ? s->script->check_bytes : 1 << 18;

	return s->script->nr_updates % (1 + s->mem.bytes / bytes) ? NULL
								  : s->script->ops->check(s->index);
}

/*
 * Lookups after an update, for all to be made in all updates. Where one reads over 64 lines (linear
 * search among hundreds of slots), fewer in proportion, which the updates to come make up for.
 */
static inline uint64_t script_share(struct script_state *s)
{
	struct script *script = s->script;
	uint64_t left =
		script->lookups > script->nr_lookups ? script->lookups - script->nr_lookups : 0;
	uint64_t updates =
		script->updates > script->nr_updates ? script->updates - script->nr_updates : 1;
	struct index_touch touch = { 0 };

	if (s->nr > 256)
		script->ops->touch(s->index, INDEX_MAX_GFN / 2, &touch);
	if (touch.lines == INDEX_TOUCH_UNKNOWN || touch.lines < 64)
		touch.lines = 64;
	return left / updates * 64 / touch.lines + 1;
}

/* One update of the script: the size wanders to @goal. */
static inline void script_update(struct script_state *s, unsigned int goal)
{
	const char *broken;
	struct index_slot slot = { 0 };
	bool grow = s->nr < goal;
	int rc;

	if (!s->nr)
		rc = script_insert(s, &slot);
	else if (script_below(s, 8) == 0 && goal > 1)
		rc = script_move(s, &slot);
	else
		rc = grow ? script_insert(s, &slot) : script_remove(s, &slot);
	s->script->nr_updates++;
	if (s->nr > s->script->most_slots)
		s->script->most_slots = s->nr;
	if (rc)
		return script_fault(s, "update failed", slot.base_gfn, -rc, 0);
	broken = script_check(s);
	if (broken)
		return script_fault(s, broken, slot.base_gfn, 0, 0);
	script_renew_probes(s, &slot);
	script_find(s, script_share(s));
	if (script_below(s, 16 + s->nr / 16) == 0)
		script_loops(s);
	if (script_below(s, 64 + s->nr / 4) == 0)
		script_touch(s);
	if (s->script->ops->fill && script_below(s, 64 + s->nr / 4) == 0)
		script_fill(s);
}

static inline void script_new_vm(struct script_state *s)
{
	s->index = s->script->ops->create(&s->mem, NULL);
	for (unsigned int i = 0; i < INDEX_MAX_SLOTS; i++)
		s->ids[i] = i;
}

/* Of the updates, two fifths to grow in: one in eight is a move, so 10^5 reach 32764 slots. */
static inline void script_play(struct script_state *s)
{
	struct script *script = s->script;
	unsigned int most = script->ops->max_slots, goal = 1;

	while (s->nr < most && script->nr_updates < script->updates * 2 / 5 && !*script->why)
		script_update(s, most);
	while (s->nr > 0 && !*script->why)
		script_update(s, 0);
	script->ops->destroy(s->index); /* linear visits every id that a VM ever had */
	script_new_vm(s);
	while (script->nr_updates < script->updates && !*script->why) {
		unsigned int small = most < 64 || script_below(s, 16) ? 64 : 600;

		if (script->nr_updates % 64 == 0)
			goal = script_size(s, small < most ? small : most);
		script_update(s, goal);
	}
	if (!*script->why)
		script_find(s, script->lookups > script->nr_lookups + PROBES
				       ? script->lookups - script->nr_lookups
				       : PROBES);
}

static inline struct script_state *script_open(struct script *script)
{
	struct script_state *s = calloc(1, sizeof(*s));

	script->nr_updates = script->nr_lookups = script->most_slots = 0;
	script->why[0] = '\0';
	s->script = script;
	s->random = script->seed;
	s->mem = (struct index_mem){ script_alloc, script_free, 0 };
	script_new_vm(s);
	memset(s->answers, 0xff, sizeof(s->answers));
	return s;
}

static inline void script_close(struct script_state *s)
{
	s->script->ops->destroy(s->index);
	if (s->mem.bytes)
		script_fault(s, "bytes left after destroy", 0, s->mem.bytes, 0);
	free(s);
}

/* Play @script. True if all answers were right; else why says what and how to see it again. */
static inline bool script_run(struct script *script)
{
	struct script_state *s = script_open(script);

	script_play(s);
	script_close(s);
	return !*script->why;
}

#endif
