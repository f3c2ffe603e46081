// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test of the oracle: structures that are wrong in one way each must be rejected, and the right
 * one accepted. Over a trace with slot changes, so that stale answers are seen too.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/index/registry.h"
#include "replay/replay.h"
#include "replay/results.h"

enum { SLOTS = 9, EVENTS = 2000, CHANGES = 10, PAGES = 16, STRIDE = 32 };

static struct trace_slot slots[SLOTS];
static struct trace_event events[EVENTS];
static struct trace_change changes[CHANGES];
static struct trace trace = { .name = "test",
			      .slots = slots,
			      .nr_slots = SLOTS,
			      .events = events,
			      .nr_events = EVENTS,
			      .changes = changes,
			      .nr_changes = CHANGES };

static const struct index_ops *right;
static unsigned int nr_calls;

/* Slot 0 goes and comes back; every page of every slot and one behind it is asked for in turn. */
static int make_trace(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < SLOTS; i++)
		slots[i] = (struct trace_slot){ .base_gfn = i * STRIDE, .npages = PAGES, .id = i };
	for (unsigned int i = 0; i < CHANGES; i++)
		changes[i] = (struct trace_change){ .op = i % 2 ? TRACE_CREATE : TRACE_DELETE,
						    .at = (i + 1) * EVENTS / (CHANGES + 1),
						    .slot = slots[0] };
	for (unsigned int i = 0, change = 0; i < EVENTS; i++) {
		unsigned int slot = i % SLOTS, page = i / SLOTS % (PAGES + 1);
		bool hit;

		while (change < CHANGES && changes[change].at <= i)
			change++;
		hit = page < PAGES && (slot || change % 2 == 0);
		events[i] = (struct trace_event){ .t_ns = i,
						  .gfn = slot * STRIDE + page,
						  .op = hit ? TRACE_RAM : TRACE_MISS,
						  .slot = hit ? slot : TRACE_NO_SLOT,
						  .dur_ns = TRACE_NO_DUR };
	}
	right = index_by_name("rbtree");
	return !right;
}

/* ---- one fault each ---- */

static unsigned int find_beyond_the_end(struct index *index, uint64_t gfn)
{
	unsigned int found = right->find(index, gfn);

	return found == SLOT_NONE && gfn ? right->find(index, gfn - 1) : found;
}

static unsigned int find_misses_first_page(struct index *index, uint64_t gfn)
{
	return gfn % STRIDE ? right->find(index, gfn) : SLOT_NONE;
}

static unsigned int find_other_slot(struct index *index, uint64_t gfn)
{
	unsigned int found = right->find(index, gfn);

	return found == 3 ? 4 : found;
}

static unsigned int find_wrong_once(struct index *index, uint64_t gfn)
{
	return ++nr_calls == EVENTS - 1 ? 7777 : right->find(index, gfn);
}

static unsigned int find_wrong_later(struct index *index, uint64_t gfn)
{
	return right->find(index, ++nr_calls <= EVENTS ? gfn : gfn + 1);
}

static int remove_nothing(struct index *index, const struct index_slot *slot)
{
	(void)index, (void)slot;
	return 0;
}

static uint64_t run_wrong(struct index *index, const uint64_t *gfns, size_t nr, unsigned int place)
{
	return right->find_run(index, gfns, nr, place) + 1;
}

static uint64_t chain_wrong(struct index *index, const uint64_t *gfns, size_t nr,
			    unsigned int place)
{
	return right->find_chain(index, gfns, nr, place) - 1;
}

/* What replay says of @ops under @mode: 0 or -errno. */
static int replay(const struct index_ops *ops, const struct mode_ops *mode, struct diag *d)
{
	const struct mode_ops *const modes[] = { mode, NULL };
	struct replay_contest contest = { .indexes = &ops, .nr_indexes = 1 };
	struct replay_request request = {
		.contests = &contest, .nr_contests = 1, .modes = modes, .repeats = 1, .force = true
	};
	json_t *results = results_new();
	int rc = replay_loaded(&request, &trace, results, d);

	json_decref(results);
	nr_calls = 0;
	return rc;
}

static void right_structure_is_accepted(void **state)
{
	struct diag d = { 0 };

	(void)state;
	for (const struct mode_ops *const *mode = mode_table; *mode; mode++)
		if (replay(right, *mode, &d))
			fail_msg("%s: %s", (*mode)->name, d.text);
}

static void wrong_find_is_rejected(void **state)
{
	static unsigned int (*const finds[])(struct index *, uint64_t) = {
		find_beyond_the_end, find_misses_first_page, find_other_slot, find_wrong_once
	};

	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		struct index_ops wrong = *right;
		struct diag d = { 0 };

		wrong.name = "planted";
		wrong.find = finds[i];
		assert_int_equal(replay(&wrong, &mode_batch, &d), -EILSEQ);
		assert_int_equal(d.code, EXIT_RUNTIME);
		assert_non_null(strstr(d.text, "planted answers"));
	}
}

static void first_difference_is_named(void **state)
{
	struct index_ops wrong = *right;
	struct diag d = { 0 };

	(void)state;
	wrong.name = "planted";
	wrong.find = find_other_slot;
	assert_int_equal(replay(&wrong, &mode_batch, &d), -EILSEQ);
	/* event 3 is page 0 of slot 3 */
	assert_string_equal(d.text, "test: event 3, gfn 0x60: planted answers slot 4, a linear "
				    "search slot 3; no number of a wrong structure is of use");
}

static void stale_answer_is_rejected(void **state)
{
	struct index_ops wrong = *right;
	struct diag d = { 0 };

	(void)state;
	wrong.remove = remove_nothing;
	wrong.insert = right->insert;
	assert_int_not_equal(replay(&wrong, &mode_batch, &d), 0);
	assert_int_equal(d.code, EXIT_RUNTIME);
}

static void wrong_timed_loop_is_rejected(void **state)
{
	struct index_ops wrong = *right;
	struct diag d = { 0 };

	(void)state;
	wrong.find_run = run_wrong;
	assert_int_equal(replay(&wrong, &mode_batch, &d), -EILSEQ);
	assert_int_equal(replay(&wrong, &mode_chain, &d), 0);
	assert_int_equal(replay(&wrong, &mode_threads, &d), -EILSEQ);
	wrong = *right;
	wrong.find_chain = chain_wrong;
	assert_int_equal(replay(&wrong, &mode_chain, &d), -EILSEQ);
	assert_int_equal(replay(&wrong, &mode_batch, &d), 0);
}

/* Right while the oracle looks, wrong when it is timed. */
static void wrong_fenced_lookup_is_rejected(void **state)
{
	static const struct mode_ops *const fenced[] = { &mode_single, &mode_cold, &mode_paced };
	struct index_ops wrong = *right;
	struct diag d = { 0 };

	(void)state;
	wrong.find = find_wrong_later;
	for (size_t i = 0; i < sizeof(fenced) / sizeof(fenced[0]); i++)
		assert_int_equal(replay(&wrong, fenced[i], &d), -EILSEQ);
	assert_int_equal(replay(&wrong, &mode_batch, &d), 0);
}

/* The kernel's record counts as much as the search. */
static void kernel_that_disagrees_is_shown(void **state)
{
	struct diag d = { 0 };

	(void)state;
	events[5].slot = 6;
	assert_int_equal(replay(right, &mode_batch, &d), -EILSEQ);
	assert_non_null(strstr(d.text, "event 5 (ram, gfn 0xa0): the kernel found slot 6, a linear "
				       "search slot 5"));
	events[5].slot = 5;
}

static void short_trace_is_refused(void **state)
{
	const struct index_ops *ops = right;
	const struct mode_ops *const modes[] = { &mode_batch, NULL };
	struct replay_contest contest = { .indexes = &ops, .nr_indexes = 1 };
	struct replay_request request = {
		.contests = &contest, .nr_contests = 1, .modes = modes, .repeats = 1
	};
	json_t *results = results_new();
	struct diag d = { 0 };

	(void)state;
	assert_int_equal(replay_loaded(&request, &trace, results, &d), -ENODATA);
	assert_int_equal(d.code, EXIT_INPUT);
	json_decref(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_structure_is_accepted),
		cmocka_unit_test(wrong_find_is_rejected),
		cmocka_unit_test(first_difference_is_named),
		cmocka_unit_test(stale_answer_is_rejected),
		cmocka_unit_test(wrong_timed_loop_is_rejected),
		cmocka_unit_test(wrong_fenced_lookup_is_rejected),
		cmocka_unit_test(kernel_that_disagrees_is_shown),
		cmocka_unit_test(short_trace_is_refused),
	};

	return cmocka_run_group_tests(tests, make_trace, NULL);
}
