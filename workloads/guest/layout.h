/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where everything lies in guest-physical memory. Guest-virtual addresses are the same.
 *
 *   0         slot 0: programs, windows, page tables
 *   256 MiB   slot 1: first half of RAM
 *   3 GiB     slots 3..: device-like, each followed by a hole at least as large
 *   4 GiB     slot 2: second half of RAM
 *   64 GiB    slots 3.. where they do not fit between 3 GiB and the top of the 32-bit hole
 *   0xff000000  doorbells, unbacked, one a vCPU
 *
 * and, if asked for,
 *
 *   0xff200000  the read-only slot
 *   0xff400000  the ioeventfds, unbacked
 *   0xff800000  the spare slot that comes and goes
 *
 * Unbacked pages lie in the holes behind the device slots, as those of emulated devices do.
 */
#ifndef WORKLOADS_GUEST_LAYOUT_H
#define WORKLOADS_GUEST_LAYOUT_H

#include "workloads/guest/guest.h"

enum { LAYOUT_OWN_BYTES = 256 << 20, LAYOUT_FIRST_MAPPED = 3, LAYOUT_OTHERS = 2 };

struct layout {
	uint64_t nr_pages[GUEST_NR_CLASSES];
	uint64_t low_pages; /* of RAM, below 4 GiB */
	uint64_t nr_mapped, mapped_pages;
	uint64_t mapped_base, mapped_stride; /* bytes */
};

/* EXIT_USAGE where the config cannot be laid out. */
int layout_make(const struct guest_config *config, struct layout *layout, struct diag *d);

/* Address of page @i of a class, 0 <= @i < nr_pages[class]. */
uint64_t layout_page(const struct layout *layout, enum guest_class class, uint64_t i);

/* Where the slot lies that comes and goes; no page of a class is there. */
uint64_t layout_spare(void);

/* The unbacked page by which a vCPU asks the VMM for more. */
uint64_t layout_doorbell(unsigned int vcpu);

#endif
