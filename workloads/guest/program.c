// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest runs: position-independent, no stack, one page.
 *
 * rdi is the window: a count, then as many accesses (address | LIST_WRITE); rbx is the doorbell.
 * After each window the program writes to the doorbell, an unbacked page, for the VMM to fill the
 * next: one more miss. Ports and breakpoints would not be, but not every KVM host gives them to
 * user code.
 */
#include "workloads/guest/program.h"

__asm__(".pushsection .rodata\n"
	".globl guest_program, guest_program_bytes\n"
	"guest_program:\n"
	"	mov (%rdi), %rcx\n"
	"	lea 8(%rdi), %rsi\n"
	"1:	mov (%rsi), %rax\n"
	"	add $8, %rsi\n"
	"	btr $0, %rax\n"
	"	jc 2f\n"
	"	mov (%rax), %rdx\n"
	"	jmp 3f\n"
	"2:	mov %rax, (%rax)\n"
	"3:	dec %rcx\n"
	"	jnz 1b\n"
	"	mov %rcx, (%rbx)\n"
	"	jmp guest_program\n"
	".balign 4\n"
	"guest_program_bytes:\n"
	"	.long . - guest_program\n"
	".popsection\n");
