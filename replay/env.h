/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine that measured: what a reader needs to judge a number. Unknown is null. */
#ifndef REPLAY_ENV_H
#define REPLAY_ENV_H

#include <jansson.h>

/* NULL when out of memory. Takes 60 ms: the TSC is compared with the clock and with the core. */
json_t *env_describe(void);

/* Append to @warnings, an array of strings, what speaks against measuring now: turbo, governor,
 * stolen time, load. */
void env_warn(const json_t *env, json_t *warnings);

/* Stolen time of all CPUs since boot, in ticks of USER_HZ; -1 if the kernel does not say. */
long long env_stolen(void);

#endif
