/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time-stamp counter, fenced so that what stands before a start is done and what is timed does
 * not leak past a stop. A start-stop pair alone costs 36 to 42 ticks, more than most lookups: time
 * runs of lookups, not lookups.
 */
#ifndef REPLAY_TSC_H
#define REPLAY_TSC_H

#include <stdint.h>
#include <x86intrin.h>

static inline uint64_t tsc_start(void)
{
	uint64_t now;

	_mm_lfence();
	now = __rdtsc();
	_mm_lfence();
	return now;
}

static inline uint64_t tsc_stop(void)
{
	unsigned int cpu;
	uint64_t now = __rdtscp(&cpu);

	_mm_lfence();
	return now;
}

#endif
