/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong, for the one line a user sees.
 *
 * Below cli/ nothing prints. A function that can fail takes a struct diag, fills it at the place
 * where the cause is known, and returns a negative errno; the command prints the text once and
 * exits with the code.
 */
#ifndef TRACE_DIAG_H
#define TRACE_DIAG_H

/* The program's exit codes; README.md documents them. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_RUNTIME = 1,	/* wrong answer, I/O error, out of memory */
	EXIT_USAGE = 2,		/* the command line */
	EXIT_INPUT = 3,		/* bad, truncated, lossy or newer-version input */
	EXIT_MACHINE = 4,	/* this machine cannot do it; kselftest's SKIP */
	EXIT_GATE = 5,		/* a comparison gate failed */
	EXIT_INTERRUPTED = 130, /* Ctrl-C, outputs closed properly */
};

struct diag {
	enum exit_code code;
	char text[512];
};

/* Fill @d (may be NULL) and return @err, a negative errno, so that callers can `return
 * diag_set(...)`. */
int diag_set(struct diag *d, enum exit_code code, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
