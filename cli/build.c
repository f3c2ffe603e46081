// SPDX-License-Identifier: GPL-2.0-only
/*
 * slotsim build: one C file to a shared object for replay -x.
 *
 * The compiler and its flags are those that this program's own structures were compiled with, and
 * the timed loops come from the same macro, so a comparison with them is fair. The file is compiled
 * twice, as they are: as it is, and with its loads recorded for touch().
 */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "replay/plugin.h"

enum { MAX_WORDS = 96 };

extern char **environ;

static const char *output;

static const struct opt opts[] = {
	{ "output", 'o', OPT_STRING, &output, "FILE.so", "the name of FILE.c with .so is default" },
	{ 0 },
};

static const struct usage usage = {
	.command = "build",
	.operands = "FILE.c",
	.summary = "Make a structure for replay -x of one C file.",
	.details =
		"Compiler and flags are those of the structures that are built in. The file\n"
		"includes \"replay/index/loops.h\"; docs/adding.md has the steps and a template.",
	.opts = opts,
};

/* ---- where the headers are ---- */

static bool has_headers(const char *dir)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/replay/index/loops.h", dir) < (int)sizeof(path) &&
	       !access(path, R_OK);
}

/* Beside an installed program, in the tree of one that is not, or where `make install` puts them.
 */
static int find_headers(char *dir, size_t room)
{
	static const char *const beside[] = { "/../include/slotsim", "/..", "/../.." };
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (n > 0) {
		program[n] = '\0';
		*strrchr(program, '/') = '\0';
		for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
			snprintf(dir, room, "%s%s", program, beside[i]);
			if (has_headers(dir))
				return EXIT_DONE;
		}
	}
	snprintf(dir, room, "%s", SLOTSIM_PREFIX "/include/slotsim");
	if (has_headers(dir))
		return EXIT_DONE;
	return cli_error(EXIT_MACHINE, "no headers in %s; make install puts them there", dir);
}

/* ---- running the compiler ---- */

struct words {
	const char *at[MAX_WORDS];
	size_t nr;
};

static void add_word(struct words *words, const char *word)
{
	if (words->nr < MAX_WORDS - 1)
		words->at[words->nr++] = word;
}

/* @flags is cut at its blanks. */
static void add_flags(struct words *words, char *flags)
{
	char *word;

	while ((word = strsep(&flags, " ")))
		if (*word)
			add_word(words, word);
}

static int run(const struct words *words)
{
	int status, rc;
	pid_t pid;

	rc = posix_spawnp(&pid, words->at[0], NULL, NULL, (char **)words->at, environ);
	if (rc)
		return cli_error(EXIT_MACHINE, "cannot run %s: %s", words->at[0], strerror(rc));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return cli_error(EXIT_RUNTIME, "waitpid: %s", strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return EXIT_DONE;
	return cli_error(EXIT_INPUT, "the compiler failed, see above");
}

/* One object, or the shared object of two: @more are the words behind the common flags. */
static int compile(const char *headers, const char *const *more)
{
	char flags[] = BUILD_CFLAGS, include[PATH_MAX + 2];
	struct words words = { 0 };

	snprintf(include, sizeof(include), "-I%s", headers);
	add_word(&words, BUILD_CC);
	add_flags(&words, flags);
	add_word(&words, "-fPIC");
	add_word(&words, include);
	while (*more)
		add_word(&words, *more++);
	return run(&words);
}

/* ---- one structure ---- */

/* Loaded in a process of its own, since what is in the file runs there. */
static int look_at(const char *path)
{
	const struct index_ops *ops;
	char full[PATH_MAX];
	struct diag d;
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (!plugin_path(path, full, sizeof(full)))
			_exit(cli_error(EXIT_RUNTIME, "%s: no such name", path));
		_exit(plugin_open(full, &ops, &d) ? cli_fail(&d) : EXIT_DONE);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return cli_error(EXIT_RUNTIME, "cannot look at %s: %s", path, strerror(errno));
	if (WIFSIGNALED(status))
		return cli_error(EXIT_INPUT, "%s: loading it ended with signal %d (%s)", path,
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status);
}

/* All files of one build; the objects go away whatever happens. */
struct files {
	const char *source, *made;
	char *plain, *touch, *linked;
};

static int build_files(const struct files *f)
{
	char headers[PATH_MAX];
	int rc = find_headers(headers, sizeof(headers));

	if (!rc)
		rc = compile(headers, (const char *[]){ "-DINDEX_PLUGIN", "-c", "-o", f->plain,
							f->source, NULL });
	if (!rc)
		rc = compile(headers, (const char *[]){ "-DINDEX_TOUCH", "-c", "-o", f->touch,
							f->source, NULL });
	if (!rc)
		rc = compile(headers, (const char *[]){ "-shared", "-o", f->linked, f->plain,
							f->touch, NULL });
	if (!rc)
		rc = look_at(f->linked);
	if (!rc && rename(f->linked, f->made))
		rc = cli_error(EXIT_RUNTIME, "%s: %s", f->made, strerror(errno));
	unlink(f->plain);
	unlink(f->touch);
	unlink(f->linked);
	return rc;
}

static int build(const char *source, const char *made)
{
	struct files f = { .source = source, .made = made };
	int rc;

	if (asprintf(&f.plain, "%s.plain.o", made) < 0 ||
	    asprintf(&f.touch, "%s.touch.o", made) < 0 ||
	    asprintf(&f.linked, "%s.tmp.so", made) < 0)
		return cli_error(EXIT_RUNTIME, "out of memory");
	rc = build_files(&f);
	free(f.plain);
	free(f.touch);
	free(f.linked);
	if (!rc)
		cli_note("%s: ready for slotsim replay -x %s%s", made,
			 strchr(made, '/') ? "" : "./", made);
	return rc;
}

int cmd_build(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv);
	char made[PATH_MAX];
	const char *dot;

	if (first < 0)
		return cli_parse_exit(first);
	if (argc - first != 1)
		return cli_error(EXIT_USAGE, "takes one C file; see slotsim build --help");
	dot = strrchr(argv[first], '.');
	if (!dot || strcmp(dot, ".c"))
		return cli_error(EXIT_USAGE, "%s: not a C file (NAME.c)", argv[first]);
	if (access(argv[first], R_OK))
		return cli_error(EXIT_INPUT, "%s: %s", argv[first], strerror(errno));
	snprintf(made, sizeof(made), "%.*s.so", (int)(dot - argv[first]), argv[first]);
	return build(argv[first], output ? output : made);
}
