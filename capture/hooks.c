// SPDX-License-Identifier: GPL-2.0-only
#include "capture/hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/kvm.skel.h"

#define BIT(op) (1u << TRACE_##op)

struct hook {
	const char *program; /* in kvm.bpf.c */
	bool needed;	     /* without it there is no trace */
	unsigned int ops;    /* that nothing else gives */
};

static const struct hook table[] = {
	{ "sys_enter", true, 0 },
	{ "sys_exit", true, 0 },
	{ "sched_process_fork", false, 0 },
	{ "sched_process_exit", false, 0 },
	{ "kvm_mmu_spte_requested", true, BIT(RAM) | BIT(MAPPED) },
	{ "kvm_mmio", false, BIT(MISS) | BIT(MISS_VCPU) | BIT(ROM) },
	{ "kvm_emulate_insn", false, 0 },
	{ "kvm_entry", false, 0 },
	{ "kvm_exit", false, 0 },
	{ "kvm_page_fault", false, BIT(MISS_VCPU) },
	{ "fast_page_fault", false, 0 },
	{ "check_mmio_spte", false, BIT(MISS_STALE) },
	{ "handle_mmio_page_fault", false, BIT(MISS_SPTE) },
	{ "kvm_fast_mmio", false, BIT(MISS_FAST) },
	{ "kvm_arch_commit_memory_region", false, 0 },
	{ "kvm_mmu_notifier_invalidate_range_start", false, 0 },
	{ "kvm_unmap_hva_range", false, 0 },
	{ "kvm_vcpu_gfn_to_memslot", false, BIT(LOOKUP) },
	{ "gfn_to_memslot", false, BIT(LOOKUP) },
	{ "running_vm", false, 0 }, /* last: hooks_find_vm() */
};
enum { NR_HOOKS = sizeof(table) / sizeof(table[0]) };

struct hooks {
	struct kvm_bpf *skel;
	struct bpf_link *links[NR_HOOKS];
	int refused[NR_HOOKS]; /* errno, 0: taken */
	bool spare[NR_HOOKS];  /* left out by choice */
	unsigned int nr_cpus;
	int stats_fd;
	char why[128];
};

static int silent(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level, (void)format, (void)ap;
	return 0;
}

static struct bpf_program *program_of(const struct kvm_bpf *skel, unsigned int hook)
{
	return bpf_object__find_program_by_name(skel->obj, table[hook].program);
}

/* Load with only @hook; 0 or the errno of the refusal. */
static int probe(unsigned int hook)
{
	struct kvm_bpf *skel = kvm_bpf__open();
	struct bpf_link *link = NULL;
	int rc;

	if (!skel)
		return errno;
	for (unsigned int i = 0; i < NR_HOOKS; i++)
		bpf_program__set_autoload(program_of(skel, i), i == hook);
	bpf_map__set_max_entries(skel->maps.ring, (uint32_t)getpagesize());
	rc = -kvm_bpf__load(skel);
	if (!rc) {
		link = bpf_program__attach(program_of(skel, hook));
		rc = link ? 0 : errno;
	}
	bpf_link__destroy(link);
	kvm_bpf__destroy(skel);
	return rc;
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

/* Taken by the kernel, but not wanted: the searches unless asked for, and the poorer of two. */
static bool is_spare(const struct hooks *hooks, const struct capture_config *config, unsigned int i)
{
	if (table[i].ops & BIT(LOOKUP))
		return !config->lookups;
	return !strcmp(table[i].program, "kvm_unmap_hva_range") &&
	       is_taken(hooks, "kvm_mmu_notifier_invalidate_range_start");
}

static int probe_all(struct hooks *hooks, const struct capture_config *config, struct diag *d)
{
	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		int err = is_spare(hooks, config, i) ? 0 : probe(i);

		hooks->refused[i] = err;
		hooks->spare[i] = is_spare(hooks, config, i);
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

/* RET_PF_* has no type name that CO-RE could go by, so its members are looked up here. */
static int enumerator(const struct btf *btf, const char *name)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (!btf_is_enum(type))
			continue;
		for (uint32_t i = 0; i < btf_vlen(type); i++) {
			const struct btf_enum *e = btf_enum(type) + i;

			if (!strcmp(btf__name_by_offset(btf, e->name_off), name))
				return e->val;
		}
	}
	return -1;
}

static void find_enumerators(struct kvm_bpf *skel)
{
	struct btf *base = btf__load_vmlinux_btf();
	struct btf *module = base ? btf__load_module_btf("kvm", base) : NULL;
	const struct btf *btf = module ? module : base;

	if (btf) {
		skel->rodata->ret_pf_fixed = enumerator(btf, "RET_PF_FIXED");
		skel->rodata->ret_pf_spurious = enumerator(btf, "RET_PF_SPURIOUS");
	}
	btf__free(module);
	btf__free(base);
}

static uint32_t ring_size(uint64_t asked)
{
	uint64_t size = (uint64_t)getpagesize();

	while (size < asked && size < 1u << 30)
		size *= 2;
	return (uint32_t)size;
}

static int load(struct hooks *hooks, const struct capture_config *config, struct diag *d)
{
	int rc;

	hooks->skel = kvm_bpf__open();
	if (!hooks->skel)
		return diag_set(d, EXIT_RUNTIME, -errno, "BPF object: %s", strerror(errno));
	for (unsigned int i = 0; i < NR_HOOKS; i++)
		bpf_program__set_autoload(program_of(hooks->skel, i),
					  !hooks->refused[i] && !hooks->spare[i]);
	bpf_map__set_max_entries(hooks->skel->maps.ring, ring_size(config->ring_bytes));
	if (config->max_events)
		hooks->skel->rodata->max_accesses = config->max_events;
	hooks->skel->rodata->slots_from_commit = is_taken(hooks, "kvm_arch_commit_memory_region");
	find_enumerators(hooks->skel);
	rc = kvm_bpf__load(hooks->skel);
	if (rc)
		return diag_set(d, EXIT_MACHINE, rc,
				"the kernel takes each probe alone but not all together: %s; "
				"a smaller --ring may help",
				strerror(-rc));
	return 0;
}

int hooks_load(const struct capture_config *config, struct hooks **result, struct diag *d)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));
	int rc;

	if (!hooks)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	libbpf_set_print(silent); /* the causes are in the errnos, and reported once */
	hooks->nr_cpus = (unsigned int)libbpf_num_possible_cpus();
	hooks->stats_fd = -1;
	rc = probe_all(hooks, config, d);
	if (!rc)
		rc = load(hooks, config, d);
	if (rc) {
		hooks_free(hooks);
		return rc;
	}
	*result = hooks;
	return 0;
}

/* In the table's order: who is traced is known before the first access is seen. */
int hooks_attach(struct hooks *hooks, struct diag *d)
{
	hooks->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		if (hooks->refused[i] || hooks->spare[i])
			continue;
		hooks->links[i] = bpf_program__attach(program_of(hooks->skel, i));
		if (!hooks->links[i])
			return diag_set(d, EXIT_RUNTIME, -errno, "attaching %s: %s",
					table[i].program, strerror(errno));
	}
	return 0;
}

void hooks_detach(struct hooks *hooks)
{
	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		bpf_link__destroy(hooks->links[i]);
		hooks->links[i] = NULL;
	}
	if (hooks->stats_fd >= 0)
		close(hooks->stats_fd);
	hooks->stats_fd = -1;
}

void hooks_free(struct hooks *hooks)
{
	if (!hooks)
		return;
	hooks_detach(hooks);
	kvm_bpf__destroy(hooks->skel);
	free(hooks);
}

int hooks_add_target(struct hooks *hooks, pid_t pid, struct diag *d)
{
	uint32_t key = (uint32_t)pid;
	uint8_t one = 1;

	if (bpf_map_update_elem(bpf_map__fd(hooks->skel->maps.targets), &key, &one, BPF_ANY))
		return diag_set(d, EXIT_RUNTIME, -errno, "BPF map: %s", strerror(errno));
	return 0;
}

int hooks_add_vcpu(struct hooks *hooks, pid_t tid, unsigned int vcpu, struct diag *d)
{
	const struct bpf_map *map = hooks->skel->maps.threads;
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
	return bpf_map__fd(hooks->skel->maps.ring);
}

const volatile struct record_vm *hooks_vm(const struct hooks *hooks)
{
	return (const volatile struct record_vm *)&hooks->skel->bss->vm;
}

unsigned int hooks_nr_cpus(const struct hooks *hooks)
{
	return hooks->nr_cpus;
}

int hooks_counts(const struct hooks *hooks, unsigned int class, struct record_count *counts)
{
	return bpf_map_lookup_elem(bpf_map__fd(hooks->skel->maps.counts), &class, counts) ? -errno
											  : 0;
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

json_t *hooks_cost_json(const struct hooks *hooks)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < NR_HOOKS; i++) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);
		int fd = bpf_program__fd(program_of(hooks->skel, i));

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			continue;
		json_object_set_new(object, table[i].program,
				    json_pack("{s:I,s:I,s:I}", "runs", (json_int_t)info.run_cnt,
					      "ns", (json_int_t)info.run_time_ns, "misses",
					      (json_int_t)info.recursion_misses));
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
