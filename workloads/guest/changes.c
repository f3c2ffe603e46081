// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/guest/changes.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

/* Part of RAM that one discard takes away; and the time between two changes, so that vCPUs see
 * each. */
enum { PAGE = 4096, DISCARD_PARTS = 8, PAUSE_NS = 1000000 };

static void wait_a_little(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
}

static int come_and_go(struct changes *c, uint64_t i)
{
	static const struct {
		bool always; /* or with churn_all only */
		uint32_t flags;
		unsigned int place, exists;
	} steps[] = {
		{ true, 0, 0, 1 },
		{ false, KVM_MEM_LOG_DIRTY_PAGES, 0, 1 },
		{ false, KVM_MEM_LOG_DIRTY_PAGES, 1, 1 },
		{ true, 0, 0, 0 },
	};
	int rc = 0;

	(void)i;
	for (size_t n = 0; n < sizeof(steps) / sizeof(steps[0]) && !rc; n++) {
		struct slot slot = c->spare;

		if (!steps[n].always && !c->churn_all)
			continue;
		slot.flags = steps[n].flags;
		slot.gpa += steps[n].place * slot.bytes;
		slot.bytes *= steps[n].exists;
		rc = slot_set(c->vm_fd, &slot, &c->diag);
		wait_a_little();
	}
	return rc;
}

static int log_dirty(struct changes *c, uint64_t i)
{
	struct kvm_dirty_log log = { .slot = c->ram.id, .dirty_bitmap = c->bitmap };
	struct slot slot = c->ram;
	int rc;

	(void)i;
	slot.flags |= KVM_MEM_LOG_DIRTY_PAGES;
	rc = slot_set(c->vm_fd, &slot, &c->diag);
	wait_a_little();
	if (!rc && ioctl(c->vm_fd, KVM_GET_DIRTY_LOG, &log))
		rc = diag_set(&c->diag, EXIT_RUNTIME, -errno, "KVM_GET_DIRTY_LOG: %s",
			      strerror(errno));
	return rc ? rc : slot_set(c->vm_fd, &c->ram, &c->diag);
}

static int discard(struct changes *c, uint64_t i)
{
	uint64_t pages = c->ram.bytes / PAGE;
	uint64_t parts = pages < DISCARD_PARTS ? pages : DISCARD_PARTS;
	uint64_t part = pages / parts * PAGE;

	if (!madvise(c->ram.memory + i % parts * part, part, MADV_DONTNEED))
		return 0;
	return diag_set(&c->diag, EXIT_RUNTIME, -errno, "MADV_DONTNEED: %s", strerror(errno));
}

static int (*const steps[])(struct changes *c, uint64_t i) = {
	[GUEST_CHURN] = come_and_go,
	[GUEST_LOG_DIRTY] = log_dirty,
	[GUEST_DISCARD] = discard,
};

void *changes_run(void *data)
{
	struct changes *c = data;
	bool left = true;

	while (!c->begun)
		wait_a_little();
	for (uint64_t i = 0; left && !c->rc; i++) {
		left = false;
		for (int kind = 0; kind < GUEST_NR_CHANGES && !c->rc; kind++) {
			if (i >= c->times[kind])
				continue;
			left = true;
			c->rc = steps[kind](c, i);
			wait_a_little();
		}
	}
	return NULL;
}
