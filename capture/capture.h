/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Record what a live KVM guest asks of its slots, as a trace.
 *
 * One VM a trace: the first of the command (and what it starts), or of the process named.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/trace.h"

struct capture_progress {
	uint64_t ops[TRACE_NR_OPS]; /* written so far */
	uint64_t lost, changes;
	size_t slots;
	long long bytes;
	uint64_t elapsed_ns;
};

struct capture_config {
	const char *path; /* of the trace */
	bool force;
	char **command;	      /* NULL-ended; or NULL and @pid */
	pid_t pid;	      /* of a running VMM */
	uint64_t duration_ns; /* 0: no limit, as for the next two */
	uint64_t max_events;
	uint64_t max_bytes;
	uint64_t ring_bytes;
	bool hva;		  /* keep host addresses */
	bool lookups;		  /* record every search as well */
	int (*interrupted)(void); /* polled; not 0 ends the capture */
	void (*progress)(const struct capture_progress *progress); /* twice a second; may be NULL */
	void (*attached)(void); /* from now on the VM of @pid is recorded; may be NULL */
};

struct capture_report {
	struct capture_progress total;
	uint64_t unplaced;    /* accesses that fit no slot known; part of total.lost */
	uint64_t skipped;     /* runs of KVM's hooks that the kernel left out; part of total.lost */
	uint64_t other_vms;   /* entries into VMs that were left out */
	const char *ended;    /* what ended it */
	int command_status;   /* as of waitpid(); 0 without a command */
	unsigned int refused; /* hooks */
	char refusals[1024];  /* "HOOK (cause), ..." */
};

/*
 * EXIT_MACHINE where the kernel gives no BPF, or not enough of it. The command starts only after
 * all probes are attached, and has ended when this returns.
 */
int capture_run(const struct capture_config *config, struct capture_report *report, struct diag *d);

#endif
