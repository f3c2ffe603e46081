/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow by a half, an element at a time. */
#ifndef TRACE_RESERVE_H
#define TRACE_RESERVE_H

#include <errno.h>
#include <stdlib.h>

/* Make room for one more element behind @nr of @array, which has @room. 0 or -ENOMEM. */
static inline int reserve(void **array, size_t *room, size_t nr, size_t element_bytes)
{
	size_t more = *room + *room / 2 + 1024;
	void *bigger;

	if (nr < *room)
		return 0;
	bigger = reallocarray(*array, more, element_bytes);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*room = more;
	return 0;
}

#endif
