/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel's KVM is like, as far as it decides which probes fit. */
#ifndef CAPTURE_KERNEL_H
#define CAPTURE_KERNEL_H

#include <stdbool.h>

#include "trace/diag.h"

struct kernel {
	bool legacy;			   /* legacy.bpf.c fits: 5.10 to 5.15 */
	bool preempts;			   /* probes: each needs a stand-in */
	int ret_pf_fixed, ret_pf_spurious; /* -1: not known */
};

/* EXIT_MACHINE where neither set of probes fits. */
int kernel_find(struct kernel *kernel, struct diag *d);

#endif
