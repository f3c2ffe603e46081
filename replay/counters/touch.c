// SPDX-License-Identifier: GPL-2.0-only
/* Lines and depth of a lookup, from the structure's own source compiled with recording loads: the
 * same on every machine. Always in the results, as lines and depth. */
#include <stddef.h>

#include "replay/counters/counter.h"

static const char *touch_lacks(void)
{
	return NULL;
}

const struct counter_ops counter_touch = {
	.name = "touch",
	.summary = "distinct cache lines and dependent depth of a lookup, exact; always there",
	.lacks = touch_lacks,
};
