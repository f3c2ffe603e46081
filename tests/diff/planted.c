// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test of the test: bsearch with one fault planted in one op at a time, and each off-by-one in
 * each way to find. The script that plays every structure must reject each, and must accept bsearch
 * as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "replay/index/registry.h"
#include "tests/diff/script.h"

static const struct index_ops *right(void)
{
	return index_by_name("bsearch");
}

/* An off-by-one at each edge of a slot; they stand in the way of any op that finds. */
static unsigned int one_page_more(struct index *index, uint64_t gfn)
{
	unsigned int answer = right()->find(index, gfn);

	return answer == SLOT_NONE && gfn ? right()->find(index, gfn - 1) : answer;
}

static unsigned int one_page_early(struct index *index, uint64_t gfn)
{
	unsigned int answer = right()->find(index, gfn);

	return answer == SLOT_NONE ? right()->find(index, gfn + 1) : answer;
}

static unsigned int last_page_missed(struct index *index, uint64_t gfn)
{
	unsigned int answer = right()->find(index, gfn);

	return right()->find(index, gfn + 1) == answer ? answer : SLOT_NONE;
}

static unsigned int first_page_missed(struct index *index, uint64_t gfn)
{
	unsigned int answer = right()->find(index, gfn);

	return gfn && right()->find(index, gfn - 1) == answer ? answer : SLOT_NONE;
}

static uint64_t sum_of(unsigned int (*find)(struct index *index, uint64_t gfn), struct index *index,
		       const uint64_t *gfns, size_t nr)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum = index_checksum(sum, find(index, gfns[i]));
	return sum;
}

#define EDGE_LIST(EDGE)                                                                            \
	EDGE(one_page_more) EDGE(one_page_early) EDGE(last_page_missed) EDGE(first_page_missed)
#define EDGE(fault)                                                                                \
	static uint64_t loop_##fault(struct index *index, const uint64_t *gfns, size_t nr,         \
				     unsigned int place)                                           \
	{                                                                                          \
		(void)place;                                                                       \
		return sum_of(fault, index, gfns, nr);                                             \
	}
EDGE_LIST(EDGE)
#undef EDGE

/* The last gfn is left out. */
static uint64_t run_one_less(struct index *index, const uint64_t *gfns, size_t nr,
			     unsigned int place)
{
	return right()->find_run(index, gfns, nr ? nr - 1 : 0, place);
}

/* The first gfn is asked twice, the last one not at all. */
static uint64_t chain_shifted(struct index *index, const uint64_t *gfns, size_t nr,
			      unsigned int place)
{
	uint64_t sum = right()->find_chain(index, gfns, nr ? 1 : 0, place);

	return sum + right()->find_chain(index, gfns, nr ? nr - 1 : 0, place);
}

static void touch_one_line_more(struct index *index, uint64_t gfn, struct index_touch *touch)
{
	right()->touch(index, gfn, touch);
	touch->lines++;
}

static void touch_too_deep(struct index *index, uint64_t gfn, struct index_touch *touch)
{
	right()->touch(index, gfn, touch);
	touch->depth = touch->lines + 1;
}

/* The slot stays. */
static int remove_nothing(struct index *index, const struct index_slot *slot)
{
	(void)index;
	(void)slot;
	return 0;
}

static const char *check_finds_fault(const struct index *index)
{
	(void)index;
	return "planted";
}

static void play(const struct index_ops *ops, const char *why)
{
	struct script script = { .ops = ops, .seed = 1, .updates = 500, .lookups = 50000 };

	assert_int_equal(script_run(&script), !why);
	if (why && !strstr(script.why, why))
		fail_msg("rejected for another reason: %s, not %s", script.why, why);
}

static void a_right_structure_is_accepted(void **state)
{
	(void)state;
	play(right(), NULL);
}

static void each_planted_fault_is_rejected(void **state)
{
	struct index_ops ops;

	(void)state;
#define PLANT(op, fault, why)                                                                      \
	ops = *right();                                                                            \
	ops.op = fault;                                                                            \
	play(&ops, why)
#define EDGE(fault)                                                                                \
	PLANT(find, fault, ": find: ");                                                            \
	PLANT(find_run, loop_##fault, "find_run");                                                 \
	PLANT(find_chain, loop_##fault, "find_chain");
	EDGE_LIST(EDGE)
#undef EDGE
	PLANT(find_run, run_one_less, "find_run");
	PLANT(find_chain, chain_shifted, "find_chain");
	PLANT(touch, touch_one_line_more, "touch: lines");
	PLANT(touch, touch_too_deep, "touch: depth");
	PLANT(remove, remove_nothing, "bsearch: ");
	PLANT(check, check_finds_fault, "planted");
#undef PLANT
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_structure_is_accepted),
		cmocka_unit_test(each_planted_fault_is_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
