// SPDX-License-Identifier: GPL-2.0-only
#include "replay/index/registry.h"

#include <string.h>

#include "replay/index/list.h"

#define INDEX(name) extern const struct index_ops index_##name;
INDEX_LIST(INDEX)
#undef INDEX

const struct index_ops *const index_table[] = {
#define INDEX(name) &index_##name,
	INDEX_LIST(INDEX)
#undef INDEX
		NULL,
};

const size_t index_table_nr = sizeof(index_table) / sizeof(index_table[0]) - 1;

const struct index_ops *index_by_name(const char *name)
{
	for (const struct index_ops *const *ops = index_table; *ops; ops++)
		if (!strcmp((*ops)->name, name))
			return *ops;
	return NULL;
}

const char *index_ops_fault(const struct index_ops *ops)
{
	if (ops->abi != INDEX_ABI)
		return "made for another version of index_ops (INDEX_ABI)";
	if (!ops->name || !*ops->name)
		return "name is missing";
	if (!ops->mirrors || !*ops->mirrors)
		return "mirrors is missing";
	if (!ops->max_slots || ops->max_slots > INDEX_MAX_SLOTS)
		return "max_slots must be 1 to 32764";
#define NEED(op)                                                                                   \
	if (!ops->op)                                                                              \
	return "the op " #op " is missing"
	NEED(create);
	NEED(destroy);
	NEED(insert);
	NEED(remove);
	NEED(move);
	NEED(find);
	NEED(find_run);
	NEED(find_chain);
	NEED(bytes);
	NEED(check);
	NEED(touch);
#undef NEED
	return NULL;
}
