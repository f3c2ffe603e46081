/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine code that the guest runs. */
#ifndef WORKLOADS_GUEST_PROGRAM_H
#define WORKLOADS_GUEST_PROGRAM_H

enum { PROGRAM_WINDOW = 511 /* accesses in one page, after the count */ };

extern const unsigned char guest_program[];
extern const unsigned int guest_program_bytes;

#endif
