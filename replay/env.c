// SPDX-License-Identifier: GPL-2.0-only
#include "replay/env.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "replay/tsc.h"

/* The first line of @path without its newline, or null. */
static json_t *line_of(const char *path)
{
	FILE *in = fopen(path, "re");
	char line[512];
	json_t *text = NULL;

	if (in && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		text = json_string(line);
	}
	if (in)
		fclose(in);
	return text ? text : json_null();
}

/* The value of the first "@key : value" in /proc/cpuinfo, or null. */
static json_t *cpuinfo(const char *key)
{
	FILE *in = fopen("/proc/cpuinfo", "re");
	char line[4096];
	json_t *text = NULL;

	while (in && !text && fgets(line, sizeof(line), in)) {
		char *value = strchr(line, ':');

		if (!value || strncmp(line, key, strlen(key)) ||
		    strspn(line + strlen(key), "\t ") != (size_t)(value - line) - strlen(key))
			continue;
		value[strcspn(value, "\n")] = '\0';
		text = json_string(value + 1 + strspn(value + 1, " "));
	}
	if (in)
		fclose(in);
	return text ? text : json_null();
}

/* Those of the CPU's flags that tell whether the TSC is a clock. */
static json_t *tsc_flags(void)
{
	static const char *const names[] = { "constant_tsc", "nonstop_tsc", "tsc_known_freq" };
	json_t *found = json_array(), *flags = cpuinfo("flags");
	const char *text = json_string_value(flags);

	for (size_t i = 0; text && i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(text, names[i]))
			json_array_append_new(found, json_string(names[i]));
	json_decref(flags);
	return found;
}

/* CPUID leaf 0x40000000, or null on bare metal. */
static json_t *hypervisor(void)
{
	uint32_t a = 1, b, c = 0, d, name[4] = { 0 };

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(c & 1u << 31))
		return json_null();
	a = 0x40000000, c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(name[0]), "+c"(c), "=d"(name[2]));
	name[1] = c;
	return json_string((const char *)name);
}

static json_t *cache_sizes(void)
{
	json_t *caches = json_object();

	for (int i = 0; i < 8; i++) {
		char path[96], name[32];
		json_t *level, *type, *size;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
		level = line_of(path);
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/type", i);
		type = line_of(path);
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
		size = line_of(path);
		if (json_is_string(level) && json_is_string(type)) {
			snprintf(name, sizeof(name), "l%s_%s", json_string_value(level),
				 json_string_value(type));
			json_object_set(caches, name, size);
		}
		json_decref(level), json_decref(type), json_decref(size);
	}
	return caches;
}

static json_t *affinity(void)
{
	json_t *cpus = json_array();
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return json_null();
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			json_array_append_new(cpus, json_integer(cpu));
	return cpus;
}

static json_t *mitigations(void)
{
	static const char *const names[] = { "spectre_v1", "spectre_v2", "retbleed", "mds",
					     "spec_store_bypass" };
	json_t *found = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[96];

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/vulnerabilities/%s",
			 names[i]);
		json_object_set_new(found, names[i], line_of(path));
	}
	return found;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static double tsc_mhz(void)
{
	double start_s = seconds(), stop_s;
	uint64_t start = tsc_start(), stop;

	do {
		stop_s = seconds();
		stop = tsc_stop();
	} while (stop_s - start_s < 0.03);
	return (double)(stop - start) / (stop_s - start_s) * 1e-6;
}

/*
 * Ticks from one value of the counter to the next: their greatest common divisor. Some CPUs (AMD
 * since family 17h) count in steps of 10 ns, so a single lookup is timed to that.
 */
static uint64_t tsc_step(void)
{
	enum { READINGS = 1000 };
	uint64_t last = __rdtsc(), step = 0;

	for (int i = 0; i < READINGS; i++) {
		uint64_t now = __rdtsc(), rest = now - last;

		last = now;
		while (rest) {
			uint64_t next = step % rest;

			step = rest;
			rest = next;
		}
	}
	return step;
}

/*
 * Core cycles per TSC tick: a chain of multiplications takes 3 core cycles each on every x86 core
 * since 2008. Additions would not do: renaming folds them. The fastest of many short chains is the
 * one that nothing disturbed.
 */
static double core_per_tsc(void)
{
	enum { CHAIN = 3000, TRIES = 3000 };
	uint64_t least = UINT64_MAX;

	for (int try = 0; try < TRIES; try++) {
		uint64_t start = tsc_start(), x = 3, took;

		for (int i = 0; i < CHAIN / 10; i++)
			__asm__ volatile("imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\t"
					 "imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\t"
					 "imul %0, %0\n\timul %0, %0\n\timul %0, %0\n\t"
					 "imul %0, %0"
					 : "+r"(x));
		took = tsc_stop() - start;
		least = took < least ? took : least;
	}
	return 3.0 * CHAIN / (double)least;
}

static json_t *load_average(void)
{
	double load[3];

	return getloadavg(load, 3) == 3 ? json_pack("[f,f,f]", load[0], load[1], load[2])
					: json_null();
}

long long env_stolen(void)
{
	FILE *in = fopen("/proc/stat", "re");
	long long stolen = -1;

	if (in && fscanf(in, "cpu %*d %*d %*d %*d %*d %*d %*d %lld", &stolen) != 1)
		stolen = -1;
	if (in)
		fclose(in);
	return stolen;
}

static const struct {
	const char *key, *path;
} files[] = {
	{ "cpus_online", "/sys/devices/system/cpu/online" },
	{ "cpus_isolated", "/sys/devices/system/cpu/isolated" },
	{ "smt", "/sys/devices/system/cpu/smt/control" },
	{ "governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor" },
	{ "no_turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo" },
	{ "boost", "/sys/devices/system/cpu/cpufreq/boost" },
	{ "aslr", "/proc/sys/kernel/randomize_va_space" },
	{ "thp", "/sys/kernel/mm/transparent_hugepage/enabled" },
	{ "clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource" },
	{ "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid" },
};

json_t *env_describe(void)
{
	struct utsname name = { 0 };
	json_t *env = json_object();

	uname(&name);
	json_object_set_new(env, "cpu", cpuinfo("model name"));
	json_object_set_new(env, "microcode", cpuinfo("microcode"));
	json_object_set_new(env, "kernel", json_string(name.release));
	json_object_set_new(env, "hypervisor", hypervisor());
	json_object_set_new(env, "caches", cache_sizes());
	json_object_set_new(env, "nr_cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		json_object_set_new(env, files[i].key, line_of(files[i].path));
	json_object_set_new(env, "mitigations", mitigations());
	json_object_set_new(env, "tsc_flags", tsc_flags());
	json_object_set_new(env, "tsc_mhz", json_real((long)(tsc_mhz() * 10) / 10.0));
	json_object_set_new(env, "tsc_step", json_integer((json_int_t)tsc_step()));
	json_object_set_new(env, "core_per_tsc", json_real((long)(core_per_tsc() * 1000) / 1000.0));
	json_object_set_new(env, "affinity", affinity());
	json_object_set_new(env, "load", load_average());
	json_object_set_new(env, "compiler", json_string(__VERSION__));
	json_object_set_new(env, "noise_floor_pct", json_null());
	return env;
}

static const char *text(const json_t *env, const char *key)
{
	const char *value = json_string_value(json_object_get(env, key));

	return value ? value : "";
}

void env_warn(const json_t *env, json_t *warnings)
{
	double load = json_number_value(json_array_get(json_object_get(env, "load"), 0));
	double cpus = json_number_value(json_object_get(env, "nr_cpus"));
	const char *governor = text(env, "governor");
	char line[160];

	if (*governor && strcmp(governor, "performance"))
		json_array_append_new(warnings,
				      json_sprintf("the CPU frequency governor is %s: for steadier "
						   "numbers, cpupower frequency-set -g performance",
						   governor));
	if (!strcmp(text(env, "no_turbo"), "0") || !strcmp(text(env, "boost"), "1"))
		json_array_append_new(warnings, json_string("turbo is on: the clock may change "
							    "while measuring"));
	if (load > cpus / 2) {
		snprintf(line, sizeof(line), "load average %.1f on %.0f CPUs: others run too", load,
			 cpus);
		json_array_append_new(warnings, json_string(line));
	}
	if (json_is_string(json_object_get(env, "hypervisor")))
		json_array_append_new(warnings,
				      json_string("this is a virtual machine: neighbours share "
						  "caches and memory, and may take the CPU away"));
}
