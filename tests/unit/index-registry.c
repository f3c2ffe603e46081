// SPDX-License-Identifier: GPL-2.0-only
/* Every structure of list.h is complete, and ops that are not are refused by name of the fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "replay/index/list.h"
#include "replay/index/registry.h"

/* list.h's names, as the files' stems have them. */
static const char *const stems[] = {
#define INDEX(name) #name,
	INDEX_LIST(INDEX)
#undef INDEX
};

static void names_are_file_stems(void **state)
{
	(void)state;
	assert_int_equal(index_table_nr, sizeof(stems) / sizeof(stems[0]));
	for (size_t i = 0; i < index_table_nr; i++) {
		char stem[64];

		snprintf(stem, sizeof(stem), "%s", stems[i]);
		for (char *p = stem; *p; p++)
			*p = *p == '_' ? '-' : *p;
		assert_string_equal(index_table[i]->name, stem);
		assert_ptr_equal(index_by_name(stem), index_table[i]);
	}
	assert_null(index_by_name("no-such"));
}

static void every_op_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < index_table_nr; i++)
		assert_null(index_ops_fault(index_table[i]));
}

static void incomplete_ops_are_refused(void **state)
{
	struct index_ops ops;

	(void)state;
#define WITHOUT(op, text)                                                                          \
	ops = *index_by_name("bsearch");                                                           \
	ops.op = 0;                                                                                \
	assert_non_null(index_ops_fault(&ops));                                                    \
	assert_non_null(strstr(index_ops_fault(&ops), text))
	WITHOUT(abi, "INDEX_ABI");
	WITHOUT(name, "name");
	WITHOUT(mirrors, "mirrors");
	WITHOUT(max_slots, "max_slots");
	WITHOUT(create, "create");
	WITHOUT(destroy, "destroy");
	WITHOUT(insert, "insert");
	WITHOUT(remove, "remove");
	WITHOUT(move, "move");
	WITHOUT(find, "find");
	WITHOUT(find_run, "find_run");
	WITHOUT(find_chain, "find_chain");
	WITHOUT(bytes, "bytes");
	WITHOUT(check, "check");
	WITHOUT(touch, "touch");
#undef WITHOUT
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_file_stems),
		cmocka_unit_test(every_op_is_there),
		cmocka_unit_test(incomplete_ops_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
