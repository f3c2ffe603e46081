// SPDX-License-Identifier: GPL-2.0-only
#include "capture/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KVM_RUN_COMMAND = 0xae80, IOCTL_CALL = 16, PATIENCE_MS = 5000 };

/* In the child: wait for the gate, become the command, or tell why not. */
static void become(char **command, int gate, int verdict)
{
	char go;
	int err;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (read(gate, &go, 1) != 1) /* the capture has given up */
		_exit(EXIT_RUNTIME);
	execvp(command[0], command);
	err = errno;
	if (write(verdict, &err, sizeof(err)) < 0)
		_exit(EXIT_RUNTIME);
	_exit(EXIT_RUNTIME);
}

static int fork_command(struct target *target, char **command)
{
	int gate[2], verdict[2];

	if (pipe2(gate, O_CLOEXEC))
		return -errno;
	if (pipe2(verdict, O_CLOEXEC)) {
		close(gate[0]), close(gate[1]);
		return -errno;
	}
	target->ours = true;
	target->pid = fork();
	if (target->pid == 0) {
		close(gate[1]);
		become(command, gate[0], verdict[1]);
	}
	close(gate[0]);
	close(verdict[1]);
	target->gate = gate[1];
	target->verdict = verdict[0];
	return target->pid < 0 ? -errno : 0;
}

int target_open(const struct capture_config *config, struct target *target, struct diag *d)
{
	int rc;

	*target = (struct target){ .pid = config->pid, .pidfd = -1, .gate = -1, .verdict = -1 };
	rc = config->command ? fork_command(target, config->command) : 0;
	if (rc < 0)
		return diag_set(d, EXIT_RUNTIME, rc, "%s: %s", config->command[0], strerror(-rc));
	target->pidfd = (int)syscall(SYS_pidfd_open, target->pid, 0);
	if (target->pidfd < 0)
		return diag_set(d, EXIT_RUNTIME, -errno, "process %d: %s; name the VMM's process",
				(int)target->pid, errno == EINVAL ? "a thread" : strerror(errno));
	return 0;
}

/* Call @visit with each file descriptor's number and what it links to. */
static void each_fd(pid_t pid, void (*visit)(int fd, const char *link, void *data), void *data)
{
	char path[64], link[256];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		visit(atoi(entry->d_name), link, data);
	}
	if (dir)
		closedir(dir);
}

struct vcpu_fds {
	bool has_vm;
	int index[1024]; /* by descriptor: vCPU + 1 */
};

static void note_fd(int fd, const char *link, void *data)
{
	struct vcpu_fds *fds = data;
	unsigned int vcpu;

	if (!strcmp(link, "anon_inode:kvm-vm"))
		fds->has_vm = true;
	if (sscanf(link, "anon_inode:kvm-vcpu:%u", &vcpu) == 1 && fd < 1024)
		fds->index[fd] = (int)vcpu + 1;
}

/* The descriptor on which a thread is in KVM_RUN now, or -1. */
static int running_fd(pid_t pid, const char *tid)
{
	unsigned long long fd, command;
	char path[300];
	FILE *in;
	int call, n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/syscall", (int)pid, tid);
	in = fopen(path, "re");
	if (in)
		n = fscanf(in, "%d 0x%llx 0x%llx", &call, &fd, &command);
	if (in)
		fclose(in);
	return n == 3 && call == IOCTL_CALL && command == KVM_RUN_COMMAND && fd < 1024 ? (int)fd
										       : -1;
}

/* Threads that are in KVM_RUN already; the others show themselves when they enter it. */
static int add_running_vcpus(struct hooks *hooks, pid_t pid, const struct vcpu_fds *fds,
			     struct diag *d)
{
	struct dirent *entry;
	char path[64];
	int rc = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (!rc && dir && (entry = readdir(dir))) {
		int fd = entry->d_name[0] == '.' ? -1 : running_fd(pid, entry->d_name);

		if (fd >= 0 && fds->index[fd])
			rc = hooks_add_vcpu(hooks, atoi(entry->d_name),
					    (unsigned int)fds->index[fd] - 1, d);
	}
	if (dir)
		closedir(dir);
	return rc;
}

int target_attach(const struct capture_config *config, struct target *target, struct hooks *hooks,
		  struct diag *d)
{
	struct vcpu_fds fds = { 0 };
	int rc = hooks_add_target(hooks, target->pid, d);

	if (rc || config->command)
		return rc;
	each_fd(target->pid, note_fd, &fds);
	if (!fds.has_vm)
		return diag_set(d, EXIT_RUNTIME, -ESRCH,
				"process %d holds no KVM virtual machine; name the VMM's process",
				(int)target->pid);
	rc = hooks_find_vm(hooks, d);
	return rc ? rc : add_running_vcpus(hooks, target->pid, &fds, d);
}

int target_start(struct target *target, char **command, struct diag *d)
{
	int err = 0;

	if (write(target->gate, "", 1) != 1)
		return diag_set(d, EXIT_RUNTIME, -errno, "%s: %s", command[0], strerror(errno));
	close(target->gate);
	target->gate = -1;
	if (read(target->verdict, &err, sizeof(err)) == sizeof(err))
		return diag_set(d, EXIT_RUNTIME, -err, "%s: %s", command[0], strerror(err));
	return 0;
}

bool target_ended(struct target *target)
{
	struct pollfd poll_fd = { .fd = target->pidfd, .events = POLLIN };

	if (target->reaped)
		return true;
	if (poll(&poll_fd, 1, 0) <= 0)
		return false;
	if (target->ours)
		target->reaped = waitpid(target->pid, &target->status, 0) == target->pid;
	return true;
}

static void end_command(struct target *target)
{
	struct pollfd poll_fd = { .fd = target->pidfd, .events = POLLIN };

	if (target->gate >= 0)
		close(target->gate); /* it never started */
	target->gate = -1;
	if (target->pidfd >= 0 && !target_ended(target)) {
		kill(target->pid, SIGTERM);
		while (poll(&poll_fd, 1, PATIENCE_MS) < 0 && errno == EINTR)
			;
		if (!target_ended(target)) {
			kill(target->pid, SIGKILL);
			waitpid(target->pid, &target->status, 0);
		}
	}
}

void target_close(struct target *target)
{
	if (target->ours && target->pid > 0)
		end_command(target);
	if (target->verdict >= 0)
		close(target->verdict);
	if (target->pidfd >= 0)
		close(target->pidfd);
	target->pidfd = target->verdict = -1;
}
