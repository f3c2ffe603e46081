/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time-stamp counter, fenced so that what stands before a start is done and what is timed does
 * not leak past a stop. A start-stop pair alone costs some 40 ticks, more than most lookups: time
 * runs of lookups, not lookups.
 *
 * lfence waits for all instructions before it (on AMD because Linux sets it so at boot), so rdtscp,
 * which waits by itself but which hypervisors may hide, gains nothing: on an EPYC 9005 a pair took
 * 42 ticks at the median without it and 63 with it.
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
	return tsc_start();
}

#endif
