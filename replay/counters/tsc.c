// SPDX-License-Identifier: GPL-2.0-only
/* The time-stamp counter: what every mode times with. Here so that it is listed and named. */
#include <stddef.h>

#include "replay/counters/counter.h"

static const char *tsc_lacks(void)
{
	return NULL; /* x86-64 has it; whether it is steady stands in the environment block */
}

const struct counter_ops counter_tsc = {
	.name = "tsc",
	.summary = "ticks of the time-stamp counter; always there",
	.lacks = tsc_lacks,
};
