// SPDX-License-Identifier: GPL-2.0-only
#include "capture/hooks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/kernel.h"
#include "capture/object.h"

#define BIT(op) (1u << TRACE_##op)

struct hook {
	const char *program; /* in kvm.bpf.c, legacy.bpf.c or both */
	bool needed;	     /* without it there is no trace */
	unsigned int ops;    /* that nothing else gives */
	enum record_standin standin;
	bool is_standin;
};

static const struct hook table[] = {
	{ "sys_enter", true, 0 },
	{ "sys_exit", true, 0 },
	{ "sched_process_fork", false, 0 },
	{ "sched_process_exit", false, 0 },
	{ "kvm_mmu_spte_requested", true, BIT(RAM) | BIT(MAPPED) },
	{ "kvm_mmio", false, BIT(MISS) | BIT(MISS_VCPU) | BIT(ROM), STANDIN_MMIO },
	{ "kvm_emulate_insn", false, 0, STANDIN_EMULATE_INSN },
	{ "kvm_entry", false, 0 },
	{ "kvm_exit", false, 0 },
	{ "kvm_page_fault", false, BIT(MISS_VCPU), STANDIN_PAGE_FAULT },
	{ "fast_page_fault", false, 0, STANDIN_FAST_PAGE_FAULT },
	{ "check_mmio_spte", false, BIT(MISS_STALE), STANDIN_CHECK_MMIO_SPTE },
	{ "handle_mmio_page_fault", false, BIT(MISS_SPTE), STANDIN_HANDLE_MMIO },
	{ "kvm_fast_mmio", false, BIT(MISS_FAST), STANDIN_FAST_MMIO },
	{ "mark_mmio_spte", false, 0 },
	{ "kvm_mmu_zap_all_fast", false, 0 },
	{ "kvm_mmu_set_spte", false, 0 },
	{ "kvm_arch_commit_memory_region", false, 0 },
	{ "kvm_mmu_notifier_invalidate_range_start", false, 0 },
	{ "kvm_unmap_hva_range", false, 0 },
	/*
	 * A stand-in runs after the program that it stands in for. Of a function's programs the one
	 * attached last runs first (__bpf_trampoline_link_prog() in 6.1), of a tracepoint's it runs
	 * last.
	 */
	{ "kvm_vcpu_gfn_to_memslot_standin", false, 0, STANDIN_VCPU_LOOKUP, true },
	{ "gfn_to_memslot_standin", false, 0, STANDIN_LOOKUP, true },
	{ "kvm_vcpu_gfn_to_memslot", false, BIT(LOOKUP), STANDIN_VCPU_LOOKUP },
	{ "gfn_to_memslot", false, BIT(LOOKUP), STANDIN_LOOKUP },
	{ "kvm_mmio_standin", false, 0, STANDIN_MMIO, true },
	{ "kvm_emulate_insn_standin", false, 0, STANDIN_EMULATE_INSN, true },
	{ "kvm_page_fault_standin", false, 0, STANDIN_PAGE_FAULT, true },
	{ "fast_page_fault_standin", false, 0, STANDIN_FAST_PAGE_FAULT, true },
	{ "check_mmio_spte_standin", false, 0, STANDIN_CHECK_MMIO_SPTE, true },
	{ "handle_mmio_page_fault_standin", false, 0, STANDIN_HANDLE_MMIO, true },
	{ "kvm_fast_mmio_standin", false, 0, STANDIN_FAST_MMIO, true },
	{ "running_vm", false, 0 }, /* last: hooks_find_vm() */
};
enum { NR_HOOKS = sizeof(table) / sizeof(table[0]) };

struct hooks {
	struct kernel kernel;
	struct object object;
	struct bpf_link *links[NR_HOOKS];
	int refused[NR_HOOKS]; /* errno, 0: taken */
	bool spare[NR_HOOKS];  /* left out by choice */
	unsigned int nr_cpus;
	int stats_fd;
};

static int silent(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level, (void)format, (void)ap;
	return 0;
}

/* NULL: this kernel's object has none, and needs none. */
static struct bpf_program *program_of(const struct object *object, unsigned int hook)
{
	return bpf_object__find_program_by_name(object->bpf, table[hook].program);
}

static const char *cause(int err)
{
	switch (err) {
	case 0:
		return "attached";
	case EPERM:
	case EACCES:
		return "refused by policy or for lack of privilege";
	case ESRCH:
	case ENOENT:
		return "not in this kernel";
	default:
		return strerror(err);
	}
}

static bool is_taken(const struct hooks *hooks, const char *program)
{
	for (unsigned int i = 0; i < NR_HOOKS; i++)
		if (!strcmp(table[i].program, program))
			return !hooks->refused[i];
	return false;
}

/* Not wanted: the searches unless asked for, and the poorer of two. */
static bool is_spare(const struct hooks *hooks, const struct capture_config *config, unsigned int i)
{
	bool lookup = table[i].standin == STANDIN_VCPU_LOOKUP || table[i].standin == STANDIN_LOOKUP;

	if ((lookup && !config->lookups) || (table[i].is_standin && !hooks->kernel.preempts))
		return true;
	return !strcmp(table[i].program, "kvm_unmap_hva_range") &&
	       is_taken(hooks, "kvm_mmu_notifier_invalidate_range_start");
}

static uint32_t ring_size(uint64_t asked)
{
	uint64_t size = (uint64_t)getpagesize();

	while (size < asked && size < 1u << 30)
		size *= 2;
	return (uint32_t)size;
}

/* With only @hook, or with all that are neither refused nor spare. */
static int open_object(const struct hooks *hooks, const struct capture_config *config, int hook,
		       struct object *object)
{
	const struct record_settings settings = {
		.max_accesses = config->max_events ? config->max_events : UINT64_MAX,
		.ret_pf_fixed = hooks->kernel.ret_pf_fixed,
		.ret_pf_spurious = hooks->kernel.ret_pf_spurious,
		.slots_from_commit =
			!hooks->kernel.legacy && is_taken(hooks, "kvm_arch_commit_memory_region"),
	};
	uint64_t ring = hook < 0 ? config->ring_bytes : 0;
	int rc = object_open(object, hooks->kernel.legacy, &settings, ring_size(ring));

	for (int i = 0; !rc && i < NR_HOOKS; i++) {
		struct bpf_program *program = program_of(object, (unsigned int)i);
		bool wanted = hook < 0 ? !hooks->refused[i] && !hooks->spare[i] : i == hook;

		if (program)
			bpf_program__set_autoload(program, wanted);
	}
	return rc;
}

/* Load and attach only @hook; 0 or the errno of the refusal. */
static int probe(const struct hooks *hooks, const struct capture_config *config, unsigned int hook)
{
	struct bpf_program *program;
	struct bpf_link *link = NULL;
	struct object object;
	int rc = open_object(hooks, config, (int)hook, &object);

	program = rc ? NULL : program_of(&object, hook);
	if (program) {
		rc = object_load(&object);
		if (!rc) {
			link = bpf_program__attach(program);
			rc = link ? 0 : -errno;
		}
		bpf_link__destroy(link);
	}
	object_close(&object);
	return -rc;
}

/* Which of the hooks does the kernel refuse? */
static int probe_each(struct hooks *hooks, const struct capture_config *config, struct diag *d)
{
	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		int err;

		hooks->spare[i] = is_spare(hooks, config, i);
		err = hooks->spare[i] ? 0 : probe(hooks, config, i);
		hooks->refused[i] = err;
		if (!err || !table[i].needed)
			continue;
		if (geteuid())
			return diag_set(d, EXIT_MACHINE, -EPERM,
					"BPF: %s; run as root, or with CAP_BPF, CAP_PERFMON, "
					"CAP_SYS_ADMIN and CAP_SYS_PTRACE",
					strerror(err));
		return diag_set(d, EXIT_MACHINE, -err,
				"the kernel does not take the probe %s (%s); capture needs KVM, "
				"tracepoints and BTF: CONFIG_DEBUG_INFO_BTF, kvm loaded",
				table[i].program, strerror(err));
	}
	return 0;
}

static void unlink_all(struct hooks *hooks)
{
	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		bpf_link__destroy(hooks->links[i]);
		hooks->links[i] = NULL;
	}
}

/* All at once; nobody is traced before hooks_add_target(). */
static int attach_all(struct hooks *hooks, const struct capture_config *config)
{
	int rc = open_object(hooks, config, -1, &hooks->object);

	if (!rc)
		rc = object_load(&hooks->object);
	for (unsigned int i = 0; !rc && i < NR_HOOKS; i++) {
		struct bpf_program *program = program_of(&hooks->object, i);

		if (!program || hooks->refused[i] || hooks->spare[i])
			continue;
		hooks->links[i] = bpf_program__attach(program);
		rc = hooks->links[i] ? 0 : -errno;
	}
	if (rc) {
		unlink_all(hooks);
		object_close(&hooks->object);
	}
	return rc;
}

/* Probing each alone takes ten times as long, so it is done where not all are taken. */
static int attach(struct hooks *hooks, const struct capture_config *config, struct diag *d)
{
	int rc;

	for (unsigned int i = 0; i < NR_HOOKS; i++)
		hooks->spare[i] = is_spare(hooks, config, i);
	if (!attach_all(hooks, config))
		return 0;
	rc = probe_each(hooks, config, d);
	if (rc)
		return rc;
	rc = attach_all(hooks, config);
	if (rc)
		return diag_set(d, EXIT_MACHINE, rc,
				"the kernel takes each probe alone but not all together: %s; "
				"a smaller --ring may help",
				strerror(-rc));
	return 0;
}

static void leave_out_absent(struct hooks *hooks)
{
	for (unsigned int i = 0; i < NR_HOOKS; i++)
		if (!program_of(&hooks->object, i))
			hooks->spare[i] = true;
}

int hooks_attach(const struct capture_config *config, struct hooks **result, struct diag *d)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));
	int rc;

	if (!hooks)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	libbpf_set_print(silent); /* the causes are in the errnos, and reported once */
	hooks->nr_cpus = (unsigned int)libbpf_num_possible_cpus();
	hooks->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	rc = kernel_find(&hooks->kernel, d);
	if (!rc)
		rc = attach(hooks, config, d);
	if (rc) {
		hooks_free(hooks);
		return rc;
	}
	leave_out_absent(hooks);
	*result = hooks;
	return 0;
}

void hooks_detach(struct hooks *hooks)
{
	unlink_all(hooks);
	if (hooks->stats_fd >= 0)
		close(hooks->stats_fd);
	hooks->stats_fd = -1;
}

void hooks_free(struct hooks *hooks)
{
	if (!hooks)
		return;
	hooks_detach(hooks);
	object_close(&hooks->object);
	free(hooks);
}

int hooks_add_target(struct hooks *hooks, pid_t pid, struct diag *d)
{
	uint32_t key = (uint32_t)pid;
	uint8_t one = 1;

	if (bpf_map_update_elem(object_map_fd(&hooks->object, "targets"), &key, &one, BPF_ANY))
		return diag_set(d, EXIT_RUNTIME, -errno, "BPF map: %s", strerror(errno));
	return 0;
}

int hooks_add_vcpu(struct hooks *hooks, pid_t tid, unsigned int vcpu, struct diag *d)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(hooks->object.bpf, "threads");
	unsigned char *thread = calloc(1, bpf_map__value_size(map));
	uint32_t key = (uint32_t)tid;
	uint16_t index = (uint16_t)vcpu;
	int rc = thread ? 0 : -ENOMEM;

	if (!rc) {
		memcpy(thread, &index, sizeof(index)); /* first in struct thread */
		if (bpf_map_update_elem(bpf_map__fd(map), &key, thread, BPF_NOEXIST) &&
		    errno != EEXIST)
			rc = -errno;
	}
	free(thread);
	return rc ? diag_set(d, EXIT_RUNTIME, rc, "BPF map: %s", strerror(-rc)) : 0;
}

int hooks_find_vm(struct hooks *hooks, struct diag *d)
{
	struct bpf_link *link = hooks->links[NR_HOOKS - 1];
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	char buf[64];

	if (!link) /* the first access will tell */
		return 0;
	if (fd < 0)
		return diag_set(d, EXIT_RUNTIME, -errno, "BPF iterator: %s", strerror(errno));
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
	return 0;
}

int hooks_ring_fd(const struct hooks *hooks)
{
	return object_map_fd(&hooks->object, "ring");
}

const volatile struct record_vm *hooks_vm(const struct hooks *hooks)
{
	return hooks->object.vm;
}

unsigned int hooks_nr_cpus(const struct hooks *hooks)
{
	return hooks->nr_cpus;
}

int hooks_counts(const struct hooks *hooks, unsigned int class, struct record_count *counts)
{
	int fd = object_map_fd(&hooks->object, "counts");

	return bpf_map_lookup_elem(fd, &class, counts) ? -errno : 0;
}

void hooks_report(const struct hooks *hooks, struct capture_report *report)
{
	size_t used = 0;

	report->refused = 0;
	report->refusals[0] = '\0';
	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		if (!hooks->refused[i])
			continue;
		report->refused++;
		if (used < sizeof(report->refusals))
			used += (size_t)snprintf(report->refusals + used,
						 sizeof(report->refusals) - used, "%s%s (%s)",
						 used ? ", " : "", table[i].program,
						 cause(hooks->refused[i]));
	}
}

json_t *hooks_json(const struct hooks *hooks)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < NR_HOOKS; i++)
		json_object_set_new(
			object, table[i].program,
			json_string(hooks->spare[i] ? "not needed" : cause(hooks->refused[i])));
	return object;
}

static bool program_info(const struct hooks *hooks, unsigned int hook, struct bpf_prog_info *info)
{
	const struct bpf_program *program = program_of(&hooks->object, hook);
	int fd = program ? bpf_program__fd(program) : -1;
	uint32_t size = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, info, &size);
}

static uint64_t misses(const struct hooks *hooks, unsigned int hook)
{
	struct bpf_prog_info info;

	return program_info(hooks, hook, &info) ? info.recursion_misses : 0;
}

/* Runs that the kernel skipped although they may have told something: the most it can be. */
static uint64_t skipped(const struct hooks *hooks, unsigned int hook)
{
	enum record_standin standin = table[hook].standin;
	uint64_t missed = misses(hooks, hook), made_up;

	/* those of sys_enter and the like are mostly of other processes; a walk makes up for a
	 * change */
	if (table[hook].is_standin || !strncmp(table[hook].program, "s", 1) ||
	    !strcmp(table[hook].program, "kvm_arch_commit_memory_region"))
		return 0;
	made_up = hooks->object.vm->stood_in[standin];
	missed -= made_up < missed ? made_up : missed;
	for (unsigned int i = 0; standin && standin != STANDIN_LOOKUP && i < NR_HOOKS; i++)
		if (table[i].is_standin && table[i].standin == standin && !hooks->spare[i] &&
		    !hooks->refused[i] && misses(hooks, i) < missed)
			missed = misses(hooks, i); /* the others were other VMs' */
	return missed;
}

uint64_t hooks_skipped(const struct hooks *hooks)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < NR_HOOKS; i++)
		sum += skipped(hooks, i);
	return sum;
}

json_t *hooks_cost_json(const struct hooks *hooks)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		struct bpf_prog_info info;

		if (!program_info(hooks, i, &info))
			continue;
		json_object_set_new(object, table[i].program,
				    json_pack("{s:I,s:I,s:I,s:I}", "runs", (json_int_t)info.run_cnt,
					      "ns", (json_int_t)info.run_time_ns, "misses",
					      (json_int_t)info.recursion_misses, "lost",
					      (json_int_t)skipped(hooks, i)));
	}
	return object;
}

const char *hooks_blind(const struct hooks *hooks, enum trace_op op)
{
	if (op == TRACE_HVA && !is_taken(hooks, "kvm_mmu_notifier_invalidate_range_start"))
		return is_taken(hooks, "kvm_unmap_hva_range")
			       ? "only ranges that the VMM's own threads unmap"
			       : "neither the notifier nor its tracepoint can be hooked";
	for (unsigned int i = 0; i < NR_HOOKS; i++)
		if (hooks->refused[i] && table[i].ops & 1u << op)
			return cause(hooks->refused[i]);
	return NULL;
}
