/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we know of the kernel's structures, and every difference between versions. CO-RE finds the
 * offsets at load time; only the fields named here need to exist.
 *
 * kvm.bpf.c is for 5.17 and later. With KERNEL_LEGACY this is 5.10 to 5.15 (legacy.bpf.c), where
 *
 * - slots are an array, not a tree with a hash (5.17, a54d806688fe);
 * - a fault has no structure, so tracepoints tell pieces of it (before struct kvm_page_fault);
 * - 5.10 has no BTF of modules (5.11, 290248a5b7d8): KVM's tracepoints only as raw ones, whose
 *   arguments nobody checks, and its functions only as kprobes, without what they return;
 * - atomics give no old value (before 5.12), and there is no bpf_loop() and bpf_find_vma()
 *   (before 5.17).
 */
#ifndef CAPTURE_KERNEL_BPF_H
#define CAPTURE_KERNEL_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define __VMLINUX_H__ /* names of struct pt_regs as here, for BPF_KPROBE() */

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long di, si, dx; /* a system call's first three arguments */
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

#ifdef KERNEL_LEGACY
struct rb_node {
	struct rb_node *rb_right, *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct mm_struct { /* mappings are a tree before 6.1 */
	struct rb_root mm_rb;
};
#endif

struct task_struct {
	int pid, tgid;
	struct files_struct *files;
#ifdef KERNEL_LEGACY
	struct mm_struct *mm;
#endif
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
#ifdef KERNEL_LEGACY
	unsigned long vm_start, vm_end;
	struct rb_node vm_rb;
#endif
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct kvm_memory_slot {
#ifndef KERNEL_LEGACY
	struct hlist_node id_node[2];
#endif
	u64 base_gfn;
	unsigned long npages;
	unsigned long userspace_addr;
	u32 flags;
	short id;
	u16 as_id;
};

#ifdef KERNEL_LEGACY
struct kvm_memslots {
	u64 generation;
	int used_slots;
	struct kvm_memory_slot memslots[];
};
#else
/* A hash by id; node_idx says which of a slot's two nodes this set uses. */
struct kvm_memslots {
	u64 generation;
	struct hlist_head id_hash[128];
	int node_idx;
};
#endif

struct mmu_notifier {
	void *mm;
};

struct mmu_notifier_range {
	unsigned long start, end;
};

struct kvm {
	struct kvm_memslots *memslots[2]; /* 1 in kernels without SMM */
	struct mmu_notifier mmu_notifier;
};

#ifdef KERNEL_LEGACY
struct kvm_vcpu_arch {
	u32 hflags;
};
#endif

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_idx;
#ifdef KERNEL_LEGACY
	struct kvm_vcpu_arch arch;
#endif
};

#ifndef KERNEL_LEGACY
/* Private to the kvm module. Offsets moved in nearly every release. */
struct kvm_page_fault {
	u64 addr;
	bool prefetch, exec, write, is_tdp;
	u64 gfn;
	struct kvm_memory_slot *slot;
};
#endif

#pragma clang attribute pop

#ifdef KERNEL_LEGACY
#define SEC_KVM(name)	SEC("raw_tp/" name)
#define KVM_PFN_NOSLOT	(1ull << 63)
#define HF_SMM_MASK	(1 << 6) /* in kvm_vcpu_arch.hflags */
#define EXIT_REASON_EPT 48	 /* EPT violation; 49: misconfiguration */
#define EXIT_REASON_NPF 0x400

/* One more than asked can be let through if two vCPUs come at once, or two VMs at their start. */
static __always_inline u64 fetch_and_add(u64 *counter)
{
	u64 old = *(volatile u64 *)counter;

	__sync_fetch_and_add(counter, 1);
	return old;
}

static __always_inline bool set_first(u64 *place, u64 value)
{
	*(volatile u64 *)place = value;
	return true;
}
#else
#define SEC_KVM(name) SEC("tp_btf/" name)

static __always_inline u64 fetch_and_add(u64 *counter)
{
	return __sync_fetch_and_add(counter, 1);
}

/* False: another was first. */
static __always_inline bool set_first(u64 *place, u64 value)
{
	return !__sync_val_compare_and_swap(place, 0, value);
}
#endif

#define KVM_GENERATION_UPDATING (1ull << 63) /* 5.0 and later */

/* include/uapi/linux/kvm.h: stable */
#define KVM_RUN_CMD	    0xae80
#define KVM_SET_REGION_CMD  0x4020ae46
#define KVM_SET_REGION2_CMD 0x40a0ae49 /* 6.8; begins as the older one */
#define IOCTL_NR	    16	       /* x86-64 */

#endif
