// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slot changes over two sets: each kind swaps as often as KVM does, both sets agree afterwards, and
 * what readers see in between is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "replay/index/heap.h"
#include "replay/index/registry.h"
#include "replay/index/sets.h"

enum { PAGES = 16, STRIDE = 32, NR_SLOTS = 50 };

/* What a reader of slot `id` finds at each swap. */
struct seen {
	struct sets *sets;
	uint64_t gfn;
	unsigned int answers[2], nr;
};

static void look(void *arg)
{
	struct seen *seen = arg;

	assert_true(seen->nr < 2);
	seen->answers[seen->nr++] = seen->sets->ops->find(sets_active(seen->sets), seen->gfn);
}

static struct index_slot slot_of(unsigned int id)
{
	uint64_t base = (uint64_t)id * STRIDE;

	return (struct index_slot){ base, PAGES, base << 12, id, 0 };
}

static void expect_everywhere(const struct sets *sets, uint64_t gfn, unsigned int answer)
{
	for (int i = 0; i < 2; i++) {
		if (!sets->set[i])
			continue;
		assert_null(sets->ops->check(sets->set[i]));
		assert_int_equal(sets->ops->find(sets->set[i], gfn), answer);
	}
}

static void expect_swaps(struct sets *sets, struct seen *seen, unsigned int nr, unsigned int first,
			 unsigned int second)
{
	assert_int_equal(seen->nr, nr);
	assert_int_equal(seen->answers[0], first);
	if (nr == 2)
		assert_int_equal(seen->answers[1], second);
	assert_int_equal(!!sets->set[0] + !!sets->set[1], sets->ops->clone ? 1 : 2);
	seen->nr = 0;
}

static void change_slots(struct sets *sets, struct seen *seen, unsigned int id)
{
	struct index_slot slot = slot_of(id), flags = slot, moved;

	flags.flags = 1;
	moved = flags;
	moved.base_gfn += 8;
	moved.hva += 8 << 12;
	seen->gfn = slot.base_gfn;
	assert_int_equal(sets_create_slot(sets, &slot), 0);
	expect_swaps(sets, seen, 1, id, 0);
	assert_int_equal(sets_change_flags(sets, &slot, &flags), 0);
	expect_swaps(sets, seen, 1, id, 0);
	expect_everywhere(sets, slot.base_gfn, id);
	assert_int_equal(sets_move_slot(sets, &flags, &moved), 0);
	expect_swaps(sets, seen, 2, id, SLOT_NONE); /* marked invalid first, still found */
	expect_everywhere(sets, slot.base_gfn, SLOT_NONE);
	expect_everywhere(sets, moved.base_gfn + PAGES - 1, id);
	seen->gfn = moved.base_gfn;
	assert_int_equal(sets_delete_slot(sets, &moved), 0);
	expect_swaps(sets, seen, 2, id, SLOT_NONE);
	expect_everywhere(sets, moved.base_gfn, SLOT_NONE);
	assert_int_equal(sets_create_slot(sets, &slot), 0);
	seen->nr = 0;
}

static void try_structure(const struct index_ops *ops)
{
	struct heap *heap = heap_create();
	struct sets sets;
	struct seen seen = { &sets, 0, { 0 }, 0 };

	assert_int_equal(sets_init(&sets, ops, heap_mem(heap)), 0);
	sets.synchronize = look;
	sets.arg = &seen;
	for (unsigned int id = 0; id < NR_SLOTS; id++)
		change_slots(&sets, &seen, id);
	for (unsigned int id = 0; id < NR_SLOTS; id++)
		expect_everywhere(&sets, slot_of(id).base_gfn, id);
	assert_int_equal(sets.nr_swaps, NR_SLOTS * (1 + 1 + 2 + 2 + 1));
	sets_destroy(&sets);
	assert_int_equal(heap_mem(heap)->bytes, 0);
	heap_destroy(heap);
}

static void each_change_swaps_as_kvm_does(void **state)
{
	(void)state;
	for (const struct index_ops *const *ops = index_table; *ops; ops++)
		if (!(*ops)->floor && !((*ops)->lacks && (*ops)->lacks()))
			try_structure(*ops);
}

/* One object a slot, not one a set. */
static void rbtree_sets_share_slots(void **state)
{
	struct heap *heap = heap_create();
	struct index_slot slot = slot_of(1);
	struct sets sets;
	size_t before;

	(void)state;
	assert_int_equal(sets_init(&sets, index_by_name("rbtree"), heap_mem(heap)), 0);
	before = heap_mem(heap)->bytes;
	assert_int_equal(sets_create_slot(&sets, &slot), 0);
	assert_int_equal(heap_mem(heap)->bytes - before, 512);
	sets_destroy(&sets);
	heap_destroy(heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_swaps_as_kvm_does),
		cmocka_unit_test(rbtree_sets_share_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
