// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU's own counters, as one pinned group that counts this thread in user mode.
 *
 * Events are opened one by one, so one that the CPU lacks costs its column only. A group that was
 * not on the CPU all the time has counted only a part: its numbers are dropped, not scaled.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "replay/counters/counter.h"

#define CACHE_EVENT(id) (PERF_COUNT_HW_CACHE_##id | PERF_COUNT_HW_CACHE_RESULT_MISS << 16)

static const struct {
	uint32_t type;
	uint64_t config;
} events[NR_COUNTS] = {
	[COUNT_INSTRUCTIONS] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	[COUNT_CYCLES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	[COUNT_L1D_MISSES] = { PERF_TYPE_HW_CACHE, CACHE_EVENT(L1D) },
	[COUNT_LLC_MISSES] = { PERF_TYPE_HW_CACHE, CACHE_EVENT(LL) },
	[COUNT_BRANCH_MISSES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	[COUNT_DTLB_MISSES] = { PERF_TYPE_HW_CACHE, CACHE_EVENT(DTLB) },
};

static struct {
	int fd[NR_COUNTS];
	char why[NR_COUNTS][96];
	int leader; /* index, or -1 */
} group = { .leader = -1 };

static int open_event(int count, int leader_fd)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = events[count].type,
		.config = events[count].config,
		.disabled = leader_fd < 0,
		.pinned = leader_fd < 0,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, leader_fd, PERF_FLAG_FD_CLOEXEC);
}

static void open_group(void)
{
	if (group.leader >= 0)
		return;
	for (int count = 0; count < NR_COUNTS; count++) {
		int fd = open_event(count, group.leader < 0 ? -1 : group.fd[group.leader]);

		group.fd[count] = fd;
		if (fd < 0)
			snprintf(group.why[count], sizeof(group.why[count]),
				 "perf_event_open: %s%s", strerror(errno),
				 errno == ENOENT   ? " (no PMU, or not this event)"
				 : errno == EACCES ? " (see kernel.perf_event_paranoid)"
						   : "");
		else if (group.leader < 0)
			group.leader = count;
	}
}

static const char *perf_lacks(void)
{
	open_group();
	return group.leader < 0 ? group.why[0] : NULL;
}

static int perf_begin(void)
{
	if (perf_lacks())
		return -EOPNOTSUPP;
	return ioctl(group.fd[group.leader], PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP) ? -errno
											: 0;
}

static void perf_resume(void)
{
	ioctl(group.fd[group.leader], PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

static void perf_pause(void)
{
	ioctl(group.fd[group.leader], PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
}

static void perf_end(struct counter_sample *sample)
{
	for (int count = 0; count < NR_COUNTS; count++) {
		struct {
			uint64_t value, enabled, running;
		} now;

		sample->why[count] = group.why[count];
		if (group.fd[count] < 0)
			continue;
		if (read(group.fd[count], &now, sizeof(now)) != sizeof(now) || !now.running)
			sample->why[count] = "the pinned group did not get onto the PMU";
		else if (now.running < now.enabled)
			sample->why[count] = "multiplexed: it ran for a part of the time only";
		else
			sample->why[count] = NULL, sample->value[count] = (double)now.value;
	}
}

const struct counter_ops counter_perf = {
	.name = "perf",
	.summary = "the CPU's counters: core cycles, instructions, cache, branch and TLB misses",
	.loops = true,
	.lacks = perf_lacks,
	.begin = perf_begin,
	.resume = perf_resume,
	.pause = perf_pause,
	.end = perf_end,
};
