// SPDX-License-Identifier: GPL-2.0-only
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OPTS = 64 };

static struct {
	const char *command;
	bool quiet, verbose;
} cli;

static volatile sig_atomic_t caught;

static const struct opt common[] = {
	{ "quiet", 'q', OPT_FLAG, &cli.quiet, NULL,
	  "no notes and no progress, only warnings and errors" },
	{ "verbose", 'v', OPT_FLAG, &cli.verbose, NULL, "say more about what is done" },
	{ "help", 'h', OPT_FLAG, NULL, NULL, "this text" },
	{ 0 },
};

static void vsay(const char *kind, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	fprintf(stderr, "slotsim%s%s: %s%s\n", cli.command ? " " : "",
		cli.command ? cli.command : "", kind, text);
}

int cli_error(enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("", fmt, ap);
	va_end(ap);
	return code;
}

int cli_fail(const struct diag *d)
{
	return cli_error(d->code, "%s", d->text);
}

void cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay("warning: ", fmt, ap);
	va_end(ap);
}

void cli_note(const char *fmt, ...)
{
	va_list ap;

	if (cli.quiet)
		return;
	va_start(ap, fmt);
	vsay("", fmt, ap);
	va_end(ap);
}

void cli_verbose(const char *fmt, ...)
{
	va_list ap;

	if (!cli.verbose)
		return;
	va_start(ap, fmt);
	vsay("", fmt, ap);
	va_end(ap);
}

bool cli_quiet(void)
{
	return cli.quiet;
}

bool cli_progress(void)
{
	const char *term = getenv("TERM");

	return !cli.quiet && isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
}

static void on_signal(int sig)
{
	caught = sig;
}

void cli_catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal }; /* no SA_RESTART: waits must wake */

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

int cli_interrupted(void)
{
	return caught;
}

/* A whole number with at least one digit and nothing but @rest behind it. */
static bool parse_number(const char *text, uint64_t *value, const char **rest)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	*rest = end;
	return !errno;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { 0 }
};
static const struct unit time_units[] = { { "ns", 1 },
					  { "us", 1000 },
					  { "ms", 1000000 },
					  { "s", 1000000000 },
					  { "m", 60000000000 },
					  { "h", 3600000000000 },
					  { 0 } };
static const struct unit no_units[] = { { "", 1 }, { 0 } };

static bool parse_with_unit(const char *text, const struct unit *units, uint64_t *value)
{
	const char *rest;
	uint64_t number;

	if (!parse_number(text, &number, &rest))
		return false;
	for (; units->name; units++)
		if (!strcmp(rest, units->name))
			return !__builtin_mul_overflow(number, units->factor, value);
	return false;
}

static bool parse_percent(const char *text, double *value)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || (strcmp(end, "") && strcmp(end, "%")) || !(number >= 0 && number <= 1e6))
		return false;
	*value = number;
	return true;
}

/* NULL, or what the value should have looked like. */
static const char *store(const struct opt *opt, const char *text)
{
	switch (opt->type) {
	case OPT_FLAG:
		*(bool *)opt->value = true;
		return NULL;
	case OPT_STRING:
		*(const char **)opt->value = text;
		return NULL;
	case OPT_NUMBER:
		return parse_with_unit(text, no_units, opt->value) ? NULL : "a whole number";
	case OPT_SIZE:
		return parse_with_unit(text, size_units, opt->value)
			       ? NULL
			       : "a size such as 64K, 16M or 2G";
	case OPT_DURATION:
		return parse_with_unit(text, time_units, opt->value)
			       ? NULL
			       : "a duration with its unit, such as 500ms, 10s or 2m";
	case OPT_PERCENT:
		return parse_percent(text, opt->value) ? NULL : "a percentage such as 3%";
	}
	return "nothing";
}

static void help_opts(const struct opt *opts)
{
	for (; opts->name; opts++) {
		char left[64], letter[5] = "    ";

		if (opts->letter)
			snprintf(letter, sizeof(letter), "-%c, ", opts->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, opts->name, opts->arg ? " " : "",
			 opts->arg ? opts->arg : "");
		printf("  %-28s %s\n", left, opts->help);
	}
}

static void help(const struct usage *usage)
{
	printf("usage: slotsim %s [options]%s%s\n%s\n\noptions:\n", usage->command,
	       *usage->operands ? " " : "", usage->operands, usage->summary);
	help_opts(usage->opts);
	help_opts(common);
	if (usage->details)
		printf("\n%s\n", usage->details);
}

/* getopt_long()'s tables from ours: index i of @longs is option i of @flat. */
static int flatten(const struct usage *usage, const struct opt **flat, struct option *longs,
		   char *shorts)
{
	const struct opt *const tables[] = { usage->opts, common };
	int nr = 0;

	for (int t = 0; t < 2; t++) {
		for (const struct opt *opt = tables[t]; opt->name && nr < MAX_OPTS; opt++, nr++) {
			int has_arg = opt->type == OPT_FLAG ? no_argument : required_argument;

			flat[nr] = opt;
			longs[nr] = (struct option){ opt->name, has_arg, NULL, 256 + nr };
			if (opt->letter) {
				*shorts++ = opt->letter;
				if (has_arg == required_argument)
					*shorts++ = ':';
			}
		}
	}
	longs[nr] = (struct option){ 0 };
	*shorts = '\0';
	return nr;
}

static const struct opt *opt_of(const struct opt *const *flat, int nr, int code)
{
	if (code >= 256)
		return flat[code - 256];
	for (int i = 0; i < nr; i++)
		if (flat[i]->letter == code)
			return flat[i];
	return NULL;
}

static int usage_error(const struct usage *usage, const char *what, const char *arg,
		       const char *more)
{
	fprintf(stderr, "slotsim %s: %s '%s'%s%s; see slotsim %s --help\n", usage->command, what,
		arg, *more ? ": " : "", more, usage->command);
	return CLI_USAGE;
}

static int parse(const struct usage *usage, int argc, char **argv, const char *mode)
{
	const struct opt *flat[MAX_OPTS];
	struct option longs[MAX_OPTS + 1];
	char shorts[2 * MAX_OPTS + 8], *p = stpcpy(shorts, mode);
	int code, nr = flatten(usage, flat, longs, p);

	cli.command = usage->command;
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct opt *opt = code == '?' || code == ':' ? NULL : opt_of(flat, nr, code);
		const char *want;

		if (!opt)
			return usage_error(usage,
					   code == ':' ? "value missing after" : "unknown option",
					   argv[optind - 1], "");
		if (!opt->value) {
			help(usage);
			return CLI_HELPED;
		}
		want = store(opt, optarg);
		if (want) {
			char more[128];

			snprintf(more, sizeof(more), "--%s takes %s", opt->name, want);
			return usage_error(usage, "bad value", optarg, more);
		}
	}
	return optind;
}

int cli_parse(const struct usage *usage, int argc, char **argv)
{
	return parse(usage, argc, argv, ":");
}

int cli_parse_until_operand(const struct usage *usage, int argc, char **argv)
{
	return parse(usage, argc, argv, "+:");
}

int cli_parse_exit(int parsed)
{
	return parsed == CLI_HELPED ? EXIT_DONE : EXIT_USAGE;
}
