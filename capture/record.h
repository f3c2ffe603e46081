/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF programs hand to the reader: ring records, counters, the VM's state. */
#ifndef CAPTURE_RECORD_H
#define CAPTURE_RECORD_H

#include <linux/types.h>

enum record_type {
	RECORD_ACCESS,
	RECORD_CHANGE,	 /* a slot is now as the record says; npages 0: it is gone */
	RECORD_SLOT,	 /* one slot of a walk */
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

enum { RECORD_NO_SLOT = 0xffff, RECORD_NO_VCPU = 0xffff };
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
	__u32 walk; /* its number */
	__u32 vma_flags;
	__u64 generation; /* after the change */
	__u64 base_gfn, npages, hva;
	char file[RECORD_FILE_NAME]; /* that backs it, or "" */
};

struct record_walk_end {
	struct record_head head;
	__u8 as, whole;
	__u32 walk, nr_slots;
	__u64 generation;
};

struct record_count { /* per class and CPU: attempts = read by the reader + lost */
	__u64 attempts, lost;
};

struct record_vm {
	__u64 kvm;	     /* struct kvm of the VM that is traced; 0: none seen yet */
	__u64 generation[2]; /* of the slots that the reader knows */
	__u32 updating;	     /* slot ioctls under way */
	__u32 walks;	     /* so far */
	__u64 attempts;	     /* of accesses, without hva */
	__u32 tgid;	     /* of the VMM */
	__u32 other_vms;     /* seen in the traced processes, and left out */
};

#endif
