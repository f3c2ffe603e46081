/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "trace/trace.h"

/* trace_load() with a line of progress on a terminal, for loads that take over 2 s. */
int cli_load(const char *path, unsigned int flags, struct trace **trace, struct diag *d);

#endif
