/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_INFO_COMPARE_H
#define CLI_INFO_COMPARE_H

#include <stdbool.h>

/* slotsim info --compare A B: how close two traces are. Returns the exit code. */
int info_compare(const char *path_a, const char *path_b, bool json);

#endif
