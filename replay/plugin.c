// SPDX-License-Identifier: GPL-2.0-only
#include "replay/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/index/registry.h"

#define SYMBOL "slotsim_index"

static bool ends_in_so(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && !strcmp(name + n - 3, ".so");
}

static bool beside_program(const char *name, char *path, size_t room)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (n < 0)
		return false;
	program[n] = '\0';
	*strrchr(program, '/') = '\0';
	n = snprintf(path, room, "%s/indexes/%s.so", program, name);
	return n < (ssize_t)room && !access(path, F_OK);
}

bool plugin_path(const char *name, char *path, size_t room)
{
	if (index_by_name(name))
		return false;
	if (!strchr(name, '/') && !ends_in_so(name))
		return beside_program(name, path, room);
	/* without a slash dlopen() would look in the system's folders */
	return snprintf(path, room, "%s%s", strchr(name, '/') ? "" : "./", name) < (int)room;
}

static int bad(const char *path, struct diag *d, const char *what)
{
	return diag_set(d, EXIT_INPUT, -ENOEXEC, "%s: %s; slotsim build makes one that fits", path,
			what);
}

/* Names are labels in results and words of -x. */
static bool name_is_plain(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name) &&
	       strlen(name) < 32;
}

int plugin_open(const char *path, const struct index_ops **ops, struct diag *d)
{
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct index_ops *found = object ? dlsym(object, SYMBOL) : NULL;
	const char *fault;

	if (!object) /* says the path itself */
		return diag_set(d, EXIT_INPUT, -ENOEXEC, "cannot load the structure: %s",
				dlerror());
	if (!found)
		return bad(path, d, "no symbol " SYMBOL ", so no structure");
	fault = index_ops_fault(found);
	if (!fault && !name_is_plain(found->name))
		fault = "its name must be short and of a-z, 0-9 and -";
	if (!fault && index_by_name(found->name))
		fault = "it has the name of a structure that is built in";
	if (fault)
		return bad(path, d, fault);
	*ops = found;
	return 0;
}
