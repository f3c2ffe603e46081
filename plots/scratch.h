/* SPDX-License-Identifier: GPL-2.0-only */
/* A folder for pictures that are read back at once and then go. */
#ifndef PLOTS_SCRATCH_H
#define PLOTS_SCRATCH_H

#include <stddef.h>

#include "trace/diag.h"

/* Below TMPDIR, or /tmp. */
int scratch_make(char *path, size_t size, struct diag *d);
/* With the files in it. */
void scratch_remove(const char *path);

#endif
