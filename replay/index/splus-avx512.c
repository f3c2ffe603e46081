// SPDX-License-Identifier: GPL-2.0-only
/* splus.h with one 512-bit compare a node. The Makefile compiles *-avx512.c for AVX-512F. */
#include <immintrin.h>

#include "replay/index/splus.h"

static inline unsigned int count_avx512(const struct splus_node *node, uint64_t x)
{
	__m512i keys = _mm512_load_si512(node->key);

	return (unsigned int)__builtin_popcount(
		_mm512_cmple_epu64_mask(keys, _mm512_set1_epi64((long long)x)));
}

static inline unsigned int splus_avx512_find(struct index *index, uint64_t gfn)
{
	return splus_search(index, gfn, count_avx512);
}

static const char *splus_avx512_lacks(void)
{
	return __builtin_cpu_supports("avx512f") ? NULL : "AVX-512F";
}

INDEX_LOOPS(splus_avx512)

INDEX_DEFINE(splus_avx512) = {
	INDEX_UPDATES(splus),	     INDEX_READS(splus_avx512),	   .fill = splus_fill,
	.lacks = splus_avx512_lacks, .name = "splus-avx512",	   .mirrors = "new",
	.kernel_ok = false,	     .max_slots = INDEX_MAX_SLOTS,
};
