// SPDX-License-Identifier: GPL-2.0-only
/* Layouts have the slots they promise; spaces deal pages to them in order and miss none; tags
 * follow KVM. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/space.h"
#include "workloads/tagger.h"

static int read_text(const char *text, struct layout *layout, struct diag *d)
{
	struct node node = { .file = "test", .json = json_loads(text, 0, NULL) };
	int rc;

	assert_non_null(node.json);
	rc = layout_read(&node, layout, d);
	json_decref(node.json);
	return rc;
}

static size_t count_kind(const struct layout *layout, enum trace_kind kind)
{
	size_t nr = 0;

	for (size_t i = 0; i < layout->nr_slots; i++)
		nr += layout->slots[i].kind == kind;
	return nr;
}

/* What `info mtree -f` of QEMU 7.2 shows for -machine pc -m 6G: ten RAM and ROM ranges. */
static void qemu_pc_has_qemus_slots(void **state)
{
	static const uint64_t want[][2] = { { 0x0, 0xa0 },	 { 0xc0, 0x0b },
					    { 0xcb, 0x03 },	 { 0xce, 0x1a },
					    { 0xe8, 0x08 },	 { 0xf0, 0x10 },
					    { 0x100, 0xbff00 },	 { 0x100000, 0xc0000 },
					    { 0xfd000, 0x1000 }, { 0xfffc0, 0x40 } };
	struct layout layout;
	struct diag d;

	(void)state;
	assert_int_equal(read_text("{\"base\":\"qemu-pc\",\"ram_mib\":6144}", &layout, &d), 0);
	assert_int_equal(layout.nr_slots, 10);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(layout.slots[i].id, i);
		assert_int_equal(layout.slots[i].base_gfn, want[i][0]);
		assert_int_equal(layout.slots[i].npages, want[i][1]);
	}
	assert_int_equal(count_kind(&layout, TRACE_KIND_ROM), 4);
	layout_free(&layout);
}

static void scaled_layouts_have_every_kind(void **state)
{
	static const uint64_t sizes[] = { 4, 9, 10, 11, 13, 32, 117, 509, 4096, 32764 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct layout layout;
		struct diag d;

		assert_int_equal(layout_scaled(sizes[i], &layout, &d), 0);
		assert_int_equal(layout.nr_slots, sizes[i]);
		assert_true(count_kind(&layout, TRACE_KIND_RAM) >= 1);
		assert_true(count_kind(&layout, TRACE_KIND_ROM) >= 1);
		assert_true(count_kind(&layout, TRACE_KIND_MAPPED) >= 1);
		assert_true(layout.mmio.nr && layout.notify.nr);
		layout_free(&layout);
	}
}

static void synic_splits_the_ram(void **state)
{
	struct layout layout;
	struct diag d;

	(void)state;
	assert_int_equal(read_text("{\"base\":\"firecracker\",\"ram_mib\":1024,\"synic_vcpus\":8}",
				   &layout, &d),
			 0);
	assert_int_equal(layout.nr_slots, 1 + 3 * 8);
	layout_free(&layout);
}

/* Every index has a page of its own, in order, in the slot that holds it. */
static void check_space(const struct space *space, const struct layout *layout)
{
	uint64_t last = 0;

	for (uint64_t i = 0; i < space->npages; i++) {
		const struct region *r = space_region(space, i);
		uint64_t gfn = r->base_gfn + (i - r->first);
		const struct trace_slot *slot = &layout->slots[r->slot];

		assert_true(r->first <= i && i < r[1].first);
		assert_true(!i || gfn > last);
		assert_int_equal(slot->id, r->slot);
		assert_true(gfn - slot->base_gfn < slot->npages);
		last = gfn;
	}
}

static void spaces_deal_pages_in_order(void **state)
{
	static const uint64_t working_sets[] = { 1, 7, 4000, 100000 };
	struct layout layout;
	struct diag d;

	(void)state;
	assert_int_equal(read_text("{\"base\":\"qemu-pc\",\"ram_mib\":64,\"dimms\":{\"count\":40,"
				   "\"mib\":1},\"ladder\":100}",
				   &layout, &d),
			 0);
	for (int spread = SPREAD_SIZE; spread <= SPREAD_EQUAL; spread++) {
		for (size_t i = 0; i < 4; i++) {
			struct space space;

			assert_int_equal(space_init(&space, &layout, CLASS_RAM, working_sets[i],
						    (enum spread)spread),
					 0);
			if (spread == SPREAD_SIZE && working_sets[i] < 30000)
				assert_int_equal(space.npages, working_sets[i]);
			assert_true(space.npages <= working_sets[i]);
			check_space(&space, &layout);
			space_free(&space);
		}
	}
	layout_free(&layout);
}

static void extents_must_lie_in_one_slot(void **state)
{
	const struct extent good[] = { { 0x100, 8, 1 }, { 0x10, 4, 2 } };
	const struct extent bad[] = { { 0x100, 8, 1 }, { 0x9f, 2, 1 } }; /* over the VGA hole */
	struct layout layout;
	struct space space;
	struct diag d;
	size_t at = 9;

	(void)state;
	assert_int_equal(read_text("{\"base\":\"qemu-pc\"}", &layout, &d), 0);
	assert_int_equal(space_init_extents(&space, &layout, CLASS_RAM, good, 2, &at), 0);
	assert_int_equal(space.npages, 12);
	assert_int_equal(space_region(&space, 8)->base_gfn, 0x10);
	space_free(&space);
	assert_int_equal(space_init_extents(&space, &layout, CLASS_RAM, bad, 2, &at), -EINVAL);
	assert_int_equal(at, 1);
	assert_int_equal(space_init_extents(&space, &layout, CLASS_MAPPED, good, 1, &at), -EINVAL);
	layout_free(&layout);
}

/* Two vCPUs, two pages; a flags change makes SPTEs stale, a delete takes them away. */
static void tags_follow_kvm(void **state)
{
	uint32_t made[2] = { 0 };
	struct tagger *t = calloc(1, sizeof(*t));

	(void)state;
	assert_non_null(t);
	*t = (struct tagger){ .caches = ERA_GENERATION, .now = 1, .made = made };
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS);
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS_VCPU);
	assert_int_equal(tagger_miss(t, 1, 0), TRACE_MISS_SPTE);
	assert_int_equal(tagger_miss(t, 0, 1), TRACE_MISS);
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS_SPTE); /* one entry only */
	tagger_change(t, TRACE_FLAGS);
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS_STALE);
	assert_int_equal(tagger_miss(t, 1, 0), TRACE_MISS_SPTE);
	tagger_change(t, TRACE_DELETE);
	assert_int_equal(tagger_miss(t, 1, 0), TRACE_MISS);
	assert_int_equal(tagger_miss(t, 1, 1), TRACE_MISS);
	tagger_change(t, TRACE_CREATE);
	assert_int_equal(tagger_miss(t, 1, 1), TRACE_MISS_STALE);
	free(t);
}

static void older_kernels_cache_less(void **state)
{
	uint32_t made[1] = { 0 };
	struct tagger *t = calloc(1, sizeof(*t));

	(void)state;
	assert_non_null(t);
	*t = (struct tagger){ .caches = ERA_ZAPPED, .now = 1, .made = made };
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS);
	tagger_change(t, TRACE_FLAGS);
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS); /* all SPTEs went with the change */
	t->caches = ERA_NONE;
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS);
	assert_int_equal(tagger_miss(t, 0, 0), TRACE_MISS);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_pc_has_qemus_slots),
		cmocka_unit_test(scaled_layouts_have_every_kind),
		cmocka_unit_test(synic_splits_the_ram),
		cmocka_unit_test(spaces_deal_pages_in_order),
		cmocka_unit_test(extents_must_lie_in_one_slot),
		cmocka_unit_test(tags_follow_kvm),
		cmocka_unit_test(older_kernels_cache_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
