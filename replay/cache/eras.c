// SPDX-License-Identifier: GPL-2.0-only
#include "replay/cache/eras.h"

#include <stdio.h>
#include <string.h>

const struct era era_table[] = {
#define ERA(...) { __VA_ARGS__ },
	ERA_LIST(ERA)
#undef ERA
		{ 0 },
};

const struct era *era_by_name(const char *name)
{
	for (const struct era *era = era_table; era->name; era++)
		if (!strcmp(era->name, name))
			return era;
	return NULL;
}

/* "6.1.0-32-amd64" is 6001. */
static int version_of(const char *release)
{
	unsigned int major = 0, minor = 0;

	if (sscanf(release, "%3u.%3u", &major, &minor) < 1)
		return -1;
	return (int)(major * 1000 + minor);
}

const struct era *era_of_kernel(const char *release)
{
	const struct era *found = NULL;
	int version = version_of(release);

	for (const struct era *era = era_table; era->name; era++)
		if (era->since && version >= 0 && version_of(era->since) <= version)
			found = era;
	return found;
}
