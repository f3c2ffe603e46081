// SPDX-License-Identifier: GPL-2.0-only
/* What each layer serves, over small traces whose outcome is known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/cache/cache.h"
#include "replay/cache/eras.h"
#include "replay/cache/model.h"

/* Slots: 0 at gfns 0 to 99, 1 at 200 to 299; all else is not backed. */
static struct trace_slot slots[] = { { .npages = 100, .id = 0 },
				     { .base_gfn = 200, .npages = 100, .id = 1 } };

static struct trace_change change_at(size_t at, enum trace_change_op op)
{
	struct trace_change change = { .at = at, .op = op, .slot = slots[1] };

	if (op == TRACE_CREATE)
		change.slot = (struct trace_slot){ .base_gfn = 1000, .npages = 1, .id = 9 };
	if (op == TRACE_FLAGS)
		change.old = slots[1];
	return change;
}

struct step {
	uint64_t gfn;
	int vcpu, served;
	bool smm;	       /* in the other address space, which has no slots */
	bool updating, midway; /* both: cached after the update */
};

/* Serve @steps under @layers with a change before step @at (SIZE_MAX: none). */
static void expect(const char *layers, const struct step *steps, size_t nr, size_t at,
		   enum trace_change_op op)
{
	struct trace_change change = change_at(at, op);
	struct trace_event events[16] = { 0 };
	uint16_t answers[16];
	uint8_t served[16];
	struct trace trace = { .name = (char *)"test",
			       .slots = slots,
			       .nr_slots = 2,
			       .events = events,
			       .nr_events = nr,
			       .changes = &change,
			       .nr_changes = at != SIZE_MAX };
	struct cache_layers parsed;

	for (size_t i = 0; i < nr; i++) {
		uint64_t gfn = steps[i].gfn;
		bool first = gfn < 100 && !steps[i].smm;
		bool second = gfn >= 200 && gfn < 300 && !(at <= i && op == TRACE_DELETE);

		answers[i] = first ? 0 : second ? 1 : TRACE_NO_SLOT;
		events[i].gfn = gfn;
		events[i].vcpu = steps[i].vcpu;
		events[i].flags = (steps[i].smm ? TRACE_SMM : 0) |
				  (steps[i].updating ? TRACE_UPDATING : 0) |
				  (steps[i].midway ? TRACE_MIDWAY : 0);
		events[i].op = answers[i] == TRACE_NO_SLOT ? TRACE_MISS : TRACE_RAM;
	}
	assert_int_equal(cache_parse(layers, &parsed, NULL), 0);
	assert_int_equal(cache_serve(&trace, answers, &parsed, served, NULL), 0);
	for (size_t i = 0; i < nr; i++)
		if (served[i] != steps[i].served)
			fail_msg("%s, step %zu: served by %d, not %d", layers, i, served[i],
				 steps[i].served);
}

#define EXPECT(layers, at, op, ...)                                                                \
	do {                                                                                       \
		const struct step steps[] = { __VA_ARGS__ };                                       \
                                                                                                   \
		expect(layers, steps, sizeof(steps) / sizeof(steps[0]), at, op);                   \
	} while (0)

static void without_layers_all_search(void **state)
{
	(void)state;
	EXPECT("none", SIZE_MAX, 0, { 5, 0, 0 }, { 5, 0, 0 }, { 500, 0, 0 }, { 500, 0, 0 });
}

static void mmio_spte_serves_all_vcpus_until_a_slot_changes(void **state)
{
	(void)state;
	EXPECT("mmio-spte", 4, TRACE_CREATE, { 500, 0, 0 }, { 501, 0, 0 }, { 500, 1, 1 },
	       { 5, 0, 0 }, { 500, 0, 0 }, { 500, 0, 1 }, { 501, 0, 0 });
	EXPECT("mmio-spte", 1, TRACE_DELETE, { 500, 0, 0 }, { 500, 0, 0 }, { 500, 0, 1 });
}

/* What an SPTE of before the update says is lost with it; the vCPU's entry waits. */
static void no_miss_is_cached_while_slots_are_updated(void **state)
{
	(void)state;
	EXPECT("mmio-spte", SIZE_MAX, 0, { 500, 0, 0 }, { 500, 0, 0, false, true }, { 500, 0, 0 },
	       { 500, 0, 1 });
	EXPECT("mmio-vcpu", SIZE_MAX, 0, { 500, 0, 0 }, { 501, 0, 0, false, true }, { 500, 0, 1 });
}

/* Between the two updates of a delete misses are cached, but only until the second. */
static void what_is_cached_midway_is_stale_after(void **state)
{
	(void)state;
	EXPECT("mmio-spte", 1, TRACE_DELETE, { 500, 0, 0 }, { 500, 0, 0, .midway = true },
	       { 500, 0, 1, .midway = true }, { 500, 0, 0 }, { 500, 0, 1 });
	EXPECT("mmio-vcpu", 1, TRACE_DELETE, { 500, 0, 0 }, { 500, 0, 0, .midway = true },
	       { 500, 0, 1, .midway = true }, { 500, 0, 0 }, { 500, 0, 1 });
	/* before the zap */
	EXPECT("mmio-spte", 3, TRACE_DELETE, { 500, 0, 0 }, { 500, 0, 0, .midway = true },
	       { 500, 0, 1, .midway = true }, { 500, 0, 0 }, { 500, 0, 1 });
}

static void a_miss_cached_after_the_update_is_good(void **state)
{
	(void)state;
	EXPECT("mmio-spte", 1, TRACE_CREATE, { 500, 0, 0 }, { 500, 0, 0, false, true, true },
	       { 500, 0, 1 });
}

static void mmio_vcpu_has_one_entry_a_vcpu(void **state)
{
	(void)state;
	EXPECT("mmio-vcpu", 6, TRACE_FLAGS, { 500, 0, 0 }, { 500, 0, 1 }, { 500, 1, 0 },
	       { 501, 0, 0 }, { 500, 0, 0 }, { 500, 0, 1 }, { 500, 0, 0 }, { 500, 0, 1 });
}

static void the_vcpu_is_asked_before_the_spte(void **state)
{
	(void)state;
	EXPECT("mmio-spte,mmio-vcpu", SIZE_MAX, 0, { 500, 0, 0 }, { 500, 0, 1 }, { 501, 0, 0 },
	       { 500, 0, 2 });
}

static void last_vcpu_forgets_at_every_change(void **state)
{
	(void)state;
	EXPECT("last-vcpu", 5, TRACE_FLAGS, { 5, 0, 0 }, { 6, 0, 1 }, { 6, 1, 0 }, { 500, 0, 0 },
	       { 7, 0, 1 }, { 7, 0, 0 }, { 200, 0, 0 }, { 7, 0, 0 });
}

/* A search in SMM makes last-vcpu forget; an access that the SPTE serves there does not reach it.
 */
static void a_layer_below_the_one_that_serves_learns_nothing(void **state)
{
	(void)state;
	EXPECT("mmio-spte,last-vcpu", SIZE_MAX, 0, { 5, 0, 0 }, { 5, 0, 2 }, { 500, 0, 0, true },
	       { 5, 0, 0 }, { 500, 0, 1, true }, { 5, 0, 2 });
}

/* By falling base slot 1 is place 0 and slot 0 place 1; without slot 1, slot 0 is place 0. */
static void last_vcpu_index_outlives_a_change(void **state)
{
	(void)state;
	EXPECT("last-vcpu-index", 2, TRACE_FLAGS, { 5, 0, 0 }, { 6, 0, 1 }, { 7, 0, 1 });
	EXPECT("last-vcpu-index", 1, TRACE_DELETE, { 200, 0, 1 }, { 7, 0, 1 });
	EXPECT("last-vcpu-index", 1, TRACE_DELETE, { 7, 0, 0 }, { 7, 0, 0 }, { 7, 0, 1 });
}

static void last_vm_is_one_for_all_vcpus(void **state)
{
	(void)state;
	EXPECT("last-vm", SIZE_MAX, 0, { 5, 0, 0 }, { 6, 1, 1 }, { 200, 1, 0 }, { 6, 0, 0 });
}

static void unknown_layers_are_named(void **state)
{
	struct cache_layers layers;
	struct diag d;

	(void)state;
	assert_true(cache_parse("mmio-spte,mmio", &layers, &d) < 0);
	assert_non_null(strstr(d.text, "'mmio'"));
	assert_int_equal(d.code, EXIT_USAGE);
}

static void every_era_names_layers_that_exist(void **state)
{
	struct cache_layers layers;

	(void)state;
	for (const struct era *era = era_table; era->name; era++)
		assert_int_equal(cache_parse(era->layers, &layers, NULL), 0);
	assert_string_equal(era_of_kernel("6.1.0-32-amd64")->name, "5.17");
	assert_string_equal(era_of_kernel("5.16.11")->name, "5.15");
	assert_string_equal(era_of_kernel("5.10.0-9")->name, "3.19");
	assert_string_equal(era_of_kernel("2.6.37")->name, "2.6.37");
	assert_null(era_of_kernel("generic"));
}

/* The kernel's tags, then what the model makes of them. */
static void model_reproduces_tags(void **state)
{
	static const int ops[] = { TRACE_MISS,	    TRACE_MISS_VCPU,  TRACE_MISS,
				   TRACE_MISS_SPTE, TRACE_MISS_STALE, TRACE_MISS };
	static const uint64_t gfns[] = { 500, 500, 501, 500, 500, 501 };
	struct trace_change change = change_at(4, TRACE_CREATE);
	struct trace_event events[6] = { 0 };
	struct trace trace = { .name = (char *)"test",
			       .header = json_pack("{s:{s:s}}", "host", "kernel", "6.1.0"),
			       .slots = slots,
			       .nr_slots = 2,
			       .events = events,
			       .nr_events = 6,
			       .changes = &change,
			       .nr_changes = 1 };
	struct model_report report;

	(void)state;
	for (int i = 0; i < 6; i++) {
		events[i].op = ops[i];
		events[i].gfn = gfns[i];
	}
	assert_int_equal(model_compare(&trace, &report, NULL), 0);
	assert_int_equal(report.accesses, 6);
	assert_int_equal(report.agreed, 5); /* the last one is stale to the model */
	assert_int_equal(report.tags[MODEL_MISS][MODEL_STALE], 1);
	assert_int_equal(report.searched, 4);
	assert_int_equal(report.searched_model, 4);
	json_decref(trace.header);
}

/* A page cached before the trace is stale after a change of flags; a delete would have zapped it.
 */
static void older_pages_are_not_judged_until_a_zap(void **state)
{
	static const enum trace_change_op ops[] = { TRACE_CREATE, TRACE_DELETE };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct trace_change change = change_at(0, ops[i]);
		struct trace_event event = { .op = TRACE_MISS_STALE, .gfn = 500 };
		struct trace trace = { .name = (char *)"test",
				       .header = json_pack("{s:{s:s}}", "host", "kernel", "6.1.0"),
				       .slots = slots,
				       .nr_slots = 2,
				       .events = &event,
				       .nr_events = 1,
				       .changes = &change,
				       .nr_changes = 1 };
		struct model_report report;

		assert_int_equal(model_compare(&trace, &report, NULL), 0);
		assert_int_equal(report.cold, !i);
		assert_int_equal(report.accesses, i);
		json_decref(trace.header);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_layers_all_search),
		cmocka_unit_test(mmio_spte_serves_all_vcpus_until_a_slot_changes),
		cmocka_unit_test(no_miss_is_cached_while_slots_are_updated),
		cmocka_unit_test(what_is_cached_midway_is_stale_after),
		cmocka_unit_test(a_miss_cached_after_the_update_is_good),
		cmocka_unit_test(mmio_vcpu_has_one_entry_a_vcpu),
		cmocka_unit_test(the_vcpu_is_asked_before_the_spte),
		cmocka_unit_test(last_vcpu_forgets_at_every_change),
		cmocka_unit_test(a_layer_below_the_one_that_serves_learns_nothing),
		cmocka_unit_test(last_vcpu_index_outlives_a_change),
		cmocka_unit_test(last_vm_is_one_for_all_vcpus),
		cmocka_unit_test(unknown_layers_are_named),
		cmocka_unit_test(every_era_names_layers_that_exist),
		cmocka_unit_test(model_reproduces_tags),
		cmocka_unit_test(older_pages_are_not_judged_until_a_zap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
