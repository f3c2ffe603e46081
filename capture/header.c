// SPDX-License-Identifier: GPL-2.0-only
#include "capture/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The module parameters that decide which lookups there are. */
static const char *const parameters[] = {
	"kvm/parameters/mmio_caching", "kvm/parameters/tdp_mmu",       "kvm_intel/parameters/ept",
	"kvm_amd/parameters/npt",      "kvm/parameters/nx_huge_pages",
};

static bool first_line(const char *path, char *line, int size)
{
	FILE *in = fopen(path, "re");
	bool read = in && fgets(line, size, in);

	if (in)
		fclose(in);
	if (read)
		line[strcspn(line, "\n")] = '\0';
	return read;
}

static json_t *kvm_json(void)
{
	json_t *kvm = json_object();
	char path[96], value[64];

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		snprintf(path, sizeof(path), "/sys/module/%s", parameters[i]);
		if (first_line(path, value, sizeof(value)))
			json_object_set_new(kvm, strrchr(path, '/') + 1, json_string(value));
	}
	return kvm;
}

static void cpu_model(char *model, size_t size)
{
	FILE *in = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(model, size, "unknown");
	while (in && fgets(line, sizeof(line), in)) {
		char *colon = strchr(line, ':');

		if (!strncmp(line, "model name", 10) && colon) {
			colon[strcspn(colon, "\n")] = '\0';
			snprintf(model, size, "%.100s", colon + 2);
			break;
		}
	}
	if (in)
		fclose(in);
}

static json_t *host_json(void)
{
	char cpu[128];
	struct utsname name;

	uname(&name);
	cpu_model(cpu, sizeof(cpu));
	return json_pack("{s:s,s:s,s:s,s:I}", "kernel", name.release, "machine", name.machine,
			 "cpu", cpu, "cpus", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN));
}

/* The arguments of a running process; NULL where they are hidden. */
static json_t *arguments_of(pid_t pid)
{
	json_t *command = NULL;
	char path[64], *arg = NULL;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	in = fopen(path, "re");
	while (in && getdelim(&arg, &room, '\0', in) > 0) {
		if (!command)
			command = json_array();
		json_array_append_new(command, json_string(arg));
	}
	free(arg);
	if (in)
		fclose(in);
	return command;
}

static json_t *vm_json(const struct capture_config *config)
{
	json_t *command;

	if (!config->command)
		return json_pack("{s:s,s:o?}", "attached", "to a running VMM", "command",
				 arguments_of(config->pid));
	command = json_array();
	for (char **arg = config->command; *arg; arg++)
		json_array_append_new(command, json_string(*arg));
	return json_pack("{s:o}", "command", command);
}

static const char *blind(const struct capture_config *config, const struct hooks *hooks, bool timed,
			 enum trace_op op)
{
	const char *why = hooks_blind(hooks, op);

	if (why)
		return why;
	if (op == TRACE_MISS_VCPU && !timed)
		return "KVM tells of no exits and faults here; such accesses count as miss";
	if (op == TRACE_LOOKUP && !config->lookups)
		return "recorded with --lookups only";
	return NULL;
}

static json_t *not_observed_json(const struct capture_config *config, const struct hooks *hooks,
				 bool timed)
{
	json_t *object = json_object();

	for (int op = 0; op < TRACE_NR_OPS; op++) {
		const char *why = blind(config, hooks, timed, op);

		if (why)
			json_object_set_new(object, trace_op_names[op], json_string(why));
	}
	return object;
}

json_t *header_json(const struct capture_config *config, const struct hooks *hooks, bool timed)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "source", "capture", "host", host_json(),
			 "kvm", kvm_json(), "vm", vm_json(config), "hooks", hooks_json(hooks),
			 "not_observed", not_observed_json(config, hooks, timed));
}
