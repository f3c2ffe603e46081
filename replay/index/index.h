/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One lookup structure: what KVM needs from "find the memslot of this gfn".
 *
 * A structure is one file, replay/index/NAME.c, that ends in `const struct index_ops index_NAME`
 * (dashes become underscores), and one line in list.h. Every op is required but the last
 * three. Structures know no files, no options and no clock.
 */
#ifndef REPLAY_INDEX_INDEX_H
#define REPLAY_INDEX_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEX_ABI	3
#define INDEX_PLACES	4

#define SLOT_NONE	0xffffu /* find(): no slot holds the gfn */
#define INDEX_MAX_SLOTS 32764	/* KVM_USER_MEM_SLOTS since 5.12 */
#define INDEX_MAX_GFN	((1ull << 52) - 1)

/* Slots never overlap, are never empty, and ids are unique: the caller guarantees it, as KVM's
 * ioctl does. */
struct index_slot {
	uint64_t base_gfn;
	uint64_t npages;
	uint64_t hva;	/* start of the slot in the VMM; structures by gfn ignore it */
	uint32_t id;	/* < INDEX_MAX_SLOTS + internal slots, fits 15 bits */
	uint32_t flags; /* as KVM's */
};

/*
 * Memory for a structure. All of it comes from here, so that its footprint is counted and failures
 * can be tested. alloc() returns zeroed memory or NULL when there is none; free() is told the size
 * that was asked for (@p may be NULL). heap.h has the one that replay uses.
 */
struct index_mem {
	void *(*alloc)(struct index_mem *mem, size_t bytes, size_t align);
	void (*free)(struct index_mem *mem, void *p, size_t bytes);
	size_t bytes; /* in use now */
};

/*
 * Filled by touch(): what one lookup reads. Where the caller gives room, the lines themselves too,
 * so that cold mode evicts exactly these: line[i] is an address divided by 64, in the order of the
 * first read. touch() starts from the structure's present state (hints) and leaves it as it was.
 */
struct index_touch {
	unsigned int lines; /* distinct 64-byte lines; may exceed cap */
	unsigned int
		depth;	  /* longest chain of them in which each address waits for a load before */
	uintptr_t *line;  /* the caller's, or NULL */
	unsigned int cap; /* entries of line[] */
};

/* lines and depth of a structure whose code is not compiled here (a library's) */
#define INDEX_TOUCH_UNKNOWN UINT32_MAX

struct index; /* each structure's own */

/* What all timed loops return: order-free, and a skipped lookup that answers 0 still shows. */
static inline uint64_t index_checksum(uint64_t sum, unsigned int answer)
{
	return sum + answer + 1;
}

struct index_ops {
	unsigned int abi;	/* INDEX_ABI */
	const char *name;	/* file stem = option value = result label */
	const char *mirrors;	/* kernel version and function, or "new" */
	bool kernel_ok;		/* no SIMD, no FP, no allocation KVM would refuse, safe for readers
				 * during update */
	bool by_hva;		/* find() takes hva >> 12 in place of a gfn */
	bool floor;		/* no contender: answers a constant, so costs what the loop costs */
	unsigned int max_slots; /* declines more: insert() is -ENOSPC */

	/*
	 * NULL when out of memory. @twin is NULL, or the other of KVM's two sets (sets.h): made
	 * with the same @mem, it may share slot objects with it, as KVM's slots hold the links of
	 * both.
	 */
	struct index *(*create)(struct index_mem *mem, struct index *twin);
	void (*destroy)(struct index *index);

	/*
	 * 0 or -errno; on failure the structure is as it was before. move() also carries a change
	 * of flags: @old and @slot then cover the same range.
	 */
	int (*insert)(struct index *index, const struct index_slot *slot);
	int (*remove)(struct index *index, const struct index_slot *slot);
	int (*move)(struct index *index, const struct index_slot *old,
		    const struct index_slot *slot);

	unsigned int (*find)(struct index *index, uint64_t gfn); /* slot id or SLOT_NONE */

	/*
	 * The timed loops, made by INDEX_LOOPS() in loops.h so that all structures run the same
	 * loop with the find inlined. Both return the same checksum over all answers. find_run:
	 * independent lookups (throughput). find_chain: each gfn waits for the answer before
	 * (latency). @place, any number, chooses one of INDEX_PLACES copies of the loop, which lie
	 * differently in the cache lines of code.
	 */
	uint64_t (*find_run)(struct index *index, const uint64_t *gfns, size_t nr,
			     unsigned int place);
	uint64_t (*find_chain)(struct index *index, const uint64_t *gfns, size_t nr,
			       unsigned int place);

	size_t (*bytes)(const struct index *index);	 /* footprint now: what its mem counts */
	const char *(*check)(const struct index *index); /* the invariant that is broken, or NULL */
	void (*touch)(struct index *index, uint64_t gfn, struct index_touch *touch);

	/* Optional, NULL for most. clone: of the eras in which KVM copied the whole set for each
	 * change, the copy. lacks: what this machine lacks to run it ("AVX2"), or NULL. */
	struct index *(*clone)(const struct index *index);
	const char *(*lacks)(void);
	/* For what costs O(n) an insert: all slots, in any order, into an empty structure at once.
	 * Errors as insert()'s. subject_fill() calls it. */
	int (*fill)(struct index *index, const struct index_slot *slots, size_t nr);
};

#endif
