/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CAPTURE_PRIVILEGE_H
#define CAPTURE_PRIVILEGE_H

#include "trace/diag.h"

/*
 * Once the probes are attached: keep only what reading them and the VMM's mappings takes, and under
 * sudo become the user who called, so that the trace is theirs. The command keeps its rights.
 */
int privilege_drop(struct diag *d);

#endif
