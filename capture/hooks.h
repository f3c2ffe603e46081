/* SPDX-License-Identifier: GPL-2.0-only */
/* Which probes the kernel takes, and what the rest would have given. */
#ifndef CAPTURE_HOOKS_H
#define CAPTURE_HOOKS_H

#include <jansson.h>

#include "capture/capture.h"
#include "capture/record.h"

struct hooks; /* loaded programs and their links */

/*
 * Load and attach what the kernel takes, with the rings and limits of @config. Nothing is recorded
 * before there is a target.
 */
int hooks_attach(const struct capture_config *config, struct hooks **hooks, struct diag *d);
void hooks_detach(struct hooks *hooks); /* no record comes after this */
void hooks_free(struct hooks *hooks);	/* NULL is allowed */

/* Trace the VM of this process, of what it starts from now on, and its vCPU threads. */
int hooks_add_target(struct hooks *hooks, pid_t pid, struct diag *d);
int hooks_add_vcpu(struct hooks *hooks, pid_t tid, unsigned int vcpu, struct diag *d);
/* Find the VM that a target has already and walk its slots. */
int hooks_find_vm(struct hooks *hooks, struct diag *d);

int hooks_ring_fd(const struct hooks *hooks);
const volatile struct record_vm *hooks_vm(const struct hooks *hooks);

unsigned int hooks_nr_cpus(const struct hooks *hooks);
/* @counts has hooks_nr_cpus() elements. */
int hooks_counts(const struct hooks *hooks, unsigned int class, struct record_count *counts);

/* Runs of KVM's hooks that the kernel left out, since one was under way on that CPU, and that no
 * stand-in made up for. */
uint64_t hooks_skipped(const struct hooks *hooks);

void hooks_report(const struct hooks *hooks, struct capture_report *report);
json_t *hooks_json(const struct hooks *hooks);	    /* header: HOOK: "attached" or the cause */
json_t *hooks_cost_json(const struct hooks *hooks); /* footer: runs, ns, misses, lost of each */
/* Why @op cannot be seen with the hooks that are attached, or NULL. */
const char *hooks_blind(const struct hooks *hooks, enum trace_op op);

#endif
