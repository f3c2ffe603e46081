/* SPDX-License-Identifier: GPL-2.0-only */
/* Running gnuplot: the one place where figures leave this program. */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include <stddef.h>

#include "trace/diag.h"

/*
 * Where the scripts are: plots/ of the tree that holds the running program, else
 * share/slotsim/plots beside its bin/, else below the prefix it was built for.
 */
int gnuplot_scripts(char *folder, size_t size, struct diag *d);

/*
 * Run `gnuplot -c` with @argv, which ends with NULL, and wait. EXIT_MACHINE where it is not
 * installed; if it fails, the diag holds its first line.
 */
int gnuplot_run(const char *const *argv, struct diag *d);

#endif
