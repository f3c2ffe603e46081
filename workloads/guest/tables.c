// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/guest/tables.h"

#include <errno.h>

enum { PAGE = 4096 };

/* present, writable, user, accessed, dirty: nothing is left for a walk to set */
enum { PTE_FLAGS = 0x67 };

#define PTE_ADDRESS 0x000ffffffffff000ull

uint64_t tables_page(struct tables *tables)
{
	uint64_t page = tables->used;

	if (page + PAGE > tables->bytes)
		return 0;
	tables->used += PAGE;
	return page;
}

static uint64_t *entry_of(const struct tables *tables, uint64_t table, uint64_t address, int level)
{
	uint64_t *entries = (uint64_t *)(void *)(tables->memory + table);

	return &entries[address >> (12 + 9 * level) & 511];
}

int tables_map(struct tables *tables, uint64_t cr3, uint64_t address)
{
	uint64_t table = cr3;

	for (int level = 3; level > 0; level--) {
		uint64_t *entry = entry_of(tables, table, address, level);

		if (!*entry) {
			uint64_t page = tables_page(tables);

			if (!page)
				return -ENOMEM;
			*entry = page | PTE_FLAGS;
		}
		table = *entry & PTE_ADDRESS;
	}
	*entry_of(tables, table, address, 0) = (address & PTE_ADDRESS) | PTE_FLAGS;
	return 0;
}

void tables_touch(struct tables *tables, uint64_t cr3, uint64_t address)
{
	uint64_t table = cr3;

	for (int level = 3; level >= 0; level--) {
		tables->touched[table / PAGE] = true;
		table = *entry_of(tables, table, address, level) & PTE_ADDRESS;
	}
}
