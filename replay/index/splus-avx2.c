// SPDX-License-Identifier: GPL-2.0-only
/* splus.h with two 256-bit compares a node. The Makefile compiles *-avx2.c for AVX2. */
#include <immintrin.h>

#include "replay/index/splus.h"

static inline unsigned int count_avx2(const struct splus_node *node, uint64_t x)
{
	const __m256i *keys = (const __m256i *)node->key;
	__m256i all = _mm256_set1_epi64x((long long)x);
	__m256i low = _mm256_cmpgt_epi64(_mm256_load_si256(keys), all);
	__m256i high = _mm256_cmpgt_epi64(_mm256_load_si256(keys + 1), all);
	unsigned int larger = (unsigned int)_mm256_movemask_pd(_mm256_castsi256_pd(low)) |
			      (unsigned int)_mm256_movemask_pd(_mm256_castsi256_pd(high)) << 4;

	return SPLUS_KEYS - (unsigned int)__builtin_popcount(larger);
}

static inline unsigned int splus_avx2_find(struct index *index, uint64_t gfn)
{
	return splus_search(index, gfn, count_avx2);
}

static const char *splus_avx2_lacks(void)
{
	return __builtin_cpu_supports("avx2") ? NULL : "AVX2";
}

INDEX_LOOPS(splus_avx2)

INDEX_DEFINE(splus_avx2) = {
	INDEX_UPDATES(splus),	   INDEX_READS(splus_avx2),	 .fill = splus_fill,
	.lacks = splus_avx2_lacks, .name = "splus-avx2",	 .mirrors = "new",
	.kernel_ok = false,	   .max_slots = INDEX_MAX_SLOTS,
};
