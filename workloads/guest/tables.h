/* SPDX-License-Identifier: GPL-2.0-only */
/* Slot 0 of the guest: page tables (identity, 4 KiB pages, user), programs and windows. */
#ifndef WORKLOADS_GUEST_TABLES_H
#define WORKLOADS_GUEST_TABLES_H

#include <stdbool.h>
#include <stdint.h>

/* Physical addresses are offsets into @memory: slot 0 starts at gpa 0. */
struct tables {
	unsigned char *memory;
	uint64_t bytes; /* of @memory */
	uint64_t used;	/* up to here */
	bool *touched;	/* by page: walked by an access */
};

/* Take a zeroed page; 0 where none is left (page 0 is never given out). */
uint64_t tables_page(struct tables *tables);

/* Map @address to itself, below the root @cr3. 0 or -ENOMEM. */
int tables_map(struct tables *tables, uint64_t cr3, uint64_t address);

/* Remember the table pages that a walk to @address reads. */
void tables_touch(struct tables *tables, uint64_t cr3, uint64_t address);

#endif
