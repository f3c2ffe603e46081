/* SPDX-License-Identifier: GPL-2.0-only */
/* What -x, --era, --cache and --mode name. Each prints what is wrong and returns an exit code. */
#ifndef CLI_CHOOSE_H
#define CLI_CHOOSE_H

#include "replay/replay.h"

#define CHOOSE_MAX     64
#define CHOOSE_INDEXES "null,linear,size-sorted,bsearch,rbtree" /* without -x and --era */

struct choice {
	const struct index_ops *indexes[CHOOSE_MAX];
	size_t nr_indexes;
	struct replay_contest contests[CHOOSE_MAX];
	const struct index_ops *era_index[CHOOSE_MAX]; /* what contests[].indexes points to */
	size_t nr_contests;
	const struct mode_ops *modes[CHOOSE_MAX + 1];
};

/* NULL for any of them: the default. */
int choose(const char *indexes, const char *eras, const char *layers, const char *modes,
	   struct choice *choice);

#endif
