/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packed form: what the JSON form says, in 16-byte records, little endian.
 *
 *   file     | preamble | header as JSON | record | record | ... | end | SHA-256 (32 bytes) |
 *   preamble | magic (8) | version (4) | record size, 16 (4) | length of the JSON (8) | 0 (8) |
 *
 *   event        bit 63       56 55    52 51                                             0
 *       word 0      | vcpu (8)  | op (4) | gfn (52)                                      |
 *       word 1      | slot (16) | flags (8) | dt (20)            | dur (20)              |
 *                   63        48 47      40 39                20 19                      0
 *
 *   wide     op 15: word 0 bits 0-31 dur or npages, 32-47 vcpu; word 1 t_ns
 *   json     op 14: word 0 bits 0-51 length; word 1 zero; then so many bytes of JSON
 *   end      op 13: all else zero; then the SHA-256 of all bytes up to here, this record included
 *
 * dt is t_ns less that of the event before (0 before the first); dur all ones is null; vcpu 255 is
 * null. For hva, dur is npages. An event that these fields cannot hold has 0 in vcpu, dt and dur,
 * and a wide record before it that says all three. JSON is padded with zeros to whole records.
 * It holds what is no event: the header, slot changes, the footer.
 */
#ifndef TRACE_PACKED_H
#define TRACE_PACKED_H

#include <stdint.h>

#define PACKED_MAGIC	   "\x8fSLOTPK\n"
#define PACKED_FIRST_BYTE  0x8f
#define PACKED_VERSION	   1
#define PACKED_MAX_DT	   ((1u << 20) - 1)
#define PACKED_NO_DUR	   ((1u << 20) - 1)
#define PACKED_NO_VCPU	   255u
#define PACKED_DIGEST_SIZE 32

enum packed_escape { PACKED_END = 13, PACKED_JSON = 14, PACKED_WIDE = 15 };

struct packed_preamble {
	char magic[8];
	uint32_t version, record_size;
	uint64_t json_size, zero;
};

struct packed_record {
	uint64_t word[2];
};

static inline uint64_t packed_padded(uint64_t size)
{
	return (size + sizeof(struct packed_record) - 1) & ~(sizeof(struct packed_record) - 1);
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the packed form is read and written in place: this needs a little-endian machine, as KVM x86 is"
#endif

#endif
