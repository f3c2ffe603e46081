/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What backs a slot, by the VMM's mapping of its memory: device memory where the mapping is
 * VM_IO or VM_PFNMAP, or of a file whose name holds "vfio" or "ivshmem"; else RAM. A read-only slot
 * is a ROM.
 */
#ifndef CAPTURE_KINDS_H
#define CAPTURE_KINDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/trace.h"

enum { KIND_VMA_IO = 0x4000, KIND_VMA_PFNMAP = 0x400 }; /* vm_flags, all versions */

enum trace_kind kind_of(uint32_t slot_flags, uint32_t vma_flags, const char *file);

/* The same from /proc/PID/smaps, for slots that were there before the capture. */
struct mappings;
struct mappings *mappings_read(pid_t pid); /* NULL: gone, or out of memory */
void mappings_free(struct mappings *mappings);
enum trace_kind mappings_kind(const struct mappings *mappings, uint32_t slot_flags, uint64_t hva);

#endif
