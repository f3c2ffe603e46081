/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slot layouts: where a VMM puts its memslots, and which pages its emulated devices answer.
 *
 * A layout is a base machine plus what is plugged into it (docs/recipe-format.md). Invariant after
 * layout_read(): 1 to 32764 slots, nothing overlaps, everything ends below 2^52.
 */
#ifndef WORKLOADS_LAYOUT_H
#define WORKLOADS_LAYOUT_H

#include "trace/trace.h"
#include "workloads/node.h"

struct window {
	uint64_t base_gfn, npages;
};

struct windows {
	struct window *at;
	size_t nr;
};

enum { LAYOUT_MAX_MMIO_PAGES = 1 << 24 }; /* each has an SPTE in the model */

struct layout {
	struct trace_slot *slots; /* in the order of their ids */
	size_t nr_slots;
	struct windows mmio;   /* emulated registers: no slot, so every search misses */
	struct windows notify; /* virtio doorbells on the fast MMIO bus: no search at all */
};

/* EXIT_INPUT with the JSON path of what is wrong. The layout needs no free on failure. */
int layout_read(const struct node *node, struct layout *layout, struct diag *d);
void layout_free(struct layout *layout);

/*
 * The layout that --remap takes for a number: @nr_slots slots (LAYOUT_SCALE_MIN..LAYOUT_MAX_SLOTS)
 * as a VM of that size would have them: QEMU's PC, DIMMs up to 256, the rest BARs; every kind is
 * there.
 */
enum { LAYOUT_SCALE_MIN = 4, LAYOUT_MAX_SLOTS = 32764 /* KVM_USER_MEM_SLOTS since 5.12 */ };
int layout_scaled(uint64_t nr_slots, struct layout *layout, struct diag *d);

#endif
