/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the probes of all kernels share: maps, records, an access from exit to entry, and the probes
 * whose arguments never changed. kvm.bpf.c has the others of 5.17 and later, legacy.bpf.c those of
 * before. Each probe is optional: the loader leaves out what the kernel or its policy refuses.
 *
 * One access becomes one record. Where KVM tells of entries and exits, what happens between an exit
 * and the next entry is gathered in the thread's state and handed over at the entry, with its
 * duration; elsewhere a record is handed over as soon as its kind is known. docs/capture.md tells
 * which hook gives which op.
 */
#ifndef CAPTURE_PROBES_BPF_H
#define CAPTURE_PROBES_BPF_H

#include "capture/kernel.bpf.h"
#include "capture/record.h"

enum {
	FLAG_WRITE = 1,
	FLAG_EXEC = 2,
	FLAG_SMM = 4,
	FLAG_FAST = 8,
	FLAG_PREFETCH = 16,
	FLAG_SHADOW = 32,
	FLAG_UPDATING = 64,
}; /* enum trace_flag; capture.c asserts it */

char license_text[] SEC("license") = "GPL";

const volatile struct record_settings settings = {};

struct record_vm vm;

struct access {
	bool begun;   /* a fault is being handled */
	bool settled; /* and what served it is known */
	bool rsvd, checked, stale, emulated;
	bool zapped; /* at the time of the key */
	u8 class, as, flags;
	u16 slot;
	u64 gfn;
	u64 key; /* of the moment when KVM asked its caches, or settled it; 0: neither yet */
};

struct thread {
	u16 vcpu;
	bool timed;	  /* this host tells of entries and exits */
	bool emulating;	  /* an instruction, whose first access is still to come */
	bool unsatisfied; /* a read that the VMM will complete */
	bool intel;
	u8 ran; /* enum record_standin: the hook whose program has run, not its stand-in yet */
	u64 exit_ns;
	struct access access;
#ifdef KERNEL_LEGACY
	struct legacy legacy;
#endif
};

struct region { /* arguments of a slot ioctl under way */
	u64 kvm;
	u32 slot, flags;
	u64 gpa, size, hva;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_CLASSES);
	__type(key, u32);
	__type(value, struct record_count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u8);
} targets SEC(".maps"); /* processes whose VM is traced */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, struct thread);
} threads SEC(".maps"); /* by tid: the vCPUs of the VM */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct region);
} regions SEC(".maps"); /* by tid */

/* ---- records ---- */

static __always_inline void *reserve_at(u64 t_ns, u8 type, u32 class, u64 size)
{
	struct record_count *count = bpf_map_lookup_elem(&counts, &class);
	struct record_head *record;

	if (!count)
		return NULL;
	__sync_fetch_and_add(&count->attempts, 1);
	record = bpf_ringbuf_reserve(&ring, size, 0);
	if (!record) {
		__sync_fetch_and_add(&count->lost, 1);
		return NULL;
	}
	record->type = type;
	record->class = class;
	record->cpu = bpf_get_smp_processor_id();
	record->t_ns = t_ns;
	return record;
}

static __always_inline void *reserve(u8 type, u32 class, u64 size)
{
	return reserve_at(bpf_ktime_get_ns(), type, class, size);
}

/* The reader looks by the clock; wake it only for what must be dealt with at once. */
static __always_inline void submit_quietly(void *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

/* ---- slots ---- */

static __always_inline struct kvm_memslots *slots_of(u64 kvm, u32 as)
{
	struct kvm_memslots *slots = NULL;

	bpf_probe_read_kernel(&slots, sizeof(slots), &((struct kvm *)kvm)->memslots[as & 1]);
	return slots;
}

static __always_inline u64 generation_of(u64 kvm, u32 as)
{
	struct kvm_memslots *slots = slots_of(kvm, as);
	u64 generation = 0;

	if (slots)
		bpf_probe_read_kernel(&generation, sizeof(generation), &slots->generation);
	return generation;
}

/* The reader knows the slots as of @generation; 0: it does not, and the next access walks. */
static __always_inline void reader_knows(u32 as, u64 generation)
{
	if (as)
		vm.generation[1] = generation;
	else
		vm.generation[0] = generation;
}

/* Tell all slots of one address space. */
static __noinline int walk_slots(u32 as);

/*
 * The key of an access made now. Slots that the reader does not know yet are walked first, unless
 * an ioctl under way will report them.
 */
static __always_inline u64 key_of(u32 as)
{
	u64 generation = generation_of(vm.kvm, as);

	if (generation & KVM_GENERATION_UPDATING)
		return 2 * (generation & ~KVM_GENERATION_UPDATING) + 1;
	if (generation != vm.generation[as & 1] && !vm.updating) {
		walk_slots(as);
		if (!as)
			walk_slots(1);
	}
	return 2 * generation;
}

static __always_inline struct thread *this_thread(void)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&threads, &tid);
}

static __always_inline bool in_target(void)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_lookup_elem(&targets, &tgid) != NULL;
}

/* The first VM of the traced processes is the one that is traced. */
static __always_inline bool is_our_vm(u64 kvm)
{
	if (!kvm)
		return false;
	if (!vm.kvm && set_first(&vm.kvm, kvm))
		vm.tgid = bpf_get_current_pid_tgid() >> 32;
	return vm.kvm == kvm;
}

static __always_inline void add_thread(u16 vcpu)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	struct thread fresh = { .vcpu = vcpu };

	bpf_map_update_elem(&threads, &tid, &fresh, BPF_NOEXIST);
}

/* For hooks that get the VM. */
static __always_inline bool is_traced(u64 kvm)
{
	return kvm && (kvm == vm.kvm || (in_target() && is_our_vm(kvm)));
}

/* For hooks that get the vCPU. 6.12 wants each pointer that a tracepoint gives checked for NULL. */
static __always_inline struct thread *thread_of(struct kvm_vcpu *vcpu)
{
	struct thread *thread = this_thread();
	u64 kvm;

	if (thread || !vcpu)
		return thread;
	kvm = (u64)BPF_CORE_READ(vcpu, kvm);
	if (!is_traced(kvm))
		return NULL;
	add_thread(BPF_CORE_READ(vcpu, vcpu_idx));
	return this_thread();
}

/*
 * After 6.18 a probe can be preempted (7.2 was seen to), and while it is, the kernel skips the same
 * program in whatever else comes to that CPU: with two vCPUs on one CPU, all that one does until
 * the other is back. So a hook that can be preempted has a second program, the stand-in, which runs
 * after the first and does its work if that was skipped. The kernel skips both only where a third
 * vCPU meets one that is preempted in either.
 */
static __always_inline struct thread *first(u8 hook, struct thread *thread)
{
	if (thread)
		thread->ran = hook;
	return thread;
}

static __always_inline struct thread *stand_in(u8 hook, struct thread *thread)
{
	bool ran = thread && thread->ran == hook;

	if (!thread)
		return NULL;
	thread->ran = STANDIN_NONE;
	if (ran)
		return NULL;
	__sync_fetch_and_add(&vm.stood_in[hook], 1);
	return thread;
}

#ifdef KERNEL_LEGACY
#define PROBE(section, name, hook, whose, call, args...)                                           \
	section int BPF_PROG(name, ##args)                                                         \
	{                                                                                          \
		struct thread *thread = (whose);                                                   \
                                                                                                   \
		return thread ? (call) : 0;                                                        \
	}
#else
#define PROBE(section, name, hook, whose, call, args...)                                           \
	section int BPF_PROG(name, ##args)                                                         \
	{                                                                                          \
		struct thread *thread = first(STANDIN_##hook, whose);                              \
                                                                                                   \
		return thread ? (call) : 0;                                                        \
	}                                                                                          \
	section int BPF_PROG(name##_standin, ##args)                                               \
	{                                                                                          \
		struct thread *thread = stand_in(STANDIN_##hook, whose);                           \
                                                                                                   \
		return thread ? (call) : 0;                                                        \
	}
#endif

/* ---- accesses ---- */

/* @thread is NULL where no vCPU acts. @span is a duration, or for hva a number of pages. */
static __always_inline void put_access(const struct access *access, const struct thread *thread,
				       u32 span)
{
	u64 t_ns = thread && thread->exit_ns ? thread->exit_ns : bpf_ktime_get_ns();
	struct record_access *record;

	if (access->class != CLASS_HVA && fetch_and_add(&vm.attempts) >= settings.max_accesses)
		return;
	record = reserve_at(t_ns, RECORD_ACCESS, access->class, sizeof(*record));
	if (!record)
		return;
	record->vcpu = thread ? thread->vcpu : RECORD_NO_VCPU;
	record->timed = thread && thread->timed;
	record->as = access->as;
	record->flags = access->flags;
	record->slot = access->slot;
	record->span = span;
	record->gfn = access->gfn;
	record->key = access->key;
	record->zapped = access->zapped;
	submit_quietly(record);
}

static __always_inline void hand_over(struct thread *thread, u64 entry_ns)
{
	struct access *access = &thread->access;
	u64 start = thread->exit_ns, dur = RECORD_NO_DUR;

	if (access->settled) {
		if (start && entry_ns) {
			dur = entry_ns - start;
			if (dur >= RECORD_NO_DUR)
				dur = RECORD_NO_DUR - 1;
		}
		put_access(access, thread, dur);
	}
	__builtin_memset(access, 0, sizeof(*access));
}

static __always_inline void set_key(struct access *access, u32 as)
{
	access->key = key_of(as);
	access->zapped = access->key == 2 * vm.zapped;
}

/*
 * What served the access is known. A search for an mmio SPTE that KVM did not even check means that
 * the slots were being updated when it looked (check_mmio_spte()).
 */
static __always_inline void settle(struct thread *thread, u8 class, u64 gfn, u32 as, u16 slot,
				   u8 flags)
{
	struct access *access = &thread->access;

	access->class = class;
	access->gfn = gfn;
	access->as = as;
	access->slot = slot;
	access->flags |= flags;
	if (class == CLASS_MISS && access->rsvd && !access->checked) {
		access->flags |= FLAG_UPDATING;
		set_key(access, as);
	} else if (slot != RECORD_NO_SLOT || !access->key) {
		set_key(access, as);
	}
	access->settled = true;
	if (!thread->timed)
		hand_over(thread, 0);
}

SEC_KVM("kvm_entry")
int BPF_PROG(kvm_entry, struct kvm_vcpu *vcpu)
{
	struct thread *thread = thread_of(vcpu);

	if (!thread)
		return 0;
	thread->timed = true;
	hand_over(thread, bpf_ktime_get_ns());
	thread->exit_ns = 0;
	return 0;
}

static __always_inline struct thread *exited(struct kvm_vcpu *vcpu, u32 isa)
{
	struct thread *thread = thread_of(vcpu);

	if (!thread)
		return NULL;
	thread->timed = true;
	thread->intel = isa == 1;
	thread->emulating = false;
	thread->ran = STANDIN_NONE;
	thread->exit_ns = bpf_ktime_get_ns();
	return thread;
}

/* VMX gives its exit qualification instead of an error code. */
static __always_inline int fault_began(struct thread *thread, u64 error)
{
	if (thread->access.settled)
		hand_over(thread, 0);
	thread->access.begun = true;
	thread->access.emulated = false;
	if (!thread->intel) {
		thread->access.rsvd = error & 8;
		thread->access.flags = error & 2 ? FLAG_WRITE : 0;
		if (thread->access.rsvd)
			set_key(&thread->access, 0);
	}
	return 0;
}

static __always_inline bool is_fast(int ret)
{
	return ret == settings.ret_pf_fixed || ret == settings.ret_pf_spurious;
}

/* KVM tells 18 bits of the generation that it saw, or more; it may have risen since. */
static __always_inline int on_check(struct thread *thread, u32 kvm_generation, u32 spte_generation)
{
	struct access *access = &thread->access;
	u64 behind;

	set_key(access, 0);
	behind = ((access->key >> 1) - kvm_generation) & ((1 << 18) - 1);
	access->key = 2 * ((access->key >> 1) - behind);
	access->zapped = access->key == 2 * vm.zapped;
	access->checked = true;
	access->stale = kvm_generation != spte_generation;
	return 0;
}

PROBE(SEC_KVM("check_mmio_spte"), check_mmio_spte, CHECK_MMIO_SPTE, this_thread(),
      on_check(thread, kvm_generation, spte_generation), u64 spte, u32 kvm_generation,
      u32 spte_generation)

static __always_inline int on_no_search(struct thread *thread, u8 class, u64 gfn, u8 flags)
{
	settle(thread, class, gfn, 0, RECORD_NO_SLOT, flags);
	return 0;
}

PROBE(SEC_KVM("handle_mmio_page_fault"), handle_mmio_page_fault, HANDLE_MMIO, this_thread(),
      on_no_search(thread, CLASS_MISS_SPTE, gfn, 0), u64 address, u64 gfn)

PROBE(SEC_KVM("kvm_fast_mmio"), kvm_fast_mmio, FAST_MMIO, this_thread(),
      on_no_search(thread, CLASS_MISS_FAST, gpa >> 12, FLAG_WRITE), u64 gpa)

static __always_inline int on_emulate(struct thread *thread)
{
	thread->emulating = true;
	return 0;
}

PROBE(SEC_KVM("kvm_emulate_insn"), kvm_emulate_insn, EMULATE_INSN, thread_of(vcpu),
      on_emulate(thread), struct kvm_vcpu *vcpu)

enum { MMIO_READ_UNSATISFIED, MMIO_READ, MMIO_WRITE };

/*
 * An emulated access to device memory. A fault that settled before is only told whether it wrote.
 * One that began with RSVD and met no mmio SPTE was served by the vCPU's own cache; one without
 * RSVD was emulated without having been mapped: no slot, or a read-only one, as the reader finds.
 * On VMX device memory raises no kvm_page_fault at all, so there the absence stands for RSVD.
 */
static __always_inline int on_mmio(struct thread *thread, int type, u64 gpa)
{
	struct access *access = &thread->access;
	u8 flags = type == MMIO_WRITE ? FLAG_WRITE : 0, class = CLASS_MISS;
	bool again;

	again = thread->unsatisfied && type == MMIO_READ; /* the VMM has completed the read */
	thread->unsatisfied = type == MMIO_READ_UNSATISFIED;
	if (again || access->emulated)
		return 0;
	access->emulated = thread->timed;
	if (access->settled) {
		access->flags |= flags;
		return 0;
	}
	if (thread->timed) {
		if (access->rsvd || (thread->intel && !access->begun))
			class = CLASS_MISS_VCPU;
		else if (!access->begun)
			return 0; /* emulated for another reason than a fault */
	} else if (!thread->emulating) {
		return 0;
	}
	thread->emulating = false;
	settle(thread, class, gpa >> 12, 0, RECORD_NO_SLOT, flags);
	return 0;
}

PROBE(SEC_KVM("kvm_mmio"), kvm_mmio, MMIO, this_thread(), on_mmio(thread, type, gpa), int type,
      int len, u64 gpa)

/* ---- whose VM, which slots: from the system calls ---- */

static __always_inline struct file *file_of(u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;

	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* What a file of KVM points to, if its name begins with @name; else 0. */
static __always_inline u64 kvm_object(struct file *file, const char *name, u32 len)
{
	const unsigned char *from;
	char buf[9] = {};

	if (!file)
		return 0;
	from = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	bpf_probe_read_kernel(buf, len, from);
	for (u32 i = 0; i < len; i++)
		if (buf[i] != name[i])
			return 0;
	return (u64)BPF_CORE_READ(file, private_data);
}

static __always_inline void on_run(u32 fd)
{
	struct kvm_vcpu *vcpu;

	vcpu = (void *)kvm_object(file_of(fd), "kvm-vcpu", 8);
	if (!vcpu)
		return;
	if (is_our_vm((u64)BPF_CORE_READ(vcpu, kvm)))
		add_thread(BPF_CORE_READ(vcpu, vcpu_idx));
	else
		__sync_fetch_and_add(&vm.other_vms, 1);
}

static __always_inline void on_set_region(u32 fd, u64 argument)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	struct region region = { .kvm = kvm_object(file_of(fd), "kvm-vm", 6) };
	const int head = offsetof(struct region, slot);

	if (!is_our_vm(region.kvm))
		return;
	if (bpf_probe_read_user(&region.slot, sizeof(region) - head, (void *)argument))
		return;
	__sync_fetch_and_add(&vm.updating, 1);
	bpf_map_update_elem(&regions, &tid, &region, BPF_ANY);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter, struct pt_regs *regs, long nr)
{
	u64 command;

	if (nr != IOCTL_NR || !regs)
		return 0;
	command = regs->si;
	if (command == KVM_RUN_CMD && !this_thread() && in_target())
		on_run(regs->di);
	else if ((command == KVM_SET_REGION_CMD || command == KVM_SET_REGION2_CMD) && in_target())
		on_set_region(regs->di, regs->dx);
	return 0;
}

static __always_inline void note_vma(struct record_slot *record, struct vm_area_struct *vma)
{
	struct file *file = BPF_CORE_READ(vma, vm_file);

	record->has_vma = 1;
	record->vma_flags = BPF_CORE_READ(vma, vm_flags);
	if (file)
		bpf_probe_read_kernel_str(record->file, sizeof(record->file),
					  BPF_CORE_READ(file, f_path.dentry, d_name.name));
}

/* Note the mapping behind a slot that this thread has made. */
static void find_vma(struct record_slot *change);

static __always_inline void put_change(struct record_slot *change, u64 kvm)
{
	struct record_slot *record;

	change->generation = generation_of(kvm, change->as);
	if (change->npages)
		find_vma(change);
	record = reserve(RECORD_CHANGE, CLASS_SLOTS, sizeof(*record));
	if (!record) {
		reader_knows(change->as, 0);
		return;
	}
	change->head = record->head;
	__builtin_memcpy(record, change, sizeof(*record));
	reader_knows(change->as, change->generation);
	bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
}

static __always_inline void put_region(const struct region *region)
{
	struct record_slot change = {};

	change.as = region->slot >> 16 & 1;
	change.id = region->slot;
	change.flags = region->flags;
	change.base_gfn = region->gpa >> 12;
	change.npages = region->size >> 12;
	change.hva = region->hva;
	put_change(&change, region->kvm);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit, struct pt_regs *regs, long ret)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	struct region *region;

	if (!vm.updating)
		return 0;
	region = bpf_map_lookup_elem(&regions, &tid);
	if (!region)
		return 0;
	if (!ret && !settings.slots_from_commit)
		put_region(region);
	__sync_fetch_and_add(&vm.updating, -1);
	bpf_map_delete_elem(&regions, &tid);
	return 0;
}

/* Of all SPTEs, between the two updates of a delete or move. */
SEC_KVM("kvm_mmu_zap_all_fast")
int BPF_PROG(kvm_mmu_zap_all_fast, struct kvm *kvm)
{
	if (kvm && (u64)kvm == vm.kvm)
		vm.zapped = generation_of(vm.kvm, 0);
	return 0;
}

/* ---- every search, whoever asks ---- */

static __always_inline int put_lookup(struct thread *thread, u64 gfn, u32 as, u16 slot)
{
	struct access access = { .class = CLASS_LOOKUP, .gfn = gfn, .as = as, .slot = slot };

	access.key = key_of(as);
	put_access(&access, thread, RECORD_NO_DUR);
	return 0;
}

/* ---- the host takes pages away ---- */

static __always_inline int put_range(u64 start, u64 end)
{
	struct access access = { .class = CLASS_HVA, .gfn = start >> 12, .slot = RECORD_NO_SLOT };
	u64 npages = ((end + 4095) >> 12) - (start >> 12);

	access.key = key_of(0);
	put_access(&access, this_thread(), npages < ~0u ? npages : ~0u);
	return 0;
}

/* In whatever task: kswapd, ksmd, khugepaged, the VMM. */
static __always_inline int put_notified(struct mmu_notifier *mn, struct mmu_notifier_range *range)
{
	u64 kvm = (u64)mn - bpf_core_field_offset(struct kvm, mmu_notifier);

	return kvm == vm.kvm ? put_range(BPF_CORE_READ(range, start), BPF_CORE_READ(range, end))
			     : 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 from, to;
	u8 one = 1;

	if (!parent || !child)
		return 0;
	from = BPF_CORE_READ(parent, tgid);
	to = BPF_CORE_READ(child, tgid);
	if (from != to && bpf_map_lookup_elem(&targets, &from))
		bpf_map_update_elem(&targets, &to, &one, BPF_ANY);
	return 0;
}

/* What the last exit of a vCPU's thread told has no entry to wait for. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	struct thread *thread = this_thread();

	if (!thread)
		return 0;
	hand_over(thread, 0);
	bpf_map_delete_elem(&threads, &tid);
	return 0;
}

/* ---- a VM that is running already ---- */

struct bpf_iter__task_file {
	void *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
} __attribute__((preserve_access_index));

SEC("iter/task_file")
int running_vm(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	u64 kvm;
	u32 tgid;

	if (!task || !file)
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	if (!bpf_map_lookup_elem(&targets, &tgid))
		return 0;
	kvm = kvm_object(file, "kvm-vm", 6);
	if (!kvm || (vm.kvm && vm.kvm != kvm))
		return 0;
	if (vm.kvm == kvm && vm.generation[0])
		return 0;
	vm.kvm = kvm;
	vm.tgid = tgid;
	walk_slots(0);
	walk_slots(1);
	return 0;
}

#endif
