/* SPDX-License-Identifier: GPL-2.0-only */
/* Eras: structure and cache layers as the fault path of one kernel had them, one line each. */
#ifndef REPLAY_CACHE_ERAS_H
#define REPLAY_CACHE_ERAS_H

#include "replay/cache/cache.h"

/*
 * ERA(name, first kernel release it holds for, structure, layers...)
 *
 * "none" is today's structure with every layer off. 5.15's faults search through the vCPU's own
 * entry only, an index that outlives slot changes; from 5.17 on it is a pointer that does not.
 */
#define ERA_LIST(ERA)                                                                              \
	ERA("none", NULL, "rbtree", "")                                                            \
	ERA("2.6.37", "0", "linear", "")                                                           \
	ERA("3.3", "3.1", "size-sorted", "mmio-vcpu,mmio-spte")                                    \
	ERA("3.19", "3.19", "bsearch", "mmio-vcpu,mmio-spte,last-vm")                              \
	ERA("5.15", "5.15", "bsearch", "mmio-vcpu,mmio-spte,last-vcpu-index")                      \
	ERA("5.17", "5.17", "rbtree", "mmio-vcpu,mmio-spte,last-vcpu")

struct era {
	const char *name;
	const char *since; /* kernel release, or NULL if it is no kernel's */
	const char *index;
	const char *layers; /* as cache_parse() takes them */
};

extern const struct era era_table[]; /* ends with a name of NULL */

const struct era *era_by_name(const char *name); /* NULL if there is none */
/* The era of a kernel such as "6.1.0-32-amd64"; NULL if @release does not start with a version. */
const struct era *era_of_kernel(const char *release);

#endif
