/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace: what a guest asked of its memory slots, in order, and what served each access.
 *
 * This is the contract between capture and workloads on one side and replay on the other;
 * docs/trace-format.md is the same for other programs. On disk it is JSON lines (interchange) or
 * the packed form (large traces); in memory it is struct trace, 24 bytes an event.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/diag.h"

#define TRACE_SCHEMA  "slotsim.trace"
#define TRACE_VERSION 1

/* What served the access; the name is what the trace says. */
#define TRACE_OPS(OP)                                                                              \
	OP(RAM, "ram")		     /* fault in a RAM slot */                                     \
	OP(MAPPED, "mapped")	     /* slot backed by device memory */                            \
	OP(ROM, "rom")		     /* write to a read-only slot, emulated */                     \
	OP(MISS, "miss")	     /* no slot, full search */                                    \
	OP(MISS_STALE, "miss_stale") /* mmio SPTE of an old generation, so searched again */       \
	OP(MISS_SPTE, "miss_spte")   /* served by an mmio SPTE, no search */                       \
	OP(MISS_VCPU, "miss_vcpu")   /* served by the vCPU's one-entry MMIO cache, no search */    \
	OP(MISS_FAST, "miss_fast")   /* fast MMIO bus, no search */                                \
	OP(HVA, "hva")		     /* MMU notifier range: host swap, KSM, THP */                 \
	OP(LOOKUP, "lookup")	     /* any search seen, with --lookups */

enum trace_op {
#define OP(sym, name) TRACE_##sym,
	TRACE_OPS(OP)
#undef OP
		TRACE_NR_OPS
};

/* How the access was made: bits of `flags`. */
enum trace_flag {
	TRACE_WRITE = 1 << 0,
	TRACE_EXEC = 1 << 1,
	TRACE_SMM = 1 << 2,	 /* address space 1 */
	TRACE_FAST = 1 << 3,	 /* fixed by fast_page_fault, without the MMU lock */
	TRACE_PREFETCH = 1 << 4, /* mapped ahead, not asked for by the guest */
	TRACE_SHADOW = 1 << 5,	 /* shadow paging (ept=0, npt=0 or page-table based KVM) */
	TRACE_UPDATING = 1 << 6, /* while a slot update was under way: no miss is cached then */
	TRACE_MIDWAY =
		1 << 7, /* between the two updates of a delete or move; docs/trace-format.md */
};

/* What backs a slot. */
enum trace_kind { TRACE_KIND_RAM, TRACE_KIND_MAPPED, TRACE_KIND_ROM, TRACE_NR_KINDS };

/* Slot changes as KVM makes them (enum kvm_mr_change). */
enum trace_change_op { TRACE_CREATE, TRACE_DELETE, TRACE_MOVE, TRACE_FLAGS, TRACE_NR_CHANGE_OPS };

extern const char *const trace_op_names[TRACE_NR_OPS];
extern const char *const trace_kind_names[TRACE_NR_KINDS];
extern const char *const trace_change_names[TRACE_NR_CHANGE_OPS];

#define TRACE_NO_SLOT	     0xffffu	/* JSON null; KVM's ids end at 32766 */
#define TRACE_NO_DUR	     UINT32_MAX /* JSON null: not observed */
#define TRACE_NO_VCPU	     0xffffu	/* JSON null: no vCPU's doing, as hva from kswapd */
#define TRACE_GFN_BITS	     52
#define TRACE_MAX_GFN	     ((1ull << TRACE_GFN_BITS) - 1)
#define TRACE_MAX_SLOT	     32766 /* KVM_MEM_SLOTS_NUM - 1 since 5.12 */
#define TRACE_ADDRESS_SPACES 2

/* One access. Invariant: events are in the order of t_ns as each vCPU made them. */
struct trace_event {
	uint64_t t_ns; /* since the start of the trace */
	uint64_t gfn : TRACE_GFN_BITS, op : 4, flags : 8;
	union {
		uint32_t dur_ns; /* exit to entry, or TRACE_NO_DUR */
		uint32_t npages; /* hva only: length of the range within the slot */
	};
	uint16_t slot; /* id that KVM found, or TRACE_NO_SLOT */
	uint16_t vcpu; /* index, or TRACE_NO_VCPU */
};
static_assert(sizeof(struct trace_event) == 24, "50 million events must fit in 4 GiB");

struct trace_slot {
	uint64_t base_gfn;
	uint64_t npages;
	uint64_t hva;	/* host address, 0 unless captured with --hva */
	uint32_t flags; /* KVM_MEM_LOG_DIRTY_PAGES 1, KVM_MEM_READONLY 2 */
	uint16_t id;
	uint8_t as;   /* address space: 0, or 1 for SMM */
	uint8_t kind; /* enum trace_kind */
};

struct trace_change {
	uint64_t t_ns;
	uint64_t generation; /* of the address space after the change, as the kernel counts; 0: null
			      */
	size_t at;	     /* applies before events[at] */
	enum trace_change_op op;
	struct trace_slot slot; /* create, move, flags: the new slot; delete: the one that goes */
	struct trace_slot old;	/* move, flags: the slot before, npages 0 where the file does not
				   say, but trace_load() fills it in; npages 0 otherwise */
};

struct trace {
	char *name;	 /* file name without folder and suffixes: the label in results */
	char sha256[65]; /* of the uncompressed bytes that were read */
	json_t *header;	 /* line 1 as read: host, kvm, vm, hooks and keys this version ignores */
	json_t *footer;	 /* last line as read; NULL if the trace is truncated */
	struct trace_slot *slots; /* alive at the start */
	size_t nr_slots;
	struct trace_event *events;
	size_t nr_events;
	struct trace_change *changes;
	size_t nr_changes;
	uint64_t lost; /* events the capture could not keep; from the footer */
};

/*
 * Load and validate @path ("-" is stdin), JSON or packed, plain or zstd: told apart by the first
 * bytes. Whatever breaks docs/trace-format.md is EXIT_INPUT with file and line. A truncated or
 * lossy trace is refused too unless the flag allows it.
 */
enum trace_load_flag { TRACE_ALLOW_LOST = 1, TRACE_ALLOW_TRUNCATED = 2 };
int trace_load(const char *path, unsigned int flags, struct trace **trace, struct diag *d);

/* The same, and @progress (NULL: none) hears of it, every 64 Ki events. */
struct trace_progress {
	void (*tick)(void *arg, size_t nr_events);
	void *arg;
};
int trace_load_watched(const char *path, unsigned int flags, const struct trace_progress *progress,
		       struct trace **trace, struct diag *d);
void trace_free(struct trace *trace);

/*
 * The stream of records, for tools that need not hold the whole trace. trace_load() is built on it.
 */
struct trace_reader;
enum trace_record_type { TRACE_REC_EVENT, TRACE_REC_CHANGE, TRACE_REC_FOOTER, TRACE_REC_EOF };
struct trace_record {
	enum trace_record_type type;
	struct trace_event event;
	struct trace_change change; /* .at is set by trace_load() only */
};

int trace_reader_open(const char *path, struct trace_reader **reader, struct diag *d);
const json_t *trace_reader_header(const struct trace_reader *reader);
const struct trace_slot *trace_reader_slots(const struct trace_reader *reader, size_t *nr);
/* Next record. After the footer the type is TRACE_REC_EOF; where the file ends without one, too:
 * all whole records before that have been returned. */
int trace_reader_next(struct trace_reader *reader, struct trace_record *rec, struct diag *d);
const json_t *trace_reader_footer(const struct trace_reader *reader); /* NULL until read */
void trace_reader_close(struct trace_reader *reader);

/*
 * Writing. The form is chosen by the name: *.pack[.zst] is packed, all else JSON lines.
 * @header need not hold schema, version, fields, ops and slots: the writer adds them; with @slots
 * NULL the header's own "slots" stay. Nothing carries the final name until trace_writer_commit().
 */
struct trace_writer;
int trace_writer_open(const char *path, bool force, const json_t *header,
		      const struct trace_slot *slots, size_t nr_slots, struct trace_writer **writer,
		      struct diag *d);
void trace_writer_event(struct trace_writer *writer, const struct trace_event *event);
void trace_writer_change(struct trace_writer *writer, const struct trace_change *change);
long long trace_writer_bytes(const struct trace_writer *writer);
/* All records so far reach the file, NAME.tmp yet: a killed recording is good up to here. */
void trace_writer_flush(struct trace_writer *writer);
/* Write the footer (end, events, slot_changes and lost are added if absent), close, rename; frees
 * the writer. */
int trace_writer_commit(struct trace_writer *writer, const json_t *footer, struct diag *d);
void trace_writer_abort(struct trace_writer *writer);

#endif
