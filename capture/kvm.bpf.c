// SPDX-License-Identifier: GPL-2.0-only
/* The probes of 5.17 and later: slots in trees, faults as struct kvm_page_fault, BTF of kvm. */
#include "capture/probes.bpf.h"

/* ---- slots ---- */

struct walk {
	struct kvm_memslots *slots;
	struct hlist_node *node;
	u32 node_idx, nr, as;
	u32 lost; /* not counted: the verifier would follow each value */
	u64 number, generation;
};

static int walk_slot(u32 i, struct walk *walk)
{
	struct kvm_memory_slot *slot;
	struct record_slot *record;

	if (!walk->node)
		return 1;
	slot = (void *)walk->node - bpf_core_field_offset(struct kvm_memory_slot, id_node) -
	       walk->node_idx * 2 * sizeof(void *);
	walk->nr++;
	record = reserve(RECORD_SLOT, CLASS_SLOTS, sizeof(*record));
	if (!record) {
		walk->lost = 1;
		return 1;
	}
	record->has_vma = 0;
	record->walk = walk->number;
	record->as = walk->as;
	record->id = BPF_CORE_READ(slot, id);
	record->flags = BPF_CORE_READ(slot, flags);
	record->generation = walk->generation;
	record->base_gfn = BPF_CORE_READ(slot, base_gfn);
	record->npages = BPF_CORE_READ(slot, npages);
	record->hva = BPF_CORE_READ(slot, userspace_addr);
	submit_quietly(record);
	/* hlist_node.next is its first field */
	if (bpf_probe_read_kernel(&walk->node, sizeof(walk->node), walk->node))
		walk->lost = 1, walk->node = NULL;
	return 0;
}

static int walk_bucket(u32 i, struct walk *walk)
{
	struct kvm_memslots *slots = walk->slots;

	bpf_probe_read_kernel(&walk->node, sizeof(walk->node), &slots->id_hash[i & 127]);
	bpf_loop(1024, walk_slot, walk, 0);
	return walk->lost != 0;
}

/*
 * Not under SRCU, so the reader drops a walk that is not whole. The set that was walked may have
 * become the spare one meanwhile: the generation is read by way of the VM again.
 */
static __noinline int walk_slots(u32 as)
{
	struct kvm_memslots *slots = slots_of(vm.kvm, as);
	struct walk walk = { .as = as & 1, .slots = slots };
	struct record_walk_end *end;
	u64 after;

	if (!slots)
		return 0;
	walk.number = __sync_fetch_and_add(&vm.walks, 1);
	walk.node_idx = BPF_CORE_READ(slots, node_idx) & 1;
	walk.generation = BPF_CORE_READ(slots, generation);
	bpf_loop(128, walk_bucket, &walk, 0);
	after = generation_of(vm.kvm, as);
	end = reserve(RECORD_WALK_END, CLASS_SLOTS, sizeof(*end));
	if (!end)
		return 0;
	end->as = walk.as;
	end->whole = !walk.lost && after == walk.generation && !(after & KVM_GENERATION_UPDATING);
	end->walk = walk.number;
	end->nr_slots = walk.nr;
	end->generation = walk.generation;
	if (end->whole)
		reader_knows(as & 1, walk.generation);
	bpf_ringbuf_submit(end, BPF_RB_FORCE_WAKEUP);
	return 0;
}

static long on_vma(struct task_struct *task, struct vm_area_struct *vma, struct record_slot *record)
{
	note_vma(record, vma);
	return 0;
}

static void find_vma(struct record_slot *change)
{
	bpf_find_vma(bpf_get_current_task_btf(), change->hva, on_vma, change, 0);
}

/*
 * After the new slots are in force, with their final generation; KVM's own slots included. @new is
 * NULL for a deletion.
 */
SEC("fentry/kvm_arch_commit_memory_region")
int BPF_PROG(kvm_arch_commit_memory_region, struct kvm *kvm, struct kvm_memory_slot *old,
	     struct kvm_memory_slot *new)
{
	struct kvm_memory_slot *slot = new ? new : old;
	struct record_slot change = {};

	if (!is_traced((u64)kvm))
		return 0;
	change.as = BPF_CORE_READ(slot, as_id) & 1;
	change.id = BPF_CORE_READ(slot, id);
	if (new) {
		change.flags = BPF_CORE_READ(slot, flags);
		change.base_gfn = BPF_CORE_READ(slot, base_gfn);
		change.npages = BPF_CORE_READ(slot, npages);
		change.hva = BPF_CORE_READ(slot, userspace_addr);
	}
	put_change(&change, (u64)kvm);
	return 0;
}

/* ---- faults ---- */

/* What the kernel's BTF gives a type to is read in place; by bpf_probe_read_kernel() each field
 * would be a call. */
static __always_inline int fault_settled(struct thread *thread, struct kvm_page_fault *fault,
					 u8 extra)
{
	struct access *access = &thread->access;
	struct kvm_memory_slot *slot = fault->slot;
	u8 flags = extra;

	if (access->settled) /* one more before the entry, such as a page that came in meanwhile */
		hand_over(thread, 0);
	if (fault->write)
		flags |= FLAG_WRITE;
	if (fault->exec)
		flags |= FLAG_EXEC;
	if (fault->prefetch)
		flags |= FLAG_PREFETCH;
	if (!fault->is_tdp)
		flags |= FLAG_SHADOW;
	if (slot)
		settle(thread, CLASS_RAM, fault->gfn, slot->as_id, slot->id, flags);
	else
		settle(thread, access->stale ? CLASS_MISS_STALE : CLASS_MISS, fault->gfn, 0,
		       RECORD_NO_SLOT, flags);
	return 0;
}

SEC_KVM("kvm_exit")
int BPF_PROG(kvm_exit, struct kvm_vcpu *vcpu, u32 isa)
{
	exited(vcpu, isa);
	return 0;
}

PROBE(SEC_KVM("kvm_page_fault"), kvm_page_fault, PAGE_FAULT, thread_of(vcpu),
      fault_began(thread, error), struct kvm_vcpu *vcpu, u64 address, u64 error)

/* Under the MMU lock, so never preempted. */
SEC_KVM("kvm_mmu_spte_requested")
int BPF_PROG(kvm_mmu_spte_requested, struct kvm_page_fault *fault)
{
	struct thread *thread = this_thread();

	if (thread && fault)
		fault_settled(thread, fault, 0);
	return 0;
}

PROBE(SEC_KVM("fast_page_fault"), fast_page_fault, FAST_PAGE_FAULT, thread_of(vcpu),
      fault &&is_fast(ret) ? fault_settled(thread, fault, FLAG_FAST) : 0, struct kvm_vcpu *vcpu,
      struct kvm_page_fault *fault, u64 *sptep, u64 old, int ret)

/* ---- every search, whoever asks ---- */

static __always_inline int put_slot_lookup(struct thread *thread, u64 gfn,
					   struct kvm_memory_slot *slot)
{
	if (!slot)
		return put_lookup(thread, gfn, 0, RECORD_NO_SLOT);
	return put_lookup(thread, gfn, slot->as_id & 1, slot->id);
}

PROBE(SEC("fexit/kvm_vcpu_gfn_to_memslot"), kvm_vcpu_gfn_to_memslot, VCPU_LOOKUP, thread_of(vcpu),
      put_slot_lookup(thread, gfn, slot), struct kvm_vcpu *vcpu, u64 gfn,
      struct kvm_memory_slot *slot)

SEC("fexit/gfn_to_memslot")
int BPF_PROG(gfn_to_memslot, struct kvm *kvm, u64 gfn, struct kvm_memory_slot *slot)
{
	struct thread *thread = first(STANDIN_LOOKUP, this_thread());

	return is_traced((u64)kvm) ? put_slot_lookup(thread, gfn, slot) : 0;
}

/* For vCPUs only: of other threads it cannot tell whether the first has run. */
SEC("fexit/gfn_to_memslot")
int BPF_PROG(gfn_to_memslot_standin, struct kvm *kvm, u64 gfn, struct kvm_memory_slot *slot)
{
	struct thread *thread = stand_in(STANDIN_LOOKUP, this_thread());

	return thread && is_traced((u64)kvm) ? put_slot_lookup(thread, gfn, slot) : 0;
}

/* ---- the host takes pages away ---- */

SEC("fentry/kvm_mmu_notifier_invalidate_range_start")
int BPF_PROG(kvm_mmu_notifier_invalidate_range_start, struct mmu_notifier *mn,
	     struct mmu_notifier_range *range)
{
	return put_notified(mn, range);
}

/* Without the VM: only what the VMM's own threads do can be told from other VMs'. */
SEC_KVM("kvm_unmap_hva_range")
int BPF_PROG(kvm_unmap_hva_range, unsigned long start, unsigned long end)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	return vm.kvm && tgid == vm.tgid ? put_range(start, end) : 0;
}
