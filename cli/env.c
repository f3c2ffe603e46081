// SPDX-License-Identifier: GPL-2.0-only
/* slotsim env: what this machine can capture and measure, and why not. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "replay/counters/counter.h"
#include "replay/env.h"

static const char *format = "text";

static const struct opt opts[] = {
	{ "format", 'f', OPT_STRING, &format, "text|json", "how to print" },
	{ 0 },
};

static const struct usage usage = {
	.command = "env",
	.operands = "",
	.summary = "Show what this machine can capture and measure, and why not.",
	.details = "The machine's state is never changed. Where a command would help, it is shown.",
	.opts = opts,
};

/* Each writes what is lacking and how to get it, or leaves @why empty. */
enum { WHY = 256 };

static void probe_kvm(char why[WHY])
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int version = fd < 0 ? -1 : ioctl(fd, KVM_GET_API_VERSION, 0);

	if (fd < 0)
		snprintf(why, WHY, "/dev/kvm: %s%s", strerror(errno),
			 errno == EACCES   ? "; join the group kvm, or run as root"
			 : errno == ENOENT ? "; modprobe kvm_intel or kvm_amd"
					   : "");
	else if (version != KVM_API_VERSION)
		snprintf(why, WHY, "/dev/kvm speaks version %d, not %d", version, KVM_API_VERSION);
	if (fd >= 0)
		close(fd);
}

/* The smallest map there is: allowed or not, it says whether BPF is. */
static void probe_bpf(char why[WHY])
{
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 4;
	attr.max_entries = 1;
	fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		snprintf(why, WHY, "bpf(): %s%s", strerror(errno),
			 errno == EPERM ? "; run as root" : "");
	else
		close((int)fd);
}

static void probe_btf(char why[WHY])
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		snprintf(why, WHY,
			 "/sys/kernel/btf/vmlinux: %s; the kernel needs "
			 "CONFIG_DEBUG_INFO_BTF",
			 strerror(errno));
}

static void probe_tracefs(char why[WHY])
{
	if (access("/sys/kernel/tracing/events/kvm", R_OK) &&
	    access("/sys/kernel/debug/tracing/events/kvm", R_OK))
		snprintf(why, WHY,
			 "no readable /sys/kernel/tracing/events/kvm (%s); mount -t tracefs "
			 "tracefs /sys/kernel/tracing, and load kvm",
			 strerror(errno));
}

/* fentry goes through ftrace's list of functions that can be hooked. */
static void probe_fentry(char why[WHY])
{
	static const char *const paths[] = {
		"/sys/kernel/tracing/available_filter_functions",
		"/sys/kernel/debug/tracing/available_filter_functions"
	};
	char line[256];
	FILE *in = fopen(paths[0], "re");
	bool found = false;

	in = in ? in : fopen(paths[1], "re");
	while (in && !found && fgets(line, sizeof(line), in))
		found = !strncmp(line, "kvm_vcpu_gfn_to_memslot", 23);
	if (!in)
		snprintf(why, WHY, "%s: %s", paths[0], strerror(errno));
	else if (!found)
		snprintf(why, WHY,
			 "kvm_vcpu_gfn_to_memslot is not among the functions that ftrace "
			 "can hook");
	if (in)
		fclose(in);
}

static void probe_counter(const char *name, char why[WHY])
{
	const char *lacks = counter_by_name(name)->lacks();

	if (lacks)
		snprintf(why, WHY, "%s", lacks);
}

static void probe_perf(char why[WHY])
{
	probe_counter("perf", why);
}

static void probe_callgrind(char why[WHY])
{
	probe_counter("callgrind", why);
}

static void probe_tsc(char why[WHY])
{
	FILE *in = fopen("/proc/cpuinfo", "re");
	char line[4096];
	bool steady = false;

	while (in && !steady && fgets(line, sizeof(line), in))
		steady = !strncmp(line, "flags", 5) && strstr(line, " constant_tsc") &&
			 strstr(line, " nonstop_tsc");
	if (in)
		fclose(in);
	if (!steady)
		snprintf(why, WHY, "the TSC's rate changes, or it stops in idle states");
}

static const struct {
	const char *name, *use;
	void (*probe)(char why[WHY]);
} probes[] = {
	{ "kvm", "run the guest of slotsim guest", probe_kvm },
	{ "bpf", "capture", probe_bpf },
	{ "btf", "capture on any kernel without recompiling", probe_btf },
	{ "tracepoints", "capture: KVM's tracepoints", probe_tracefs },
	{ "fentry", "capture --lookups: each search of the slots", probe_fentry },
	{ "tsc", "time lookups", probe_tsc },
	{ "perf", "count cache and branch misses", probe_perf },
	{ "callgrind", "count instructions and modelled misses", probe_callgrind },
};
enum { NR_PROBES = sizeof(probes) / sizeof(probes[0]) };

static json_t *probe_all(void)
{
	json_t *found = json_object();

	for (int i = 0; i < NR_PROBES; i++) {
		char why[WHY] = "";

		probes[i].probe(why);
		json_object_set_new(found, probes[i].name,
				    json_pack("{s:b,s:s,s:s?}", "works", !*why, "use",
					      probes[i].use, "why", *why ? why : NULL));
	}
	return found;
}

static void print_text(json_t *env, json_t *can, const json_t *warnings)
{
	const char *key;
	json_t *value;

	json_object_foreach (can, key, value) {
		const char *why = json_string_value(json_object_get(value, "why"));

		printf("%-12s %-3s %s%s%s\n", key, why ? "no" : "yes",
		       json_string_value(json_object_get(value, "use")), why ? ": " : "",
		       why ? why : "");
	}
	putchar('\n');
	json_object_foreach (env, key, value) {
		char *text =
			json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));

		printf("%-20s %s\n", key, text ? text : "");
		free(text);
	}
	for (size_t i = 0; i < json_array_size(warnings); i++)
		printf("%swarning: %s\n", i ? "" : "\n",
		       json_string_value(json_array_get(warnings, i)));
}

int cmd_env(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv);
	json_t *env, *can, *warnings, *all;

	if (first < 0)
		return cli_parse_exit(first);
	if (first != argc)
		return cli_error(EXIT_USAGE, "env takes no operands");
	if (strcmp(format, "text") && strcmp(format, "json"))
		return cli_error(EXIT_USAGE, "no format '%s'; it is text or json", format);
	env = env_describe(), can = probe_all(), warnings = json_array();
	env_warn(env, warnings);
	all = json_pack("{s:O,s:O,s:O}", "can", can, "env", env, "warnings", warnings);
	if (!strcmp(format, "json"))
		json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9)), putchar('\n');
	else
		print_text(env, can, warnings);
	json_decref(all), json_decref(env), json_decref(can), json_decref(warnings);
	return EXIT_DONE;
}
