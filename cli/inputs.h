/* SPDX-License-Identifier: GPL-2.0-only */
/* The results files that report, plot and compare take as operands. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "analysis/results.h"

struct inputs {
	const struct results **files;
	size_t nr;
};

/* EXIT_DONE, or the exit code after saying what was wrong; on failure nothing is left to free. */
int inputs_load(struct inputs *inputs, int nr, char *const *paths);
void inputs_free(struct inputs *inputs);

#endif
