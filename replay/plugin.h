/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures that are not in this tree: shared objects that export one symbol,
 *
 *	const struct index_ops slotsim_index;
 *
 * which INDEX_DEFINE() makes when it is compiled by `slotsim build` (docs/adding.md).
 */
#ifndef REPLAY_PLUGIN_H
#define REPLAY_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "replay/index/index.h"
#include "trace/diag.h"

/* The file that the value @name of -x means: what has a slash or ends in .so is a path, another
 * name that no structure here has is NAME.so in indexes/ beside the program. False if it is
 * neither, or if @path has no room. */
bool plugin_path(const char *name, char *path, size_t room);

/*
 * Load @path and see that it is complete. It stays loaded. Its code runs in this process, so call
 * this in one that may crash.
 */
int plugin_open(const char *path, const struct index_ops **ops, struct diag *d);

#endif
