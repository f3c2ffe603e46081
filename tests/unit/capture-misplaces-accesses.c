// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses made while a slot comes, moves and goes, handed to the assembler as the probes would,
 * from a kernel of our own: each is in the trace, on the side of the change that it saw.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants some of these before it */
#include <cmocka.h>

#include "capture/assemble.h"

/* ---- hooks that tell nothing: the records are the test's ---- */

static const struct record_vm vm = { .kvm = 1 };

const volatile struct record_vm *hooks_vm(const struct hooks *hooks)
{
	(void)hooks;
	return &vm;
}

unsigned int hooks_nr_cpus(const struct hooks *hooks)
{
	(void)hooks;
	return 1;
}

int hooks_counts(const struct hooks *hooks, unsigned int class, struct record_count *counts)
{
	(void)hooks, (void)class;
	memset(counts, 0, sizeof(*counts));
	return 0;
}

uint64_t hooks_skipped(const struct hooks *hooks)
{
	(void)hooks;
	return 0;
}

json_t *hooks_json(const struct hooks *hooks)
{
	(void)hooks;
	return json_object();
}

json_t *hooks_cost_json(const struct hooks *hooks)
{
	(void)hooks;
	return json_object();
}

const char *hooks_blind(const struct hooks *hooks, enum trace_op op)
{
	(void)hooks, (void)op;
	return NULL;
}

/* ---- what happens ---- */

/*
 * A change raises the generation by 2; a delete or move does so twice, with a zap between. A key is
 * twice the generation, 1 more during an update.
 */
enum { BEFORE = 4, MIDWAY = 6, AFTER = 8 }; /* generations of the move */
enum { SPARE = 1, RAM = 0, PAGES = 16 };

static struct assembler *assembler;
static uint64_t now = 1000000;

static void put_change(unsigned int id, uint64_t base_gfn, uint64_t npages, uint64_t generation)
{
	struct record_slot change = { .head = { RECORD_CHANGE, CLASS_SLOTS, 0, ++now },
				      .id = (uint16_t)id,
				      .has_vma = 1,
				      .generation = generation,
				      .base_gfn = base_gfn,
				      .npages = npages,
				      .hva = (uint64_t)(id + 1) << 32 };

	assert_int_equal(assembler_record(assembler, &change, sizeof(change)), 0);
}

/* @slot is RECORD_NO_SLOT for a miss. */
static void put_access(uint64_t gfn, unsigned int slot, uint64_t key, bool zapped)
{
	struct record_access access = {
		.head = { RECORD_ACCESS, slot == RECORD_NO_SLOT ? CLASS_MISS : CLASS_RAM, 0,
			  ++now },
		.timed = 1,
		.zapped = zapped,
		.slot = (uint16_t)slot,
		.span = 1,
		.gfn = gfn,
		.key = key,
	};

	assert_int_equal(assembler_record(assembler, &access, sizeof(access)), 0);
}

static const struct capture_config config = { .path = "build/capture-misplaces-accesses.json",
					      .force = true,
					      .command = (char *[]){ (char *)"test", NULL } };

static void begin(void)
{
	struct diag d;

	assert_int_equal(assembler_new(&config, NULL, &assembler, &d), 0);
	put_change(RAM, 0x100, PAGES, 2);
	put_change(SPARE, 0x200, PAGES, BEFORE);
	put_access(0x100, RAM, 2 * BEFORE, false);
}

/* The trace in short: a gfn for each access, with + where a slot was found; the change is |. */
static void expect(const char *expected)
{
	struct capture_report report = { .unplaced = 99 };
	char text[256] = "";
	struct trace *trace;
	struct diag d;
	size_t change = 0;

	if (assembler_commit(assembler, "test", &report, &d))
		fail_msg("%s", d.text);
	assembler_free(assembler);
	assert_int_equal(report.unplaced, 0);
	if (trace_load(config.path, 0, &trace, &d) < 0)
		fail_msg("%s", d.text);
	unlink(config.path);
	for (size_t i = 0; i <= trace->nr_events; i++) {
		size_t len = strlen(text);

		if (change < trace->nr_changes && trace->changes[change].at == i) {
			len += (size_t)snprintf(text + len, sizeof(text) - len, "| ");
			change++;
		}
		if (i < trace->nr_events)
			snprintf(text + len, sizeof(text) - len, "%x%s ",
				 (unsigned int)trace->events[i].gfn,
				 trace->events[i].slot == TRACE_NO_SLOT ? "" : "+");
	}
	trace_free(trace);
	assert_string_equal(text, expected);
}

/* ---- tests ---- */

static void move(void **unused)
{
	(void)unused;
	begin();
	put_access(0x201, SPARE, 2 * BEFORE + 1, false);	 /* not marked yet */
	put_access(0x401, RECORD_NO_SLOT, 2 * MIDWAY, false);	 /* not zapped yet */
	put_access(0x402, RECORD_NO_SLOT, 2 * MIDWAY, true);	 /* what it cached stays */
	put_access(0x301, RECORD_NO_SLOT, 2 * MIDWAY, true);	 /* not there yet */
	put_access(0x302, RECORD_NO_SLOT, 2 * MIDWAY + 1, true); /* nor now */
	put_access(0x303, SPARE, 2 * MIDWAY + 1, true);		 /* already */
	put_access(0x203, RECORD_NO_SLOT, 2 * MIDWAY, true);	 /* marked */
	put_change(SPARE, 0x300, PAGES, AFTER);
	put_access(0x304, SPARE, 2 * AFTER, false);
	put_access(0x204, RECORD_NO_SLOT, 2 * AFTER, false);
	expect("100+ 201+ 401 301 302 | 402 303+ 203 304+ 204 ");
}

static void creation(void **unused)
{
	(void)unused;
	begin();
	put_access(0x401, RECORD_NO_SLOT, 2 * BEFORE + 1, false);
	put_access(0x402, 2, 2 * BEFORE + 1, false);
	put_change(2, 0x400, PAGES, 6);
	put_access(0x403, 2, 2 * 6, false);
	expect("100+ 401 | 402+ 403+ ");
}

static void deletion(void **unused)
{
	(void)unused;
	begin();
	put_access(0x201, SPARE, 2 * BEFORE + 1, false);
	put_access(0x202, RECORD_NO_SLOT, 2 * MIDWAY, false);
	put_access(0x101, RAM, 2 * MIDWAY, true);
	put_change(SPARE, 0x200, 0, AFTER);
	put_access(0x203, RECORD_NO_SLOT, 2 * AFTER, false);
	expect("100+ 201+ | 202 101+ 203 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(move),
		cmocka_unit_test(creation),
		cmocka_unit_test(deletion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
