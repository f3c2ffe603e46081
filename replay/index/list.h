/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every structure, one line each, in the order they are listed and measured. The name is the file's
 * stem with dashes as underscores; registry.c, the Makefile (which compiles each a second time for
 * touch()) and the tests all read this list.
 */
#ifndef REPLAY_INDEX_LIST_H
#define REPLAY_INDEX_LIST_H

#define INDEX_LIST(INDEX)                                                                          \
	INDEX(null)                                                                                \
	INDEX(linear)                                                                              \
	INDEX(size_sorted)                                                                         \
	INDEX(bsearch)                                                                             \
	INDEX(wbtree_sum)                                                                          \
	INDEX(wbtree_heap)                                                                         \
	INDEX(wbtree_count)                                                                        \
	INDEX(rbtree)                                                                              \
	INDEX(rbtree_last)                                                                         \
	INDEX(interval_hva)                                                                        \
	INDEX(hybrid)                                                                              \
	INDEX(granule)                                                                             \
	INDEX(judy)                                                                                \
	INDEX(maple)                                                                               \
	INDEX(radix)                                                                               \
	INDEX(eytzinger)                                                                           \
	INDEX(splus)                                                                               \
	INDEX(flat)                                                                                \
	INDEX(splus_avx2)                                                                          \
	INDEX(splus_avx512)                                                                        \
	INDEX(flat_avx512)

#endif
