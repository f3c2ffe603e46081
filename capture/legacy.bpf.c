// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probes of 5.10 to 5.15: slots in an array, faults told in pieces; kernel.bpf.h has the
 * reasons. Arguments of the raw tracepoints are those of 5.10 (arch/x86/kvm/trace.h,
 * mmu/mmutrace.h).
 *
 * KVM tells no slot here: the reader looks the gfn up in the slots of the access's generation.
 */
#define KERNEL_LEGACY
#include "capture/kernel.bpf.h"

/*
 * What is known of the fault that is handled. Shadow paging requests an SPTE by guest-virtual
 * address; the gfn follows when the SPTE is set.
 */
struct legacy {
	bool shadow; /* the last exit was an ordinary page fault */
	bool open;   /* an SPTE is requested, the gfn is still to come */
	u8 as;	     /* SMM or not, at the last exit */
	u64 address; /* that was requested */
};

#include "capture/probes.bpf.h"

/* ---- slots ---- */

static __always_inline void read_array(struct record_array *record, struct kvm_memslots *slots)
{
	void *first = (void *)slots + bpf_core_field_offset(struct kvm_memslots, memslots);
	u32 nr = BPF_CORE_READ(slots, used_slots);
	u64 bytes = bpf_core_type_size(struct kvm_memory_slot) * (u64)nr;

	record->generation = BPF_CORE_READ(slots, generation);
	record->nr = nr;
	record->slot_bytes = bpf_core_type_size(struct kvm_memory_slot);
	record->at_base_gfn = bpf_core_field_offset(struct kvm_memory_slot, base_gfn);
	record->at_npages = bpf_core_field_offset(struct kvm_memory_slot, npages);
	record->at_hva = bpf_core_field_offset(struct kvm_memory_slot, userspace_addr);
	record->at_flags = bpf_core_field_offset(struct kvm_memory_slot, flags);
	record->at_id = bpf_core_field_offset(struct kvm_memory_slot, id);
	record->whole = bytes <= sizeof(record->slots) &&
			!bpf_probe_read_kernel(record->slots, bytes, first);
}

/*
 * The array in one piece, for the reader to take apart: a loop over 512 slots costs the verifier of
 * 5.10 a second in each program.
 */
static __noinline int walk_slots(u32 as)
{
	struct kvm_memslots *slots = slots_of(vm.kvm, as);
	struct record_array *record;

	if (!slots)
		return 0;
	record = reserve(RECORD_ARRAY, CLASS_SLOTS, sizeof(*record));
	if (!record)
		return 0;
	record->as = as & 1;
	read_array(record, slots);
	if (generation_of(vm.kvm, as) != record->generation ||
	    record->generation & KVM_GENERATION_UPDATING)
		record->whole = false;
	if (record->whole)
		reader_knows(as & 1, record->generation);
	bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* Without the lock, but the VMM is in its ioctl and sees to it that the mapping stays. */
static void find_vma(struct record_slot *change)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct rb_node *node = BPF_CORE_READ(task, mm, mm_rb.rb_node);

	for (int depth = 0; depth < 48 && node; depth++) {
		struct vm_area_struct *vma =
			(void *)node - bpf_core_field_offset(struct vm_area_struct, vm_rb);

		if (change->hva < BPF_CORE_READ(vma, vm_start)) {
			node = BPF_CORE_READ(node, rb_left);
		} else if (change->hva >= BPF_CORE_READ(vma, vm_end)) {
			node = BPF_CORE_READ(node, rb_right);
		} else {
			note_vma(change, vma);
			return;
		}
	}
}

/* ---- faults ---- */

SEC_KVM("kvm_exit")
int BPF_PROG(kvm_exit, unsigned int reason, struct kvm_vcpu *vcpu, u32 isa)
{
	struct thread *thread = exited(vcpu, isa);

	if (!thread)
		return 0;
	reason &= 0xffff;
	thread->legacy.shadow = thread->intel
					? reason != EXIT_REASON_EPT && reason != EXIT_REASON_EPT + 1
					: reason != EXIT_REASON_NPF;
	thread->legacy.as = (BPF_CORE_READ(vcpu, arch.hflags) & HF_SMM_MASK) != 0;
	thread->legacy.open = false;
	return 0;
}

SEC_KVM("kvm_page_fault")
int BPF_PROG(kvm_page_fault, unsigned long address, u32 error)
{
	struct thread *thread = this_thread();

	if (!thread)
		return 0;
	fault_began(thread, error);
	if (!thread->intel && error & 16)
		thread->access.flags |= FLAG_EXEC;
	if (thread->intel && !thread->legacy.shadow) /* the exit qualification */
		thread->access.flags = (error & 2 ? FLAG_WRITE : 0) | (error & 4 ? FLAG_EXEC : 0);
	return 0;
}

static __always_inline void fault_settled(struct thread *thread, u64 gfn, u8 extra, bool miss)
{
	struct access *access = &thread->access;
	u8 flags = extra;

	thread->legacy.open = false;
	if (access->settled) /* one more before the entry, such as a page that came in meanwhile */
		hand_over(thread, 0);
	if (!access->begun &&
	    !miss) /* an asynchronous page that came in: kvm_arch_async_page_ready() */
		flags |= FLAG_PREFETCH;
	if (access->begun && thread->legacy.shadow)
		flags |= FLAG_SHADOW;
	if (miss)
		settle(thread, access->stale ? CLASS_MISS_STALE : CLASS_MISS, gfn, 0,
		       RECORD_NO_SLOT, flags);
	else
		settle(thread, CLASS_RAM, gfn, thread->legacy.as, RECORD_ASK_SLOT, flags);
}

SEC_KVM("kvm_mmu_spte_requested")
int BPF_PROG(kvm_mmu_spte_requested, u64 address, int level, u64 pfn)
{
	struct thread *thread = this_thread();

	if (!thread)
		return 0;
	if (thread->legacy.shadow) {
		thread->legacy.open = true;
		thread->legacy.address = address;
	} else {
		fault_settled(thread, address >> 12, 0, pfn == KVM_PFN_NOSLOT);
	}
	return 0;
}

SEC_KVM("mark_mmio_spte")
int BPF_PROG(mark_mmio_spte, u64 *sptep, u64 gfn)
{
	struct thread *thread = this_thread();

	if (thread && thread->legacy.open)
		fault_settled(thread, gfn, 0, true);
	return 0;
}

/* @gfn is the first of a large page; within it guest-virtual and guest-physical agree. */
SEC_KVM("kvm_mmu_set_spte")
int BPF_PROG(kvm_mmu_set_spte, int level, u64 gfn, u64 *sptep)
{
	struct thread *thread = this_thread();
	u64 within = (1ull << 9 * ((level - 1) & 3)) - 1;

	if (thread && thread->legacy.open)
		fault_settled(thread, (gfn & ~within) | (thread->legacy.address >> 12 & within), 0,
			      false);
	return 0;
}

SEC_KVM("fast_page_fault")
int BPF_PROG(fast_page_fault, struct kvm_vcpu *vcpu, u64 gpa, u32 error, u64 *sptep, u64 old,
	     int ret)
{
	struct thread *thread = this_thread();

	if (thread && is_fast(ret))
		fault_settled(thread, gpa >> 12, FLAG_FAST, false);
	return 0;
}

/* ---- every search, whoever asks ---- */

SEC("kprobe/kvm_vcpu_gfn_to_memslot")
int BPF_KPROBE(kvm_vcpu_gfn_to_memslot, struct kvm_vcpu *vcpu, u64 gfn)
{
	struct thread *thread = thread_of(vcpu);

	return thread ? put_lookup(thread, gfn, thread->legacy.as, RECORD_ASK_SLOT) : 0;
}

SEC("kprobe/gfn_to_memslot")
int BPF_KPROBE(gfn_to_memslot, struct kvm *kvm, u64 gfn)
{
	return is_traced((u64)kvm) ? put_lookup(this_thread(), gfn, 0, RECORD_ASK_SLOT) : 0;
}

/* ---- the host takes pages away ---- */

SEC("kprobe/kvm_mmu_notifier_invalidate_range_start")
int BPF_KPROBE(kvm_mmu_notifier_invalidate_range_start, struct mmu_notifier *mn,
	       struct mmu_notifier_range *range)
{
	return put_notified(mn, range);
}
