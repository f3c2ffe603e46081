// SPDX-License-Identifier: GPL-2.0-only
#include "capture/capture.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/assemble.h"
#include "capture/hooks.h"
#include "capture/privilege.h"
#include "capture/target.h"
#include "trace/file.h"

/* Records wake nobody: at a million a second, 20 ms of them fill 7 % of the default ring. */
enum { POLL_MS = 20, DRAIN_ROUNDS = 100 };

static const uint64_t progress_ns = 500000000;

struct run {
	const struct capture_config *config;
	struct capture_report *report;
	struct hooks *hooks;
	struct target target;
	struct assembler *assembler;
	struct ring_buffer *ring;
	uint64_t start_ns, shown_ns;
	const char *ended;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int on_record(void *data, void *record, size_t size)
{
	struct run *run = data;

	/* after an error the ring is still drained: what was read stays counted */
	assembler_record(run->assembler, record, size);
	return 0;
}

/* Would the output be refused? Ask before the command runs. */
static int check_output(const struct capture_config *config, struct diag *d)
{
	struct output *out;
	int rc = output_open(config->path, config->force, &out, d);

	if (!rc)
		output_abort(out);
	return rc;
}

static int check_machine(struct diag *d)
{
	if (access("/dev/kvm", F_OK))
		return diag_set(
			d, EXIT_MACHINE, -ENOENT,
			"/dev/kvm: %s; load kvm_intel or kvm_amd, or use a machine that has "
			"KVM",
			strerror(errno));
	return 0;
}

/* What ends the capture now, or NULL. */
static const char *reason_to_end(struct run *run)
{
	const struct capture_config *config = run->config;
	const volatile struct record_vm *vm = hooks_vm(run->hooks);

	if (config->interrupted && config->interrupted())
		return "interrupted";
	if (target_ended(&run->target))
		return run->target.ours ? "command ended" : "process ended";
	if (config->duration_ns && now_ns() - run->start_ns >= config->duration_ns)
		return "duration";
	if (config->max_events && vm->attempts >= config->max_events)
		return "events";
	if (config->max_bytes && run->report->total.bytes >= (long long)config->max_bytes)
		return "size";
	return NULL;
}

/* Twice a second: the file up to date, and the user told. */
static void show(struct run *run)
{
	uint64_t now = now_ns();

	if (now - run->shown_ns < progress_ns)
		return;
	run->shown_ns = now;
	assembler_flush(run->assembler);
	assembler_progress(run->assembler, &run->report->total);
	run->report->total.elapsed_ns = now - run->start_ns;
	if (run->config->progress)
		run->config->progress(&run->report->total);
}

/* A program that was running when its hook was taken off may still hand over its record. */
static void drain(struct run *run)
{
	hooks_detach(run->hooks);
	for (int i = 0; i < DRAIN_ROUNDS; i++) {
		ring_buffer__consume(run->ring);
		if (assembler_is_whole(run->assembler))
			return;
		usleep(POLL_MS * 1000);
	}
}

/* Read until something ends it. Whatever was recorded until then is read. */
static int follow(struct run *run)
{
	const char *ended;

	do {
		ended = reason_to_end(run);
		if (!ended)
			ring_buffer__poll(run->ring, POLL_MS);
		ring_buffer__consume(run->ring);
		show(run);
	} while (!ended);
	run->ended = ended;
	drain(run);
	return 0;
}

static int prepare(struct run *run, struct diag *d)
{
	int rc = check_output(run->config, d);

	if (!rc)
		rc = check_machine(d);
	if (!rc)
		rc = target_open(run->config, &run->target, d);
	if (!rc)
		rc = hooks_attach(run->config, &run->hooks, d);
	if (!rc)
		rc = assembler_new(run->config, run->hooks, &run->assembler, d);
	if (rc)
		return rc;
	run->ring = ring_buffer__new(hooks_ring_fd(run->hooks), on_record, run, NULL);
	if (!run->ring)
		return diag_set(d, EXIT_RUNTIME, -errno, "ring buffer: %s", strerror(errno));
	hooks_report(run->hooks, run->report);
	return 0;
}

static int record(struct run *run, struct diag *d)
{
	int rc = target_attach(run->config, &run->target, run->hooks, d);

	run->start_ns = run->shown_ns = now_ns();
	if (!rc)
		rc = privilege_drop(d);
	if (!rc && run->config->command)
		rc = target_start(&run->target, run->config->command, d);
	if (!rc && !run->config->command && run->config->attached)
		run->config->attached();
	if (!rc)
		rc = follow(run);
	if (rc)
		return rc;
	run->report->other_vms = hooks_vm(run->hooks)->other_vms;
	run->report->skipped = hooks_skipped(run->hooks);
	run->report->ended = run->ended;
	rc = assembler_commit(run->assembler, run->ended, run->report, d);
	return rc;
}

int capture_run(const struct capture_config *config, struct capture_report *report, struct diag *d)
{
	struct run run = { .config = config, .report = report };
	int rc;

	memset(report, 0, sizeof(*report));
	run.target = (struct target){ .pidfd = -1, .gate = -1, .verdict = -1 };
	rc = prepare(&run, d);
	if (!rc)
		rc = record(&run, d);
	ring_buffer__free(run.ring);
	assembler_free(run.assembler);
	hooks_free(run.hooks);
	target_close(&run.target);
	report->command_status = run.target.status;
	return rc;
}
