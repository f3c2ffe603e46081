/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we know of the kernel's structures, and where versions differ. CO-RE finds the offsets at
 * load time; only the fields named here need to exist, and those guarded by
 * bpf_core_field_exists() not even that.
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

struct task_struct {
	int pid, tgid;
	struct files_struct *files;
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

/* 5.17 and later: a hash by id; node_idx says which of a slot's two nodes this set uses. */
struct kvm_memslots {
	u64 generation;
	struct hlist_head id_hash[128];
	int node_idx;
};

struct kvm_memory_slot {
	struct hlist_node id_node[2];
	u64 base_gfn;
	unsigned long npages;
	unsigned long userspace_addr;
	u32 flags;
	short id;
	u16 as_id;
};

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

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_idx;
};

/* 5.17 and later; private to the kvm module. Offsets moved in nearly every release. */
struct kvm_page_fault {
	u64 addr;
	bool prefetch, exec, write, is_tdp;
	u64 gfn;
	struct kvm_memory_slot *slot;
};

#pragma clang attribute pop

#define KVM_GENERATION_UPDATING (1ull << 63) /* 5.0 and later */

/* include/uapi/linux/kvm.h: stable */
#define KVM_RUN_CMD	    0xae80
#define KVM_SET_REGION_CMD  0x4020ae46
#define KVM_SET_REGION2_CMD 0x40a0ae49 /* 6.8; begins as the older one */
#define IOCTL_NR	    16	       /* x86-64 */

#endif
