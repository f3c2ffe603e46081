// SPDX-License-Identifier: GPL-2.0-only
/* slotsim capture: record a live KVM guest. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/capture.h"
#include "cli/cli.h"
#include "cli/commands.h"

static struct capture_config config = {
	.ring_bytes = 16 << 20,
	.interrupted = cli_interrupted,
};
static uint64_t pid;

static const struct opt opts[] = {
	{ "output", 'o', OPT_STRING, &config.path, "TRACE", "where to write; .zst compresses" },
	{ "force", 'f', OPT_FLAG, &config.force, NULL, "replace an existing TRACE" },
	{ "pid", 'p', OPT_NUMBER, &pid, "PID", "attach to a running VMM" },
	{ "duration", 'd', OPT_DURATION, &config.duration_ns, "TIME", "end after TIME" },
	{ "events", 'n', OPT_NUMBER, &config.max_events, "N", "end after N accesses" },
	{ "max-size", 0, OPT_SIZE, &config.max_bytes, "SIZE", "end when TRACE has SIZE" },
	{ "ring", 0, OPT_SIZE, &config.ring_bytes, "SIZE", "of the ring buffer (default 16M)" },
	{ "lookups", 0, OPT_FLAG, &config.lookups, NULL, "record every search of the slots too" },
	{ "hva", 0, OPT_FLAG, &config.hva, NULL, "store host addresses of the slots" },
	{ 0 },
};

static const struct usage usage = {
	.command = "capture",
	.operands = "-o TRACE [-- COMMAND...]",
	.summary = "Record what a live KVM guest asks of its memory slots.",
	.details =
		"COMMAND starts once all probes are attached; its VM is recorded until it ends.\n"
		"With -p the VM of a running process is. Ctrl-C ends either properly.\n"
		"What the kernel refuses is named once, and in the trace's header.",
	.opts = opts,
};

#ifdef HAVE_CAPTURE

static void progress(const struct capture_progress *p)
{
	static struct capture_progress last;
	double seconds = (double)(p->elapsed_ns - last.elapsed_ns) / 1e9;

	fprintf(stderr, "\r\033[K%5.1f s", (double)p->elapsed_ns / 1e9);
	for (int op = 0; op < TRACE_NR_OPS; op++)
		if (p->ops[op])
			fprintf(stderr, "  %s %.0f/s", trace_op_names[op],
				(double)(p->ops[op] - last.ops[op]) / seconds);
	fprintf(stderr, "  slots %zu  lost %" PRIu64 "  %lld KiB", p->slots, p->lost,
		p->bytes / 1024);
	last = *p;
}

/* So that a script knows when to let the guest work. */
static void attached(void)
{
	cli_note("recording the VM of process %" PRIu64, pid);
}

static void tell(const struct capture_report *report)
{
	uint64_t events = 0;

	for (int op = 0; op < TRACE_NR_OPS; op++)
		events += report->total.ops[op];
	if (config.progress)
		fputs("\r\033[K", stderr);
	cli_note("%s: %" PRIu64 " events, %zu slots, %" PRIu64 " lost; ended by: %s", config.path,
		 events, report->total.slots, report->total.lost, report->ended);
	if (report->refused)
		cli_note("%u hooks not attached: %s", report->refused, report->refusals);
	if (report->total.lost)
		cli_warn("%" PRIu64 " events lost, %" PRIu64
			 " of them because no known slot fits; a larger --ring keeps more",
			 report->total.lost, report->unplaced);
	if (report->skipped)
		cli_warn("%" PRIu64 " of the lost are runs of the probes that the kernel left out, "
			 "because one was under way on that CPU (footer: hooks); fewer vCPUs on a "
			 "CPU help",
			 report->skipped);
	if (report->other_vms)
		cli_warn("more than one VM; only the first was recorded");
}

/* The command's failure is the capture's, once the trace is safe. */
static int exit_code(const struct capture_report *report)
{
	int status = report->command_status;

	if (cli_interrupted())
		return EXIT_INTERRUPTED;
	if (WIFSIGNALED(status) && !strcmp(report->ended, "command ended"))
		return cli_error(EXIT_RUNTIME, "the command was killed by signal %d",
				 WTERMSIG(status));
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return cli_error(WEXITSTATUS(status) == EXIT_MACHINE ? EXIT_MACHINE : EXIT_RUNTIME,
				 "the command ended with exit code %d", WEXITSTATUS(status));
	return EXIT_DONE;
}

static int run(void)
{
	struct capture_report report;
	struct diag d;

	if (cli_progress())
		config.progress = progress;
	config.attached = attached;
	cli_catch_signals();
	if (capture_run(&config, &report, &d) < 0)
		return cli_fail(&d);
	tell(&report);
	return exit_code(&report);
}

#else

static int run(void)
{
	return cli_error(EXIT_MACHINE, "built without capture; install clang, llvm, bpftool and "
				       "libbpf-dev, then build again");
}

#endif

int cmd_capture(int argc, char **argv)
{
	int first = cli_parse_until_operand(&usage, argc, argv);

	if (first < 0)
		return cli_parse_exit(first);
	if (!config.path)
		return cli_error(EXIT_USAGE, "no output; give -o TRACE");
	if ((first < argc) == (pid != 0))
		return cli_error(EXIT_USAGE, "give either -p PID or -- COMMAND");
	if (pid > INT32_MAX)
		return cli_error(EXIT_USAGE, "no process id is as large as %" PRIu64, pid);
	config.pid = (pid_t)pid;
	config.command = first < argc ? argv + first : NULL;
	return run();
}
