/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * This program again, in a fresh process: other addresses, other pages, other luck. Code that is
 * one binary has been seen up to 2.4 times apart between processes, so repeats inside one are not
 * enough.
 */
#ifndef REPLAY_PROCESS_H
#define REPLAY_PROCESS_H

#include <jansson.h>

#include "trace/diag.h"

/*
 * Run @argv (argv[0] is searched in PATH) with @set added to the environment, each "NAME=value",
 * and read the JSON that it prints. Its messages pass through. The exit code of a child that fails
 * is that of @d; a killed child is EXIT_RUNTIME.
 */
int process_json(const char *const *argv, const char *const *set, json_t **result, struct diag *d);

#endif
