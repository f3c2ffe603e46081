/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "trace/trace.h"

/* trace_load() with a line of progress on a terminal, for loads that take over 2 s. */
int cli_load(const char *path, unsigned int flags, struct trace **trace, struct diag *d);

/*
 * The trace at @path once for each word of @slots, for commands with the option --slots: a number
 * remaps it to so many slots, exactly as `convert --remap N IN NAME-N.pack` does, and is named
 * NAME-N; "recorded" leaves it as it is, and so does NULL. @each returns an exit code, and owns
 * nothing. Returns the first code that is not EXIT_DONE, after saying why.
 */
#define CLI_SLOTS_OPTION                                                                           \
	"on so many slots, as convert --remap; recorded: as the trace has them, the default"
int cli_load_each(const char *path, const char *slots, unsigned int flags,
		  int (*each)(void *arg, struct trace *trace), void *arg);

/* EXIT_DONE, or an exit code after saying which word is none. */
int cli_check_slots(const char *slots);

#endif
