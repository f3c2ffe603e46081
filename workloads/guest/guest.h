/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real KVM guest of known behaviour: 64-bit, CPL3, no kernel, no disk.
 *
 * It makes an access list given by seed and mix, and reports what it did. A page is either read or
 * written, never both, and no two vCPUs share one, so every distinct page of a slot faults exactly
 * once: that is the truth a capture is checked against.
 */
#ifndef WORKLOADS_GUEST_GUEST_H
#define WORKLOADS_GUEST_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/diag.h"

enum guest_class {
	GUEST_RAM,
	GUEST_MAPPED,
	GUEST_MISS,
	GUEST_ROM,    /* writes to a read-only slot: KVM gives each to the VMM */
	GUEST_NOTIFY, /* writes to unbacked pages that are ioeventfds: KVM keeps each to itself */
	GUEST_NR_CLASSES
};

enum guest_change { GUEST_CHURN, GUEST_LOG_DIRTY, GUEST_DISCARD, GUEST_NR_CHANGES };

enum { GUEST_MAX_VCPUS = 64, GUEST_MAX_SLOTS = 32764 };

struct guest_config {
	uint64_t seed;
	uint64_t accesses;		   /* by all vCPUs together */
	uint64_t weight[GUEST_NR_CLASSES]; /* shares of the mix; not all 0 */
	uint64_t ram_bytes;
	uint64_t nr_mapped;		  /* device-like slots */
	uint64_t mapped_pages;		  /* of each */
	uint64_t miss_pages;		  /* unbacked pages in the holes */
	uint64_t burst;			  /* pages touched in a row before the next random place */
	uint64_t times[GUEST_NR_CHANGES]; /* each change of the slots, meanwhile */
	bool churn_all;	  /* the slot that comes and goes is logged and moves in between */
	uint64_t rate_hz; /* accesses a second and vCPU; 0: as fast as it goes */
	unsigned int nr_vcpus;
};

struct guest_report {
	uint64_t accesses[GUEST_NR_CLASSES];
	uint64_t pages[GUEST_NR_CLASSES]; /* distinct; ram with the guest's own */
	uint64_t own_pages;		  /* of slot 0: program and windows */
	uint64_t table_pages;  /* of slot 0: page tables, which fault only under nested paging */
	uint64_t doorbells;    /* of the misses, those that asked the VMM for more accesses */
	uint64_t miss_repeats; /* misses on the page that this vCPU missed just before */
	uint64_t mmio_exits; /* as KVM reported them to the VMM: each miss and each write to ROM */
	uint64_t notified;   /* as the eventfd counted them; equals accesses[GUEST_NOTIFY] */
	uint64_t slots;
	uint64_t ns; /* first entry to last exit */
	bool nested_paging;
};

int guest_run(const struct guest_config *config, struct guest_report *report, struct diag *d);

#endif
