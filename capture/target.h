/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes that are traced: a command that we start, or a VMM that is running. */
#ifndef CAPTURE_TARGET_H
#define CAPTURE_TARGET_H

#include "capture/hooks.h"

struct target {
	pid_t pid;
	int pidfd;   /* readable once the process has ended */
	int gate;    /* the command waits here for its start; -1: none, or started */
	int verdict; /* errno of a failed exec arrives here */
	bool ours;   /* a command */
	int status;  /* as of waitpid(), once it has ended */
	bool reaped;
};

/* Fork the command, which waits at the gate, or find the process. */
int target_open(const struct capture_config *config, struct target *target, struct diag *d);
/* Make it known to the probes; a running VMM's slots are walked and its vCPUs found. */
int target_attach(const struct capture_config *config, struct target *target, struct hooks *hooks,
		  struct diag *d);
/* Let the command go. */
int target_start(struct target *target, char **command, struct diag *d);
bool target_ended(struct target *target);
/* End a command that still runs; frees everything. */
void target_close(struct target *target);

#endif
