/* SPDX-License-Identifier: GPL-2.0-only */
/* One slot, as KVM_SET_USER_MEMORY_REGION takes it. */
#ifndef WORKLOADS_GUEST_SLOT_H
#define WORKLOADS_GUEST_SLOT_H

#include <stdint.h>

#include "trace/diag.h"

struct slot {
	uint32_t id, flags;
	uint64_t gpa;
	uint64_t bytes; /* 0 removes it */
	unsigned char *memory;
};

int slot_set(int vm_fd, const struct slot *slot, struct diag *d);

#endif
