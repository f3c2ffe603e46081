// SPDX-License-Identifier: GPL-2.0-only
/* flat.h, eight slots at a time. The Makefile compiles *-avx512.c for AVX-512F. */
#include <immintrin.h>

#include "replay/index/flat.h"

static inline unsigned int flat_avx512_find(struct index *index, uint64_t gfn)
{
	const uint64_t *base = LOAD(index->base);
	unsigned int cap = LOAD_ALSO(index->cap);
	__m512i all = _mm512_set1_epi64((long long)gfn);
	__m512i answer = _mm512_set1_epi64(SLOT_NONE);

	LINES(base, 3 * cap * sizeof(*base));
	for (unsigned int i = 0; i < cap; i += FLAT_STEP) {
		__m512i from = _mm512_sub_epi64(all, _mm512_load_si512(&base[i]));
		__mmask8 hit = _mm512_cmplt_epu64_mask(from, _mm512_load_si512(&base[cap + i]));

		/* an id is less than SLOT_NONE, and at most one lane has one */
		answer = _mm512_mask_loadu_epi64(answer, hit, &base[2 * cap + i]);
	}
	return (unsigned int)_mm512_reduce_min_epu64(answer);
}

static const char *flat_avx512_lacks(void)
{
	return __builtin_cpu_supports("avx512f") ? NULL : "AVX-512F";
}

INDEX_LOOPS(flat_avx512)

INDEX_DEFINE(flat_avx512) = {
	INDEX_UPDATES(flat),	    INDEX_READS(flat_avx512), .fill = flat_fill,
	.lacks = flat_avx512_lacks, .name = "flat-avx512",    .mirrors = "new",
	.kernel_ok = false,	    .max_slots = FLAT_MAX,
};
