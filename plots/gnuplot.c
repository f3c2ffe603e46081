// SPDX-License-Identifier: GPL-2.0-only
#include "plots/gnuplot.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *const beside[] = { "../plots", "../../plots", "../share/slotsim/plots" };
enum { NR_BESIDE = sizeof(beside) / sizeof(*beside) };

static int holds_scripts(const char *folder)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/common.gp", folder);
	return access(path, R_OK) == 0;
}

int gnuplot_scripts(char *folder, size_t size, struct diag *d)
{
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	program[len < 0 ? 0 : len] = '\0';
	slash = strrchr(program, '/');
	if (slash)
		*slash = '\0';
	for (int i = 0; slash && i < NR_BESIDE; i++) {
		snprintf(folder, size, "%s/%s", program, beside[i]);
		if (holds_scripts(folder))
			return 0;
	}
	snprintf(folder, size, "%s", SLOTSIM_PREFIX "/share/slotsim/plots");
	if (holds_scripts(folder))
		return 0;
	return diag_set(d, EXIT_RUNTIME, -ENOENT,
			"no figure scripts beside the program nor in %s; reinstall slotsim",
			folder);
}

/* Gnuplot echoes the line that failed before it says why: keep what comes last. */
static void last_line(FILE *in, char *text, size_t size)
{
	char line[256];

	snprintf(text, size, "no message");
	rewind(in);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[strspn(line, " \t^")])
			snprintf(text, size, "%s", line + strspn(line, " \t"));
	}
}

static int spawn(const char *const *argv, FILE *messages, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawn_file_actions_adddup2(&actions, fileno(messages), STDERR_FILENO);
	if (!rc)
		rc = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int finish(pid_t pid, FILE *messages, struct diag *d)
{
	char text[256];
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return diag_set(d, EXIT_RUNTIME, -errno, "waiting for gnuplot: %m");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	last_line(messages, text, sizeof(text));
	return diag_set(d, EXIT_RUNTIME, -EIO, "gnuplot failed: %s", text);
}

int gnuplot_run(const char *const *argv, struct diag *d)
{
	FILE *messages = tmpfile();
	pid_t pid;
	int rc;

	if (!messages)
		return diag_set(d, EXIT_RUNTIME, -errno, "temporary file: %m");
	rc = spawn(argv, messages, &pid);
	if (rc == ENOENT)
		rc = diag_set(d, EXIT_MACHINE, -ENOENT,
			      "gnuplot is not installed; apt-get install gnuplot-nox");
	else if (rc)
		rc = diag_set(d, EXIT_RUNTIME, -rc, "starting gnuplot: %s", strerror(rc));
	else
		rc = finish(pid, messages, d);
	fclose(messages);
	return rc;
}
