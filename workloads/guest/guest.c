// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM: slots, vCPUs in CPL3 64-bit mode, and the loop that fills their windows.
 *
 * CPL3 because KVM without EPT or NPT may run only user code natively and emulate the rest, which
 * raises no faults. EFER.NXE stays clear: since 6.12 KVM wants CPUID to have offered NX first.
 * Memory is mapped, never touched, and kept off huge pages, so that no fault is saved by a page
 * that happens to be there already: KVM maps ahead what the host has.
 */
#include "workloads/guest/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "workloads/guest/changes.h"
#include "workloads/guest/list.h"
#include "workloads/guest/program.h"
#include "workloads/guest/tables.h"

enum { PAGE = 4096, OWN_STRIDE = 16 * PAGE, CPUID_ENTRIES = 256, PACE_HZ = 100 };
enum { SPARE_PAGES = 2 };

struct vcpu {
	struct vm *vm;
	unsigned int index;
	int fd;
	struct kvm_run *run;
	struct list *list;
	uint64_t cr3, program, window;
	uint64_t mmio_exits, done;
	struct timespec start;
	pthread_t thread;
	struct diag diag;
	int rc;
};

struct vm {
	const struct guest_config *config;
	struct layout layout;
	struct tables own;
	struct kvm_cpuid2 *cpuid;
	int kvm, fd, memfd;
	size_t run_bytes;
	unsigned char *ram, *mapped;
	int eventfd;
	uint32_t nr_slots;
	struct changes changes;
	struct vcpu vcpus[GUEST_MAX_VCPUS];
};

static int failed(struct diag *d, const char *what)
{
	int err = errno;

	return diag_set(d, EXIT_RUNTIME, -err, "%s: %s", what, strerror(err));
}

/* ---- host side ---- */

static int open_kvm(struct vm *vm, struct diag *d)
{
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return diag_set(d, EXIT_MACHINE, -errno, "/dev/kvm: %s; %s", strerror(errno),
				errno == EACCES ? "run as root or join the group kvm"
						: "load kvm_intel or kvm_amd, or use a machine "
						  "that has KVM");
	if (ioctl(vm->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return diag_set(d, EXIT_MACHINE, -ENOSYS, "/dev/kvm: not KVM API version 12");
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return failed(d, "KVM_CREATE_VM");
	vm->run_bytes = (size_t)ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	vm->cpuid = calloc(1, sizeof(*vm->cpuid) + CPUID_ENTRIES * sizeof(vm->cpuid->entries[0]));
	if (!vm->cpuid)
		return failed(d, "CPUID table");
	vm->cpuid->nent = CPUID_ENTRIES;
	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, vm->cpuid) < 0)
		return failed(d, "KVM_GET_SUPPORTED_CPUID");
	return 0;
}

static int map_private(unsigned char **memory, uint64_t bytes, const char *what, struct diag *d)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return failed(d, what);
	*memory = p;
	if (madvise(p, bytes, MADV_NOHUGEPAGE) && errno != EINVAL) /* EINVAL: no huge pages here */
		return failed(d, what);
	return 0;
}

/* One file for all device-like slots; its name is what tells a capture that they are. */
static int map_devices(struct vm *vm, struct diag *d)
{
	uint64_t bytes = vm->layout.nr_pages[GUEST_MAPPED] * PAGE;
	void *p;

	if (!bytes)
		return 0;
	vm->memfd = memfd_create("ivshmem", MFD_CLOEXEC);
	if (vm->memfd < 0 || ftruncate(vm->memfd, (off_t)bytes))
		return failed(d, "memory of the mapped slots");
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, vm->memfd, 0);
	if (p == MAP_FAILED)
		return failed(d, "memory of the mapped slots");
	vm->mapped = p;
	return 0;
}

static int add_slot(struct vm *vm, struct slot slot, struct diag *d)
{
	slot.id = vm->nr_slots++;
	return slot_set(vm->fd, &slot, d);
}

static int add_ram(struct vm *vm, uint64_t gpa, unsigned char *memory, uint64_t bytes,
		   struct diag *d)
{
	return add_slot(vm, (struct slot){ .gpa = gpa, .memory = memory, .bytes = bytes }, d);
}

static int add_rom(struct vm *vm, struct diag *d)
{
	struct slot rom = {
		.flags = KVM_MEM_READONLY,
		.gpa = layout_page(&vm->layout, GUEST_ROM, 0),
		.memory = vm->own.memory,
		.bytes = vm->layout.nr_pages[GUEST_ROM] * PAGE,
	};

	return vm->config->weight[GUEST_ROM] ? add_slot(vm, rom, d) : 0;
}

/* The spare slot shows the first pages of slot 0 once more; it is not there yet. */
static int prepare_changes(struct vm *vm, struct diag *d)
{
	struct changes *c = &vm->changes;

	memcpy(c->times, vm->config->times, sizeof(c->times));
	c->vm_fd = vm->fd;
	c->churn_all = vm->config->churn_all;
	c->spare = (struct slot){ .id = vm->nr_slots,
				  .gpa = layout_spare(),
				  .memory = vm->own.memory,
				  .bytes = SPARE_PAGES * PAGE };
	c->ram = (struct slot){ .id = 1,
				.gpa = layout_page(&vm->layout, GUEST_RAM, 0),
				.memory = vm->ram,
				.bytes = vm->layout.low_pages * PAGE };
	c->bitmap = calloc(vm->layout.low_pages / 64 + 1, sizeof(*c->bitmap));
	return c->bitmap ? 0 : failed(d, "dirty bitmap");
}

static int add_slots(struct vm *vm, struct diag *d)
{
	const struct layout *l = &vm->layout;
	uint64_t low = l->low_pages * PAGE, bytes = l->mapped_pages * PAGE;
	int rc = add_ram(vm, 0, vm->own.memory, vm->own.used, d);

	if (!rc)
		rc = add_ram(vm, layout_page(l, GUEST_RAM, 0), vm->ram, low, d);
	if (!rc)
		rc = add_ram(vm, layout_page(l, GUEST_RAM, l->low_pages), vm->ram + low,
			     l->nr_pages[GUEST_RAM] * PAGE - low, d);
	for (uint64_t i = 0; !rc && i < l->nr_mapped; i++)
		rc = add_ram(vm, layout_page(l, GUEST_MAPPED, i * l->mapped_pages),
			     vm->mapped + i * bytes, bytes, d);
	if (!rc)
		rc = add_rom(vm, d);
	return rc ? rc : prepare_changes(vm, d);
}

/* Of length 0: any write of the page's first bytes. */
static int add_eventfds(struct vm *vm, struct diag *d)
{
	struct kvm_ioeventfd event;

	if (!vm->config->weight[GUEST_NOTIFY])
		return 0;
	vm->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vm->eventfd < 0)
		return failed(d, "eventfd");
	for (uint64_t i = 0; i < vm->layout.nr_pages[GUEST_NOTIFY]; i++) {
		event = (struct kvm_ioeventfd){ .fd = vm->eventfd,
						.addr = layout_page(&vm->layout, GUEST_NOTIFY, i) };
		if (ioctl(vm->fd, KVM_IOEVENTFD, &event))
			return failed(d, "KVM_IOEVENTFD");
	}
	return 0;
}

/* ---- one vCPU's address space ---- */

static int map_share(struct vm *vm, struct vcpu *vcpu)
{
	int rc = 0;

	for (int class = 0; class < GUEST_NR_CLASSES; class ++) {
		uint64_t page, end;

		if (!vm->config->weight[class])
			continue;
		list_share(vm->config, &vm->layout, class, vcpu->index, &page, &end);
		for (; !rc && page < end; page++)
			rc = tables_map(&vm->own, vcpu->cr3, layout_page(&vm->layout, class, page));
	}
	return rc;
}

/* Program and window stand alone, or KVM would map the one ahead with the other. */
static void place_program(struct vm *vm, struct vcpu *vcpu)
{
	vcpu->program = vm->own.used;
	vcpu->window = vcpu->program + OWN_STRIDE;
	vm->own.used += 2 * OWN_STRIDE;
	memcpy(vm->own.memory + vcpu->program, guest_program, guest_program_bytes);
}

static int map_vcpu(struct vm *vm, struct vcpu *vcpu)
{
	vcpu->cr3 = tables_page(&vm->own);
	if (!vcpu->cr3 || tables_map(&vm->own, vcpu->cr3, vcpu->program) ||
	    tables_map(&vm->own, vcpu->cr3, vcpu->window) ||
	    tables_map(&vm->own, vcpu->cr3, layout_doorbell(vcpu->index)))
		return -ENOMEM;
	return map_share(vm, vcpu);
}

static int make_own(struct vm *vm, struct diag *d)
{
	int rc = map_private(&vm->own.memory, LAYOUT_OWN_BYTES, "memory of slot 0", d);

	if (rc)
		return rc;
	vm->own.bytes = LAYOUT_OWN_BYTES;
	vm->own.used = OWN_STRIDE; /* page 0 stays free */
	vm->own.touched = calloc(LAYOUT_OWN_BYTES / PAGE, sizeof(bool));
	if (!vm->own.touched)
		return failed(d, "memory of slot 0");
	for (unsigned int i = 0; i < vm->config->nr_vcpus; i++)
		place_program(vm, &vm->vcpus[i]);
	for (unsigned int i = 0; i < vm->config->nr_vcpus; i++)
		if (map_vcpu(vm, &vm->vcpus[i]))
			return diag_set(d, EXIT_USAGE, -ENOMEM,
					"more guest memory than 256 MiB of page tables can map; "
					"lower --ram-size, --slots or --slot-pages");
	return 0;
}

/* ---- registers ---- */

static struct kvm_segment user_segment(uint16_t selector, uint8_t type, bool code)
{
	return (struct kvm_segment){ .limit = 0xffffffff,
				     .selector = selector,
				     .type = type,
				     .present = 1,
				     .dpl = 3,
				     .db = !code,
				     .s = 1,
				     .l = code,
				     .g = 1 };
}

static int set_registers(struct vcpu *vcpu, struct diag *d)
{
	struct kvm_segment data = user_segment(0x2b, 3, false);
	struct kvm_regs regs = { .rip = vcpu->program,
				 .rdi = vcpu->window,
				 .rbx = layout_doorbell(vcpu->index),
				 .rflags = 0x2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs) < 0)
		return failed(d, "KVM_GET_SREGS");
	sregs.cs = user_segment(0x33, 11, true);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = 0x80000001 | 1 << 4 | 1 << 5; /* PG PE ET NE */
	sregs.cr3 = vcpu->cr3;
	sregs.cr4 = 1 << 5;	       /* PAE */
	sregs.efer = 1 << 8 | 1 << 10; /* LME LMA */
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) < 0)
		return failed(d, "KVM_SET_SREGS");
	return ioctl(vcpu->fd, KVM_SET_REGS, &regs) < 0 ? failed(d, "KVM_SET_REGS") : 0;
}

static int make_vcpu(struct vm *vm, struct vcpu *vcpu, struct diag *d)
{
	void *run;

	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, vcpu->index);
	if (vcpu->fd < 0)
		return failed(d, "KVM_CREATE_VCPU");
	run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return failed(d, "kvm_run");
	vcpu->run = run;
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, vm->cpuid) < 0)
		return failed(d, "KVM_SET_CPUID2");
	return set_registers(vcpu, d);
}

/* ---- the run ---- */

static void pace(const struct vcpu *vcpu)
{
	uint64_t ns = vcpu->vm->config->rate_hz;
	struct timespec due = vcpu->start;

	if (!ns)
		return;
	ns = (uint64_t)due.tv_nsec + (uint64_t)((unsigned __int128)vcpu->done * 1000000000 / ns);
	due.tv_sec += (time_t)(ns / 1000000000);
	due.tv_nsec = (long)(ns % 1000000000);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

static unsigned int window_size(const struct guest_config *config)
{
	uint64_t nr = config->rate_hz / PACE_HZ;

	if (!config->rate_hz || nr > PROGRAM_WINDOW)
		return PROGRAM_WINDOW;
	return nr ? (unsigned int)nr : 1;
}

/* Returns how many accesses the window now holds; 0 ends the run. */
static unsigned int fill_window(struct vcpu *vcpu)
{
	struct tables *own = &vcpu->vm->own;
	uint64_t *window = (uint64_t *)(void *)(own->memory + vcpu->window);
	unsigned int nr;

	pace(vcpu);
	nr = list_next(vcpu->list, window + 1, window_size(vcpu->vm->config));
	window[0] = nr;
	vcpu->done += nr;
	for (unsigned int i = 1; i <= nr; i++)
		tables_touch(own, vcpu->cr3, window[i] & ~LIST_WRITE);
	return nr;
}

/* 1: go on, 0: the list has ended, or -errno. */
static int handle_exit(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
		vcpu->mmio_exits++;
		return run->mmio.phys_addr != layout_doorbell(vcpu->index) || fill_window(vcpu) > 0;
	case KVM_EXIT_INTR:
		return 1;
	case KVM_EXIT_INTERNAL_ERROR:
		return diag_set(&vcpu->diag, EXIT_RUNTIME, -EIO, "vCPU %u: KVM internal error %u",
				vcpu->index, run->internal.suberror);
	}
	return diag_set(&vcpu->diag, EXIT_RUNTIME, -EIO, "vCPU %u: unexpected exit, reason %u",
			vcpu->index, run->exit_reason);
}

static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;
	int rc = 1;

	clock_gettime(CLOCK_MONOTONIC, &vcpu->start);
	if (!fill_window(vcpu))
		return NULL;
	while (rc > 0) {
		if (!ioctl(vcpu->fd, KVM_RUN, 0)) {
			vcpu->vm->changes.begun = true;
			rc = handle_exit(vcpu);
		} else if (errno != EINTR && errno != EAGAIN) {
			rc = failed(&vcpu->diag, "KVM_RUN");
		}
	}
	vcpu->rc = rc;
	return NULL;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int join_vcpus(struct vm *vm, unsigned int nr, struct diag *d)
{
	int rc = 0;

	for (unsigned int i = 0; i < nr; i++) {
		pthread_join(vm->vcpus[i].thread, NULL);
		if (!rc && vm->vcpus[i].rc) {
			rc = vm->vcpus[i].rc;
			*d = vm->vcpus[i].diag;
		}
	}
	return rc;
}

static int run_all(struct vm *vm, struct guest_report *report, struct diag *d)
{
	uint64_t start = now_ns();
	pthread_t changes;
	unsigned int nr = 0;
	int err = pthread_create(&changes, NULL, changes_run, &vm->changes), rc;

	if (err)
		return diag_set(d, EXIT_RUNTIME, -err, "thread: %s", strerror(err));
	while (!err && nr < vm->config->nr_vcpus) {
		err = pthread_create(&vm->vcpus[nr].thread, NULL, run_vcpu, &vm->vcpus[nr]);
		nr += !err;
	}
	rc = join_vcpus(vm, nr, d);
	vm->changes.begun = true; /* or never will be */
	pthread_join(changes, NULL);
	report->ns = now_ns() - start;
	if (err)
		return diag_set(d, EXIT_RUNTIME, -err, "vCPU thread: %s", strerror(err));
	if (!rc && vm->changes.rc)
		*d = vm->changes.diag;
	return rc ? rc : vm->changes.rc;
}

/* ---- report ---- */

static bool parameter_is_on(const char *path)
{
	FILE *in = fopen(path, "re");
	int c = in ? getc(in) : EOF;

	if (in)
		fclose(in);
	return c == 'Y' || c == '1';
}

/* KVM's word against the guest's. */
static int check_report(struct vm *vm, struct guest_report *report, struct diag *d)
{
	uint64_t given = report->accesses[GUEST_MISS] + report->accesses[GUEST_ROM];

	if (vm->eventfd >= 0 && read(vm->eventfd, &report->notified, sizeof(report->notified)) < 0)
		report->notified = 0;
	if (report->mmio_exits != given)
		return diag_set(d, EXIT_RUNTIME, -EIO,
				"the guest made %llu accesses that are the VMM's but KVM gave %llu "
				"MMIO exits",
				(unsigned long long)given, (unsigned long long)report->mmio_exits);
	if (report->notified != report->accesses[GUEST_NOTIFY])
		return diag_set(d, EXIT_RUNTIME, -EIO,
				"the guest notified %llu times but the eventfd counts %llu",
				(unsigned long long)report->accesses[GUEST_NOTIFY],
				(unsigned long long)report->notified);
	return 0;
}

static int make_report(struct vm *vm, struct guest_report *report, struct diag *d)
{
	report->nested_paging = parameter_is_on("/sys/module/kvm_intel/parameters/ept") ||
				parameter_is_on("/sys/module/kvm_amd/parameters/npt");
	report->slots = vm->nr_slots;
	for (unsigned int i = 0; i < vm->config->nr_vcpus; i++) {
		struct vcpu *vcpu = &vm->vcpus[i];

		tables_touch(&vm->own, vcpu->cr3, vcpu->program);
		tables_touch(&vm->own, vcpu->cr3, vcpu->window);
		tables_touch(&vm->own, vcpu->cr3, layout_doorbell(vcpu->index));
		list_report(vcpu->list, report);
		report->mmio_exits += vcpu->mmio_exits;
		report->own_pages += 2;
	}
	for (uint64_t i = 0; i < vm->own.used / PAGE; i++)
		report->table_pages += vm->own.touched[i];
	report->pages[GUEST_RAM] += report->own_pages;
	if (report->nested_paging) /* the CPU walks the tables by way of their slot */
		report->pages[GUEST_RAM] += report->table_pages;
	return check_report(vm, report, d);
}

static int make_vm(struct vm *vm, struct diag *d)
{
	const struct guest_config *config = vm->config;
	int rc = layout_make(config, &vm->layout, d);

	for (unsigned int i = 0; !rc && i < config->nr_vcpus; i++) {
		vm->vcpus[i].vm = vm;
		vm->vcpus[i].index = i;
		rc = list_make(config, &vm->layout, i, &vm->vcpus[i].list, d);
	}
	if (!rc)
		rc = open_kvm(vm, d);
	if (!rc)
		rc = map_private(&vm->ram, config->ram_bytes / PAGE * PAGE, "guest RAM", d);
	if (!rc)
		rc = map_devices(vm, d);
	if (!rc)
		rc = make_own(vm, d);
	if (!rc)
		rc = add_slots(vm, d);
	if (!rc)
		rc = add_eventfds(vm, d);
	for (unsigned int i = 0; !rc && i < config->nr_vcpus; i++)
		rc = make_vcpu(vm, &vm->vcpus[i], d);
	return rc;
}

static void free_vm(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->config->nr_vcpus && i < GUEST_MAX_VCPUS; i++) {
		struct vcpu *vcpu = &vm->vcpus[i];

		list_free(vcpu->list);
		if (vcpu->run)
			munmap(vcpu->run, vm->run_bytes);
		if (vcpu->fd >= 0)
			close(vcpu->fd);
	}
	/* before the memory goes, which would be the slots' */
	for (int *fd = (int[]){ vm->fd, vm->memfd, vm->eventfd, vm->kvm, -2 }; *fd != -2; fd++)
		if (*fd >= 0)
			close(*fd);
	if (vm->ram)
		munmap(vm->ram, vm->config->ram_bytes / PAGE * PAGE);
	if (vm->mapped)
		munmap(vm->mapped, vm->layout.nr_pages[GUEST_MAPPED] * PAGE);
	if (vm->own.memory)
		munmap(vm->own.memory, vm->own.bytes);
	free(vm->changes.bitmap);
	free(vm->own.touched);
	free(vm->cpuid);
	free(vm);
}

int guest_run(const struct guest_config *config, struct guest_report *report, struct diag *d)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	int rc;

	if (!vm)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	vm->config = config;
	vm->kvm = vm->fd = vm->memfd = vm->eventfd = -1;
	for (unsigned int i = 0; i < GUEST_MAX_VCPUS; i++)
		vm->vcpus[i].fd = -1;
	memset(report, 0, sizeof(*report));
	rc = make_vm(vm, d);
	if (!rc)
		rc = run_all(vm, report, d);
	if (!rc)
		rc = make_report(vm, report, d);
	free_vm(vm);
	return rc;
}
