// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every structure of list.h against a plain linear search.
 *
 * SEED, OPS (updates) and LOOKUPS, per structure, change the script; INDEX plays one structure
 * only; invariants are looked at after every update of a structure of up to CHECK_BYTES, and in
 * proportion less often beyond. `make soak` plays 10^5 updates and 10^8 lookups with 4 MiB for
 * that, which only page-table-like ones exceed.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "replay/index/registry.h"
#include "tests/diff/script.h"

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void play(const struct index_ops *ops)
{
	struct script script = { .ops = ops,
				 .seed = setting("SEED", 1),
				 .updates = setting("OPS", 1500),
				 .lookups = setting("LOOKUPS", 200000),
				 .check_bytes = setting("CHECK_BYTES", 1 << 18) };
	clock_t start = clock();
	bool right = script_run(&script);

	printf("%-14s SEED=%" PRIu64 " %" PRIu64 " updates, %" PRIu64
	       " lookups, at most %u slots, %.1f s%s%s\n",
	       ops->name, script.seed, script.nr_updates, script.nr_lookups, script.most_slots,
	       (double)(clock() - start) / CLOCKS_PER_SEC, right ? "" : ": ", script.why);
	fflush(stdout);
	assert_string_equal(script.why, "");
	assert_true(script.nr_lookups >= script.lookups);
}

static void every_structure_answers_as_a_linear_search(void **state)
{
	const char *only = getenv("INDEX");
	unsigned int played = 0;

	(void)state;
	for (const struct index_ops *const *ops = index_table; *ops; ops++) {
		if ((only && strcmp(only, (*ops)->name)) || (*ops)->floor)
			continue;
		played++;
		if ((*ops)->lacks && (*ops)->lacks())
			printf("%-14s not played: no %s here\n", (*ops)->name, (*ops)->lacks());
		else
			play(*ops);
	}
	assert_true(played > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_structure_answers_as_a_linear_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
