// SPDX-License-Identifier: GPL-2.0-only
#include "replay/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MAX_ENVIRON = 4096 };

static size_t name_bytes(const char *assignment)
{
	return strcspn(assignment, "=") + 1;
}

static bool overridden(const char *assignment, const char *const *set)
{
	for (; *set; set++)
		if (!strncmp(assignment, *set, name_bytes(*set)))
			return true;
	return false;
}

static void make_environ(const char *const *set, const char **result)
{
	size_t nr = 0;

	for (char **old = environ; *old && nr < MAX_ENVIRON - 16; old++)
		if (!overridden(*old, set))
			result[nr++] = *old;
	for (; *set && nr < MAX_ENVIRON - 1; set++)
		result[nr++] = *set;
	result[nr] = NULL;
}

/* The read end of a pipe to the child's stdout; its pid in @pid. */
static FILE *start(const char *const *argv, const char *const *set, pid_t *pid)
{
	const char *env[MAX_ENVIRON];
	posix_spawn_file_actions_t actions;
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC))
		return NULL;
	make_environ(set, env);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	rc = posix_spawnp(pid, argv[0], &actions, NULL, (char **)argv, (char **)env);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (!rc)
		return fdopen(fds[0], "r");
	close(fds[0]);
	errno = rc;
	return NULL;
}

static int wait_for(pid_t pid, const char *name, struct diag *d)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return diag_set(d, EXIT_RUNTIME, -errno, "waiting for %s: %s", name,
					strerror(errno));
	if (WIFSIGNALED(status))
		return diag_set(d, EXIT_RUNTIME, -ECHILD, "%s was killed by signal %d (%s)", name,
				WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status))
		return diag_set(d, WEXITSTATUS(status), -ECHILD, "%s", "");
	return 0;
}

int process_json(const char *const *argv, const char *const *set, json_t **result, struct diag *d)
{
	json_error_t why = { 0 };
	json_t *json;
	pid_t pid;
	FILE *out = start(argv, set, &pid);
	int rc;

	if (!out)
		return diag_set(d, EXIT_RUNTIME, -errno, "cannot run %s: %s", argv[0],
				strerror(errno));
	json = json_loadf(out, 0, &why);
	fclose(out);
	rc = wait_for(pid, argv[0], d);
	if (!rc && !json)
		rc = diag_set(d, EXIT_RUNTIME, -EPROTO, "%s printed no results: %s", argv[0],
			      why.text);
	if (rc)
		json_decref(json);
	else
		*result = json;
	return rc;
}
