/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters, best first: `auto` takes the first that counts around loops and works here. */
#ifndef REPLAY_COUNTERS_LIST_H
#define REPLAY_COUNTERS_LIST_H

#define COUNTER_LIST(COUNTER)                                                                      \
	COUNTER(perf)                                                                              \
	COUNTER(callgrind)                                                                         \
	COUNTER(touch)                                                                             \
	COUNTER(tsc)

#endif
