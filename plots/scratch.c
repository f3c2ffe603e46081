// SPDX-License-Identifier: GPL-2.0-only
#include "plots/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int scratch_make(char *path, size_t size, struct diag *d)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, size, "%s/slotsim-plot-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		return diag_set(d, EXIT_RUNTIME, -errno, "%s: %m", path);
	return 0;
}

void scratch_remove(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}
