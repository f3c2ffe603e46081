// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/guest/slot.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

int slot_set(int vm_fd, const struct slot *slot, struct diag *d)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot->id,
		.flags = slot->flags,
		.guest_phys_addr = slot->gpa,
		.memory_size = slot->bytes,
		.userspace_addr = (uint64_t)(uintptr_t)slot->memory,
	};
	int err;

	if (ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region) == 0)
		return 0;
	err = errno;
	return diag_set(d, EXIT_MACHINE, -err, "KVM refuses memory slot %u: %s", slot->id,
			strerror(err));
}
