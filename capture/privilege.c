// SPDX-License-Identifier: GPL-2.0-only
#include "capture/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * CAP_BPF: before 5.19 even reading a map needs it. CAP_SYS_PTRACE: /proc/PID/smaps of another
 * user's VMM. CAP_KILL: to end the command. CAP_DAC_OVERRIDE: as root itself, to write where root
 * could before.
 */
static uint64_t wanted(uid_t uid)
{
	uint64_t caps = 1ull << CAP_BPF | 1ull << CAP_SYS_PTRACE | 1ull << CAP_KILL;

	return uid ? caps : caps | 1ull << CAP_DAC_OVERRIDE;
}

static int set_capabilities(uint64_t caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint64_t permitted;

	if (syscall(SYS_capget, &header, data))
		return -errno;
	permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	caps &= permitted;
	for (int i = 0; i < 2; i++) {
		data[i].permitted = data[i].effective = (uint32_t)(caps >> 32 * i);
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static unsigned int id_from(const char *name)
{
	const char *text = getenv(name);

	return text ? (unsigned int)strtoul(text, NULL, 10) : 0;
}

static int become_caller(uid_t uid, gid_t gid)
{
	if (prctl(PR_SET_KEEPCAPS, 1))
		return -errno;
	if (setgroups(1, &gid) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

int privilege_drop(struct diag *d)
{
	uid_t uid = geteuid() ? 0 : id_from("SUDO_UID");
	int rc = uid ? become_caller(uid, id_from("SUDO_GID")) : 0;

	if (!rc)
		rc = set_capabilities(wanted(geteuid()));
	return rc ? diag_set(d, EXIT_RUNTIME, rc, "dropping privileges: %s", strerror(-rc)) : 0;
}
