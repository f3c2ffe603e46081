/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to the slots while the vCPUs run: a thread of its own, each kind of change so many
 * times. */
#ifndef WORKLOADS_GUEST_CHANGES_H
#define WORKLOADS_GUEST_CHANGES_H

#include <stdatomic.h>

#include "workloads/guest/guest.h"
#include "workloads/guest/slot.h"

struct changes {
	int vm_fd;
	uint64_t times[GUEST_NR_CHANGES];
	struct slot ram;   /* logged and discarded */
	struct slot spare; /* comes and goes */
	bool churn_all;	   /* and in between its flags change and it moves */
	uint64_t *bitmap;  /* a bit for each page of ram */
	atomic_bool begun; /* a vCPU has made accesses; the changes wait for that */
	struct diag diag;
	int rc;
};

/* A pthread's body, with a struct changes; leaves rc and diag. */
void *changes_run(void *changes);

#endif
