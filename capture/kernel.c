// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF decides, since distributions carry changes back: slots in an array (up to 5.16) and no
 * struct kvm_page_fault (up to 5.15). Where kvm's own BTF is missing, as always in 5.10, the
 * release says the latter.
 */
#include "capture/kernel.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

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

static bool has_member(const struct btf *btf, const char *structure, const char *name)
{
	int id = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;

	for (uint32_t i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), name))
			return true;
	return false;
}

static bool is_before(unsigned int major, unsigned int minor)
{
	unsigned int is_major = 0, is_minor = 0;
	struct utsname name;

	uname(&name);
	return sscanf(name.release, "%u.%u", &is_major, &is_minor) == 2 &&
	       (is_major < major || (is_major == major && is_minor < minor));
}

static int find(struct kernel *kernel, const struct btf *btf, struct diag *d)
{
	bool faults = has_member(btf, "kvm_page_fault", "gfn");

	*kernel = (struct kernel){
		.legacy = has_member(btf, "kvm_memslots", "used_slots"),
		/* tracepoints run under SRCU instead of with preemption off: seen in 7.2, not
		   in 6.18 */
		.preempts = !is_before(6, 19),
		.ret_pf_fixed = enumerator(btf, "RET_PF_FIXED"),
		.ret_pf_spurious = enumerator(btf, "RET_PF_SPURIOUS"),
	};
	if (!kernel->legacy)
		return 0;
	if (faults || !is_before(5, 16))
		return diag_set(d, EXIT_MACHINE, -ENOSYS,
				"this KVM has slots as up to 5.15 but faults as since 5.16, and "
				"no probes fit both; use a kernel up to 5.15 or from 5.17 on");
	if (kernel->ret_pf_fixed < 0) { /* 5.10 has no BTF of kvm; 5.10 to 5.15 have these values */
		kernel->ret_pf_fixed = 3;
		kernel->ret_pf_spurious = 4;
	}
	return 0;
}

int kernel_find(struct kernel *kernel, struct diag *d)
{
	struct btf *base = btf__load_vmlinux_btf(), *module;
	int rc;

	if (!base)
		return diag_set(d, EXIT_MACHINE, -errno,
				"/sys/kernel/btf/vmlinux: %s; capture needs a kernel with "
				"CONFIG_DEBUG_INFO_BTF",
				strerror(errno));
	module = btf__load_module_btf("kvm", base);
	rc = find(kernel, module ? module : base, d);
	btf__free(module);
	btf__free(base);
	return rc;
}
