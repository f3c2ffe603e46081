// SPDX-License-Identifier: GPL-2.0-only
#include "trace/import/tracepoints.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 5.17 to 7.2. "fixed" of fast_page_fault stands for RET_PF_FIXED, whose number differs by version.
 */
const struct tracepoint_format tracepoint_formats[NR_TRACEPOINTS] = {
	[TP_ENTRY] = { "kvm", "kvm_entry", { { "vcpu_id", "vcpu ", 10 } } },
	[TP_EXIT] = { "kvm", "kvm_exit", { { "isa", NULL, 10, true } } },
	[TP_PAGE_FAULT] = { "kvm", "kvm_page_fault", { { "error_code", "error_code ", 16 } } },
	[TP_SPTE_REQUESTED] = { "kvmmmu",
				"kvm_mmu_spte_requested",
				{ { "gfn", "gfn ", 16 }, { "pfn", "pfn ", 16 } } },
	[TP_FAST_PAGE_FAULT] = { "kvmmmu",
				 "fast_page_fault",
				 { { "cr2_or_gpa", "gva ", 16 }, { NULL, "spurious ", 10 } } },
	[TP_CHECK_MMIO_SPTE] = { "kvmmmu", "check_mmio_spte", { { 0 } } },
	[TP_HANDLE_MMIO] = { "kvmmmu", "handle_mmio_page_fault", { { "gfn", "gfn ", 16 } } },
	[TP_MMIO] = { "kvm", "kvm_mmio", { { "gpa", "gpa ", 16 }, { "type", "mmio ", 0 } } },
	[TP_FAST_MMIO] = { "kvm", "kvm_fast_mmio", { { "gpa", "gpa ", 16 } } },
	[TP_EMULATE] = { "kvm", "kvm_emulate_insn", { { 0 } } },
};

enum { MMIO_READ_UNSATISFIED, MMIO_READ, MMIO_WRITE };
static const char *const mmio_types[] = { "unsatisfied-read", "read", "write" };

enum { PFERR_WRITE = 1 << 1, PFERR_RSVD = 1 << 3, PFERR_FETCH = 1 << 4 };
enum { ISA_VMX = 1, VMX_FETCH = 1 << 2 };
#define PFN_NOSLOT (1ull << 63)

enum tracepoint_id tracepoint_find(const char *system, size_t system_size, const char *name,
				   size_t name_size)
{
	enum tracepoint_id id = 0;

	for (; id < NR_TRACEPOINTS; id++) {
		const struct tracepoint_format *format = &tracepoint_formats[id];

		if (strlen(format->system) == system_size &&
		    !memcmp(format->system, system, system_size) &&
		    strlen(format->name) == name_size && !memcmp(format->name, name, name_size))
			break;
	}
	return id;
}

/* "spurious 0 fixed 1": was either so? */
static bool parse_fast(const char *text, uint64_t *value)
{
	unsigned int spurious, fixed;

	if (sscanf(text, "%u fixed %u", &spurious, &fixed) != 2)
		return false;
	*value = spurious || fixed;
	return true;
}

bool tracepoint_parse(enum tracepoint_id id, unsigned int i, const char *text, uint64_t *value)
{
	const struct tracepoint_value *v = &tracepoint_formats[id].values[i];
	const char *at = v->text ? strstr(text, v->text) : NULL;
	char *end;

	if (!at)
		return false;
	at += strlen(v->text);
	if (id == TP_FAST_PAGE_FAULT && i == 1)
		return parse_fast(at, value);
	for (uint64_t type = 0; !v->base && type < 3; type++) {
		*value = type;
		if (!strncmp(at, mmio_types[type], strlen(mmio_types[type])))
			return true;
	}
	errno = 0;
	*value = strtoull(at, &end, v->base);
	return v->base && end != at && !errno;
}

/* ---- threads ---- */

struct thread {
	int tid;
	int vcpu;		   /* -1: not told */
	bool timed;		   /* this host tells of entries and exits */
	bool emulating;		   /* an instruction, whose first access is still to come */
	bool unsatisfied;	   /* a read that the VMM will complete */
	uint64_t exit_ns;	   /* 0: in the guest, or not known */
	bool begun, settled;	   /* a fault is being handled; what served it is known */
	bool rsvd, checked;	   /* it hit a reserved bit; an mmio SPTE was looked at */
	bool emulated;		   /* the access was counted when the instruction was emulated */
	struct trace_event access; /* vcpu is the thread's place in the table */
};

struct tracepoints {
	struct recording *r;
	struct thread *threads;
	size_t nr, room, last;
	bool vmx;
	bool seen[NR_TRACEPOINTS];
};

int tracepoints_new(struct recording *r, struct tracepoints **result, struct diag *d)
{
	struct tracepoints *t = calloc(1, sizeof(*t));

	if (!t)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", r->path);
	t->r = r;
	*result = t;
	return 0;
}

void tracepoints_free(struct tracepoints *t)
{
	if (t)
		free(t->threads);
	free(t);
}

static struct thread *new_thread(struct tracepoints *t, int tid, struct diag *d)
{
	if (t->nr == TRACE_NO_VCPU) {
		diag_set(d, EXIT_INPUT, -E2BIG, "%s: more than %u threads; record one VM only",
			 t->r->path, TRACE_NO_VCPU);
		return NULL;
	}
	if (t->nr == t->room) {
		size_t more = t->room ? 2 * t->room : 16;
		struct thread *bigger = reallocarray(t->threads, more, sizeof(*bigger));

		if (!bigger) {
			diag_set(d, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", t->r->path);
			return NULL;
		}
		t->threads = bigger;
		t->room = more;
	}
	t->last = t->nr++;
	t->threads[t->last] = (struct thread){ .tid = tid, .vcpu = -1 };
	return &t->threads[t->last];
}

static struct thread *thread_of(struct tracepoints *t, int tid, struct diag *d)
{
	if (t->nr && t->threads[t->last].tid == tid)
		return &t->threads[t->last];
	for (size_t i = 0; i < t->nr; i++) {
		if (t->threads[i].tid == tid) {
			t->last = i;
			return &t->threads[i];
		}
	}
	return new_thread(t, tid, d);
}

/* ---- accesses: what kvm.bpf.c does, afterwards ---- */

/* @entry_ns 0: not at an entry, so without a duration. */
static int hand_over(struct tracepoints *t, struct thread *thread, uint64_t entry_ns,
		     struct diag *d)
{
	uint64_t dur_ns = entry_ns - thread->exit_ns;
	int rc = 0;

	if (thread->settled) {
		thread->access.dur_ns = TRACE_NO_DUR;
		if (thread->exit_ns && entry_ns)
			thread->access.dur_ns =
				dur_ns < TRACE_NO_DUR ? (uint32_t)dur_ns : TRACE_NO_DUR - 1;
		rc = recording_add_event(t->r, &thread->access, d);
	}
	thread->access = (struct trace_event){ 0 };
	thread->begun = thread->settled = thread->rsvd = thread->checked = thread->emulated = false;
	return rc;
}

static int settle(struct tracepoints *t, struct thread *thread, const struct tracepoint *tp,
		  enum trace_op op, uint64_t gfn, unsigned int flags, struct diag *d)
{
	int rc = 0;

	if (thread->settled) /* one more before the entry, such as a page that came in meanwhile */
		rc = hand_over(t, thread, 0, d);
	thread->access.t_ns = thread->exit_ns ? thread->exit_ns : tp->t_ns;
	thread->access.op = op & 0xf;
	thread->access.gfn = gfn & TRACE_MAX_GFN;
	thread->access.slot = TRACE_NO_SLOT;
	thread->access.vcpu = (uint16_t)(thread - t->threads);
	thread->access.flags |= flags & 0xff;
	thread->settled = true;
	return thread->timed || rc ? rc : hand_over(t, thread, 0, d);
}

static int on_entry(struct tracepoints *t, struct thread *thread, const struct tracepoint *tp,
		    struct diag *d)
{
	int rc;

	thread->timed = true;
	thread->vcpu = (int)(tp->values[0] & 0x7fffffff);
	rc = hand_over(t, thread, tp->t_ns, d);
	thread->exit_ns = 0;
	return rc;
}

static int on_page_fault(struct tracepoints *t, struct thread *thread, uint64_t error,
			 struct diag *d)
{
	int rc = thread->settled ? hand_over(t, thread, 0, d) : 0;

	thread->begun = true;
	thread->emulated = thread->checked = false;
	thread->rsvd = !t->vmx && error & PFERR_RSVD; /* VMX gives its exit qualification instead */
	thread->access.flags = (error & PFERR_WRITE ? TRACE_WRITE : 0) |
			       (error & (t->vmx ? VMX_FETCH : PFERR_FETCH) ? TRACE_EXEC : 0);
	return rc;
}

static int on_mmio(struct tracepoints *t, struct thread *thread, const struct tracepoint *tp,
		   struct diag *d)
{
	uint64_t gfn = tp->values[0] >> 12, type = tp->values[1];
	bool again = thread->unsatisfied && type == MMIO_READ; /* the VMM has completed it */
	unsigned int flags = type == MMIO_WRITE ? TRACE_WRITE : 0;
	enum trace_op op = TRACE_MISS;

	thread->unsatisfied = type == MMIO_READ_UNSATISFIED;
	if (again || thread->emulated)
		return 0;
	thread->emulated = thread->timed;
	if (thread->settled) {
		thread->access.flags |= flags & 0xff;
		return 0;
	}
	if (thread->timed) {
		if (thread->rsvd || (t->vmx && !thread->begun))
			op = TRACE_MISS_VCPU;
		else if (!thread->begun)
			return 0; /* emulated for another reason than a fault */
	} else if (!thread->emulating) {
		return 0;
	}
	thread->emulating = false;
	return settle(t, thread, tp, op, gfn, flags, d);
}

static int on_spte_requested(struct tracepoints *t, struct thread *thread,
			     const struct tracepoint *tp, struct diag *d)
{
	enum trace_op op = !(tp->values[1] & PFN_NOSLOT) ? TRACE_RAM
			   : thread->checked		 ? TRACE_MISS_STALE
							 : TRACE_MISS;

	return settle(t, thread, tp, op, tp->values[0], 0, d);
}

int tracepoints_take(struct tracepoints *t, const struct tracepoint *tp, struct diag *d)
{
	struct thread *thread = thread_of(t, tp->tid, d);

	if (!thread)
		return -ENOMEM;
	t->seen[tp->id] = true;
	switch (tp->id) {
	case TP_ENTRY:
		return on_entry(t, thread, tp, d);
	case TP_EXIT:
		thread->timed = true;
		thread->emulating = false;
		thread->exit_ns = tp->t_ns;
		t->vmx = tp->values[0] == ISA_VMX;
		return 0;
	case TP_PAGE_FAULT:
		return on_page_fault(t, thread, tp->values[0], d);
	case TP_SPTE_REQUESTED:
		return on_spte_requested(t, thread, tp, d);
	case TP_FAST_PAGE_FAULT:
		return tp->values[1] ? settle(t, thread, tp, TRACE_RAM, tp->values[0] >> 12,
					      TRACE_FAST, d)
				     : 0;
	case TP_CHECK_MMIO_SPTE:
		thread->checked = true; /* of an old generation if a search follows */
		return 0;
	case TP_HANDLE_MMIO:
		return settle(t, thread, tp, TRACE_MISS_SPTE, tp->values[0], 0, d);
	case TP_MMIO:
		return on_mmio(t, thread, tp, d);
	case TP_FAST_MMIO:
		return settle(t, thread, tp, TRACE_MISS_FAST, tp->values[0] >> 12, TRACE_WRITE, d);
	case TP_EMULATE:
		thread->emulating = true;
		return 0;
	default:
		return 0;
	}
}

/* ---- end ---- */

static bool is_vcpu(const struct tracepoints *t, int vcpu, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (t->threads[i].vcpu == vcpu)
			return true;
	return false;
}

/* Where no entry tells the number, threads are counted as they come. */
static int number_vcpus(struct tracepoints *t, struct diag *d)
{
	for (size_t i = 0; i < t->nr; i++) {
		struct thread *thread = &t->threads[i];

		if (thread->vcpu >= 0 && is_vcpu(t, thread->vcpu, i))
			return diag_set(d, EXIT_INPUT, -EINVAL,
					"%s: threads %d and others are vCPU %d; record one VM only",
					t->r->path, thread->tid, thread->vcpu);
		if (thread->vcpu >= (int)TRACE_NO_VCPU)
			return diag_set(d, EXIT_INPUT, -EINVAL,
					"%s: there is no vCPU %d; record it again", t->r->path,
					thread->vcpu);
	}
	for (size_t i = 0, next = 0; i < t->nr; i++) {
		if (t->threads[i].vcpu >= 0)
			continue;
		while (is_vcpu(t, (int)next, t->nr))
			next++;
		t->threads[i].vcpu = (int)next;
	}
	for (size_t i = 0; i < t->r->nr_events; i++) {
		struct trace_event *event = &t->r->events[i];

		event->vcpu = (uint16_t)t->threads[event->vcpu].vcpu;
	}
	return 0;
}

static void tell_what_was_not_seen(const struct tracepoints *t)
{
	struct recording *r = t->r;
	bool timed = t->seen[TP_ENTRY] || t->seen[TP_EXIT];

	r->blind[TRACE_MAPPED] = "what backs a page is not told; counts as ram";
	r->blind[TRACE_ROM] = "slots are not told; counts as miss";
	r->blind[TRACE_HVA] = "slots are not told, so host addresses have no gfn";
	r->no_slot = "guessed: the fewest slots that hold what was found and not what was missed";
	if (timed) {
		r->no_flags = "write, fetch and fast only";
		return;
	}
	r->blind[TRACE_MISS_VCPU] = "no kvm_exit is in it; such accesses count as miss";
	r->no_flags = "write of a miss only";
	r->no_duration = "no kvm_exit is in it";
	r->no_vcpu = "no kvm_entry is in it; threads as they come";
}

int tracepoints_end(struct tracepoints *t, struct diag *d)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < t->nr; i++)
		rc = hand_over(t, &t->threads[i], 0, d);
	if (!rc && !t->seen[TP_SPTE_REQUESTED])
		return diag_set(d, EXIT_INPUT, -ENODATA,
				"%s: no kvmmmu:kvm_mmu_spte_requested is in it; record with "
				"-e 'kvm:*' -e 'kvmmmu:*'",
				t->r->path);
	if (!rc)
		rc = number_vcpus(t, d);
	tell_what_was_not_seen(t);
	return rc;
}
