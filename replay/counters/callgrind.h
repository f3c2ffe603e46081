/* SPDX-License-Identifier: GPL-2.0-only */
/* How to run the counting process under callgrind. */
#ifndef REPLAY_COUNTERS_CALLGRIND_H
#define REPLAY_COUNTERS_CALLGRIND_H

/* The words before the program's own, NULL at the end; "--callgrind-out-file=FILE" is to be added,
 * and FILE to stand in the environment as CALLGRIND_OUT_ENV. */
extern const char *const callgrind_wrapper[];
#define CALLGRIND_OUT_ENV "SLOTSIM_CALLGRIND_OUT"

#endif
