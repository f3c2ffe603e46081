// SPDX-License-Identifier: GPL-2.0-only
/* Random slot changes against a plain array that is searched from end to end. SEED= replays a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants some of these before it */
#include <cmocka.h>

#include "trace/slotmap.h"

enum { NR_IDS = 24, MAX_BASE = 200, NR_STEPS = 20000 };

static uint64_t state;

static uint64_t draw(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dull >> 32) % below;
}

/* npages 0: no such slot */
static struct trace_slot plain[TRACE_ADDRESS_SPACES][NR_IDS];

static bool overlaps(const struct trace_slot *new)
{
	for (int id = 0; id < NR_IDS; id++) {
		const struct trace_slot *slot = &plain[new->as][id];

		if (slot->npages && slot->base_gfn < new->base_gfn + new->npages &&new->base_gfn <
					    slot->base_gfn + slot->npages)
			return true;
	}
	return false;
}

static struct trace_change draw_change(void)
{
	struct trace_change change = { .op = draw(TRACE_NR_CHANGE_OPS),
				       .slot = { .as = draw(TRACE_ADDRESS_SPACES),
						 .id = draw(NR_IDS),
						 .base_gfn = draw(MAX_BASE),
						 .npages = 1 + draw(20),
						 .flags = draw(4) } };
	const struct trace_slot *old = &plain[change.slot.as][change.slot.id];

	if (change.op == TRACE_MOVE && old->npages)
		change.old = *old;
	else if (change.op != TRACE_CREATE && old->npages && draw(4)) {
		change.slot.base_gfn = old->base_gfn;
		change.slot.npages = old->npages;
	}
	return change;
}

/* Do to `plain` what the change says; false if it must be refused. */
static bool apply_plain(const struct trace_change *change)
{
	struct trace_slot *slot = &plain[change->slot.as][change->slot.id], old = *slot;

	if (change->op == TRACE_CREATE && (slot->npages || overlaps(&change->slot)))
		return false;
	if (change->op != TRACE_CREATE && !slot->npages)
		return false;
	if ((change->op == TRACE_DELETE || change->op == TRACE_FLAGS) &&
	    (slot->base_gfn != change->slot.base_gfn || slot->npages != change->slot.npages))
		return false;
	slot->npages = 0;
	if (change->op == TRACE_MOVE && overlaps(&change->slot)) {
		*slot = old;
		return false;
	}
	if (change->op != TRACE_DELETE)
		*slot = change->slot;
	return true;
}

static const struct trace_slot *plain_by_gfn(unsigned int as, uint64_t gfn)
{
	for (int id = 0; id < NR_IDS; id++)
		if (plain[as][id].npages && gfn - plain[as][id].base_gfn < plain[as][id].npages)
			return &plain[as][id];
	return NULL;
}

static void compare(const struct slotmap *map)
{
	for (unsigned int as = 0; as < TRACE_ADDRESS_SPACES; as++) {
		size_t nr = 0;

		for (unsigned int id = 0; id < NR_IDS; id++) {
			const struct trace_slot *slot = slotmap_by_id(map, as, id);

			assert_int_equal(!!slot, !!plain[as][id].npages);
			assert_true(!slot || !memcmp(slot, &plain[as][id], sizeof(*slot)));
			nr += !!slot;
		}
		assert_int_equal(slotmap_count(map, as), nr);
		for (uint64_t gfn = 0; gfn < MAX_BASE + 25; gfn++) {
			const struct trace_slot *slot = slotmap_by_gfn(map, as, gfn);
			const struct trace_slot *want = plain_by_gfn(as, gfn);

			assert_int_equal(!!slot, !!want);
			assert_true(!slot || slot->id == want->id);
		}
	}
}

/* A refused change ends a trace, so a refused move may leave the map without the slot. */
static void restore(struct slotmap *map, const struct trace_change *change)
{
	const struct trace_slot *slot = &plain[change->slot.as][change->slot.id];
	char why[SLOTMAP_WHY];

	if (slot->npages && !slotmap_by_id(map, slot->as, slot->id))
		assert_int_equal(slotmap_insert(map, slot, why), 0);
}

static void random_changes(void **unused)
{
	struct slotmap *map = slotmap_new();
	size_t applied = 0;

	(void)unused;
	for (int i = 0; i < NR_STEPS; i++) {
		struct trace_change change = draw_change();
		bool want = apply_plain(&change);
		char why[SLOTMAP_WHY] = "";
		int rc = slotmap_apply(map, &change, why);

		if (want != (rc == 0))
			fail_msg("step %d, %s: %d \"%s\", expected %s", i,
				 trace_change_names[change.op], rc, why, want ? "0" : "refusal");
		assert_int_equal(rc == 0, !why[0]);
		restore(map, &change);
		applied += want;
		compare(map);
	}
	assert_true(applied > NR_STEPS / 10);
	slotmap_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_changes) };

	state = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : 1;
	printf("SEED=%#llx\n", (unsigned long long)state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
