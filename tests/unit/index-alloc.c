// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory runs out at every allocation in turn: a failing update leaves the structure as it was, and
 * nothing is lost.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/index/registry.h"

enum { NR_SLOTS = 100, PAGES = 16, STRIDE = 24 };

struct failing {
	struct index_mem mem;
	long left; /* allocations that succeed; < 0: all do */
	unsigned int injected;
};

static void *failing_alloc(struct index_mem *mem, size_t bytes, size_t align)
{
	struct failing *failing = (struct failing *)mem;
	void *p;

	align = align < 8 ? 8 : align;
	bytes = (bytes + align - 1) / align * align;
	if (failing->left == 0) {
		failing->left = -1; /* once, so that what was begun can be undone */
		failing->injected++;
		return NULL;
	}
	failing->left -= failing->left > 0;
	p = aligned_alloc(align, bytes);
	memset(p, 0, bytes);
	mem->bytes++;
	return p;
}

static void failing_free(struct index_mem *mem, void *p, size_t bytes)
{
	(void)bytes;
	mem->bytes -= p ? 1 : 0; /* counts objects */
	free(p);
}

static struct index_slot slot_of(unsigned int id, uint64_t shift)
{
	uint64_t base = (uint64_t)id * STRIDE + shift;

	return (struct index_slot){ base, PAGES, base << 12, id, 0 };
}

/* Slots 0 to @nr - 1 are there, slot @moved of them 8 gfns further up. */
static void expect(const struct index_ops *ops, struct index *index, unsigned int nr,
		   unsigned int moved)
{
	assert_null(ops->check(index));
	for (uint64_t gfn = 0; gfn < (uint64_t)(nr + 2) * STRIDE; gfn++) {
		unsigned int id = gfn / STRIDE;
		uint64_t start = (uint64_t)id * STRIDE + (id == moved ? 8 : 0);
		bool in = id < nr && gfn >= start && gfn < start + PAGES;

		assert_int_equal(ops->find(index, gfn), in ? id : SLOT_NONE);
	}
}

enum update { INSERT, REMOVE, MOVE };

static int make(const struct index_ops *ops, struct index *index, enum update update,
		unsigned int id)
{
	struct index_slot slot = slot_of(id, 0), up = slot_of(id, 8);

	switch (update) {
	case INSERT:
		return ops->insert(index, &slot);
	case REMOVE:
		return ops->remove(index, &slot);
	default:
		return ops->move(index, &slot, &up);
	}
}

/* Fail the first, second, ... allocation of an update until it needs no more. */
static void try_update(const struct index_ops *ops, struct index *index, struct failing *failing,
		       enum update update, unsigned int id, unsigned int nr)
{
	int rc = -ENOMEM;

	for (long allowed = 0; rc; allowed++) {
		failing->left = allowed;
		rc = make(ops, index, update, id);
		failing->left = -1;
		if (rc) {
			assert_int_equal(rc, -ENOMEM);
			expect(ops, index, nr, UINT32_MAX);
		}
	}
}

/* Fail the first, second, ... allocation of filling an empty structure. */
static void try_fill(const struct index_ops *ops, struct failing *failing)
{
	struct index_slot slots[NR_SLOTS];
	struct index *index;
	int rc = -ENOMEM;

	for (unsigned int id = 0; id < NR_SLOTS; id++)
		slots[id] = slot_of(id, 0);
	index = ops->create(&failing->mem, NULL);
	for (long allowed = 0; rc; allowed++) {
		failing->left = allowed;
		rc = ops->fill(index, slots, NR_SLOTS);
		failing->left = -1;
		if (rc)
			assert_int_equal(rc, -ENOMEM);
		expect(ops, index, rc ? 0 : NR_SLOTS, UINT32_MAX);
	}
	ops->destroy(index);
}

static unsigned int try_structure(const struct index_ops *ops)
{
	struct failing failing = { .mem = { failing_alloc, failing_free, 0 }, .left = 0 };
	struct index *index = ops->create(&failing.mem, NULL);
	unsigned int nr = NR_SLOTS;
	struct index_slot up = slot_of(7, 8), down = slot_of(7, 0);

	assert_null(index); /* the first allocation failed */
	assert_int_equal(failing.mem.bytes, 0);
	index = ops->create(&failing.mem, NULL);
	assert_non_null(index);
	for (unsigned int id = 0; id < nr; id++)
		try_update(ops, index, &failing, INSERT, id, id);
	expect(ops, index, nr, UINT32_MAX);
	try_update(ops, index, &failing, MOVE, 7, nr);
	expect(ops, index, nr, 7);
	assert_int_equal(ops->move(index, &up, &down), 0);
	while (nr-- > 0)
		try_update(ops, index, &failing, REMOVE, nr, nr + 1);
	ops->destroy(index);
	if (ops->fill)
		try_fill(ops, &failing);
	assert_int_equal(failing.mem.bytes, 0);
	return failing.injected;
}

static void a_failed_update_changes_nothing(void **state)
{
	(void)state;
	for (const struct index_ops *const *ops = index_table; *ops; ops++) {
		/* libJudy itself leaks or breaks when memory runs out: see judy.c */
		if ((*ops)->floor || ((*ops)->lacks && (*ops)->lacks()) ||
		    !strcmp((*ops)->name, "judy"))
			continue;
		assert_true(try_structure(*ops) >= 2); /* in create and in an update */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_update_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
