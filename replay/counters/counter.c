// SPDX-License-Identifier: GPL-2.0-only
#include "replay/counters/counter.h"

#include <stddef.h>
#include <string.h>

#include "replay/counters/list.h"

const char *const count_names[NR_COUNTS] = {
#define COUNT(sym, name) [COUNT_##sym] = (name),
	COUNT_LIST(COUNT)
#undef COUNT
};

#define COUNTER(name) extern const struct counter_ops counter_##name;
COUNTER_LIST(COUNTER)
#undef COUNTER

const struct counter_ops *const counter_table[] = {
#define COUNTER(name) &counter_##name,
	COUNTER_LIST(COUNTER)
#undef COUNTER
		NULL
};

const struct counter_ops *counter_by_name(const char *name)
{
	for (const struct counter_ops *const *counter = counter_table; *counter; counter++)
		if (!strcmp((*counter)->name, name))
			return *counter;
	return NULL;
}
