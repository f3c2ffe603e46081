// SPDX-License-Identifier: GPL-2.0-only
/* Lines and depth of lookups whose reads are known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "replay/index/heap.h"
#include "replay/index/registry.h"

/* @nr slots of 1 page at 10, 20, 30, ... with ids 0, 1, ... */
static struct index_touch ask(const char *name, unsigned int nr, uint64_t gfn)
{
	const struct index_ops *ops = index_by_name(name);
	struct heap *heap = heap_create();
	struct index *index = ops->create(heap_mem(heap), NULL);
	struct index_touch touch = { 0 };

	for (unsigned int i = 0; i < nr; i++) {
		struct index_slot slot = { 10 * (i + 1), 1, 0, i, 0 };

		assert_int_equal(ops->insert(index, &slot), 0);
	}
	ops->touch(index, gfn, &touch);
	ops->destroy(index);
	heap_destroy(heap);
	return touch;
}

static void expect(struct index_touch touch, unsigned int lines, unsigned int depth)
{
	assert_int_equal(touch.lines, lines);
	assert_int_equal(touch.depth, depth);
}

static void lines_and_depth_are_those_of_the_layout(void **state)
{
	(void)state;
	/* the handle, then of each slot of 80 bytes the first 16, which is another line each */
	expect(ask("linear", 16, 5), 17, 2);
	expect(ask("linear", 16, 10), 2, 2);
	/* two lines of header at once, then a node a line: the root 20, then 10 */
	expect(ask("rbtree", 7, 5), 4, 3);
	expect(ask("rbtree", 7, 20), 3, 2);
	/* the handle, then one line for up to 4 slots, two for up to 36 */
	expect(ask("splus", 4, 25), 2, 2);
	expect(ask("splus", 36, 25), 3, 3);
	/* the handle, then 8 bases, 8 sizes and 8 ids at once */
	expect(ask("flat", 8, 25), 4, 2);
	/* the handle, then one node of the page table: its entry's line */
	expect(ask("radix", 8, 25), 2, 2);
}

static void a_library_is_unknown(void **state)
{
	struct index_touch touch = ask("judy", 4, 25);

	(void)state;
	assert_true(touch.lines == INDEX_TOUCH_UNKNOWN && touch.depth == INDEX_TOUCH_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_depth_are_those_of_the_layout),
		cmocka_unit_test(a_library_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
