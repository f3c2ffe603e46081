/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every command shares: options, help, messages, exit codes.
 *
 * stdout carries the product only; all here goes to stderr, but for help that was asked for.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/diag.h"

enum opt_type {
	OPT_FLAG,     /* bool *: set to true */
	OPT_STRING,   /* const char ** */
	OPT_NUMBER,   /* uint64_t *: decimal or 0x */
	OPT_SIZE,     /* uint64_t *: bytes, K M G are 1024 */
	OPT_DURATION, /* uint64_t *: nanoseconds; a unit is required: ns us ms s m h */
	OPT_PERCENT,  /* double *: "3" or "3%" */
};

struct opt {
	const char *name; /* long name; NULL ends the table */
	char letter;	  /* 0 for none */
	enum opt_type type;
	void *value;
	const char *arg; /* how help names the value; NULL for OPT_FLAG */
	const char *help;
};

struct usage {
	const char *command;
	const char *operands; /* "TRACE..." or "" */
	const char *summary;  /* one line */
	const char *details;  /* paragraphs below the options, or NULL */
	const struct opt *opts;
};

/* Besides the table, every command takes -h --help, -q --quiet and -v --verbose. */
enum { CLI_HELPED = -1, CLI_USAGE = -2 };

/*
 * Parse @argv by @usage. Returns the index of the first operand; CLI_HELPED after printing help
 * (the command returns EXIT_DONE), CLI_USAGE after printing what was wrong (the command returns
 * EXIT_USAGE). Operands may stand between options; argv is reordered. With @stop_at_operand parsing
 * ends at the first one.
 */
int cli_parse(const struct usage *usage, int argc, char **argv);
int cli_parse_until_operand(const struct usage *usage, int argc, char **argv);

/* The exit code that goes with what cli_parse() returned below zero. */
int cli_parse_exit(int parsed);

/* Print "slotsim COMMAND: TEXT" and return the code; cli_fail() takes both from @d. */
int cli_fail(const struct diag *d);
int cli_error(enum exit_code code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Only without -q, and only with -v. */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool cli_quiet(void);
/* True where a live line may be drawn: stderr is a terminal and neither -q nor TERM=dumb speaks
 * against it. */
bool cli_progress(void);

/* Set by SIGINT and SIGTERM after cli_catch_signals(): long loops look at it and finish their
 * outputs. */
void cli_catch_signals(void);
int cli_interrupted(void); /* the signal's number, or 0 */

#endif
