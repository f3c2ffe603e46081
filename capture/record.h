/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF programs hand to the reader: ring records, counters, the VM's state. */
#ifndef CAPTURE_RECORD_H
#define CAPTURE_RECORD_H

#include <linux/types.h>

enum record_type {
	RECORD_ACCESS,
	RECORD_CHANGE,	 /* a slot is now as the record says; npages 0: it is gone */
	RECORD_SLOT,	 /* one slot of a walk */
	RECORD_ARRAY,	 /* a walk in one piece */
	RECORD_WALK_END, /* the walk is whole: no slot lost, generation the same before and after */
};

/*
 * Classes of loss accounting. The first are enum trace_op, as far as the kernel's word goes: it
 * does not tell ram, mapped and rom apart, and all three count as ram.
 */
enum record_class {
	CLASS_RAM,
	CLASS_MISS = 3,
	CLASS_MISS_STALE,
	CLASS_MISS_SPTE,
	CLASS_MISS_VCPU,
	CLASS_MISS_FAST,
	CLASS_HVA,
	CLASS_LOOKUP,
	CLASS_SLOTS, /* all records about slots */
	NR_CLASSES,
};

/* RECORD_ASK_SLOT: the kernel does not tell, the reader looks the gfn up. */
enum { RECORD_NO_SLOT = 0xffff, RECORD_ASK_SLOT = 0xfffe, RECORD_NO_VCPU = 0xffff };
#define RECORD_NO_DUR 0xffffffffu

/*
 * Slots and accesses are put in order by the slots' generation, not by time: a vCPU may use a new
 * slot before the ioctl that made it returns. A key is twice the generation; one more while the
 * update that will raise the generation is under way, because its result can be seen already.
 */
struct record_head {
	__u8 type, class;
	__u16 cpu;
	__u64 t_ns;
};

struct record_access {
	struct record_head head;
	__u8 as, flags; /* enum trace_flag */
	__u8 timed;	/* KVM tells of entries and exits here */
	__u8 zapped;	/* the key is of a generation that began with a zap of all SPTEs */
	__u16 vcpu, slot;
	__u32 span; /* exit to entry in ns, or RECORD_NO_DUR; hva: pages */
	__u64 gfn;  /* hva: host page number */
	__u64 key;
};

enum { RECORD_FILE_NAME = 32 };

struct record_slot {
	struct record_head head;
	__u8 as, has_vma;
	__u16 id;
	__u32 flags;
	__u32 vma_flags;
	__u64 walk;	  /* its number */
	__u64 generation; /* after the change */
	__u64 base_gfn, npages, hva;
	char file[RECORD_FILE_NAME]; /* that backs it, or "" */
};

/* 5.10 has up to 509 slots and 3 of KVM's own; later legacy kernels with more are not told whole.
 */
enum { RECORD_ARRAY_SLOTS = 512, RECORD_ARRAY_SLOT_BYTES = 88 };

/* All slots of an address space as they lie in the kernel, where they are an array. */
struct record_array {
	struct record_head head;
	__u8 as, whole;
	__u16 slot_bytes;
	__u32 nr;
	__u16 at_base_gfn, at_npages, at_hva, at_flags, at_id; /* in each slot */
	__u64 generation;
	unsigned char slots[RECORD_ARRAY_SLOTS * RECORD_ARRAY_SLOT_BYTES];
};

struct record_walk_end {
	struct record_head head;
	__u8 as, whole;
	__u32 nr_slots;
	__u64 walk, generation;
};

/* Given to the programs before they are loaded; all of their read-only data. */
struct record_settings {
	__u64 max_accesses;
	__s32 ret_pf_fixed, ret_pf_spurious; /* of fast_page_fault; the values differ by version */
	__u8 slots_from_commit;		     /* kvm_arch_commit_memory_region is attached */
	__u8 zero[7];
};

struct record_count { /* per class and CPU: attempts = read by the reader + lost */
	__u64 attempts, lost;
};

/* Hooks that have a stand-in (probes.bpf.h). */
enum record_standin {
	STANDIN_NONE,
	STANDIN_PAGE_FAULT,
	STANDIN_FAST_PAGE_FAULT,
	STANDIN_CHECK_MMIO_SPTE,
	STANDIN_HANDLE_MMIO,
	STANDIN_EMULATE_INSN,
	STANDIN_MMIO,
	STANDIN_FAST_MMIO,
	STANDIN_VCPU_LOOKUP,
	STANDIN_LOOKUP,
	NR_STANDINS,
};

struct record_vm {
	__u64 kvm;		     /* struct kvm of the VM that is traced; 0: none seen yet */
	__u64 generation[2];	     /* of the slots that the reader knows */
	__u64 zapped;		     /* generation at the latest zap of all SPTEs */
	__u32 updating;		     /* slot ioctls under way */
	__u64 walks;		     /* so far */
	__u64 attempts;		     /* of accesses, without hva */
	__u32 tgid;		     /* of the VMM */
	__u32 other_vms;	     /* seen in the traced processes, and left out */
	__u64 stood_in[NR_STANDINS]; /* runs that the kernel skipped and the stand-in made up for */
};

#endif
