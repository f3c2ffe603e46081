// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/dist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

int alias_init(struct alias *alias, const uint64_t *weights, size_t nr)
{
	uint64_t *part = calloc(nr, sizeof(*part)), sum = 0;
	uint32_t *stack = calloc(nr, sizeof(*stack));
	size_t small = 0, large = nr; /* the stack's two ends: cells below and not below the mean */

	*alias = (struct alias){ (uint32_t)nr, calloc(nr, sizeof(uint32_t)),
				 calloc(nr, sizeof(uint32_t)) };
	if (!part || !stack || !alias->cut || !alias->other) {
		free(part);
		free(stack);
		alias_free(alias);
		return -ENOMEM;
	}
	for (size_t i = 0; i < nr; i++)
		sum += weights[i];
	for (size_t i = 0; i < nr; i++) {
		part[i] = (uint64_t)(((u128)weights[i] * nr << 32) / sum);
		alias->cut[i] = UINT32_MAX;
		alias->other[i] = (uint32_t)i;
		stack[part[i] < SHARE_ONE ? small++ : --large] = (uint32_t)i;
	}
	while (small && large < nr) {
		uint32_t s = stack[--small], l = stack[large];

		alias->cut[s] = (uint32_t)part[s];
		alias->other[s] = l;
		part[l] -= SHARE_ONE - part[s];
		if (part[l] < SHARE_ONE) {
			large++;
			stack[small++] = l;
		}
	}
	free(part);
	free(stack);
	return 0;
}

void alias_free(struct alias *alias)
{
	free(alias->cut);
	free(alias->other);
	*alias = (struct alias){ 0 };
}

/* log2(x) with 32 fraction bits: squaring the mantissa doubles its logarithm, bit by bit. */
static uint64_t fix_log2(uint64_t x)
{
	int whole = 63 - __builtin_clzll(x);
	uint64_t y = x << (63 - whole), log = (uint64_t)whole << 32; /* y: [1, 2) in 2^63 */

	for (int bit = 31; bit >= 0; bit--) {
		u128 square = (u128)y * y;

		if (square >> 127) {
			log |= 1ull << bit;
			y = (uint64_t)(square >> 64);
		} else {
			y = (uint64_t)(square >> 63);
		}
	}
	return log;
}

static uint64_t square_root(u128 x)
{
	u128 root = 0;

	for (u128 bit = (u128)1 << 63; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= x)
			root |= bit;
	return (uint64_t)root;
}

/* 2^-e in 2^62, e with 32 fraction bits: one factor 2^-(2^-k) for every set bit of the fraction. */
static uint64_t fix_exp2_neg(uint64_t e)
{
	uint64_t factor = 1ull << 61, y = 1ull << 62; /* factor begins at 2^-1 */

	if (e >> 32 >= 62)
		return 0;
	for (int bit = 31; bit >= 0; bit--) {
		factor = square_root((u128)factor << 62);
		if (e >> bit & 1)
			y = (uint64_t)((u128)y * factor >> 62);
	}
	return y >> (e >> 32);
}

/* In 2^62 times ranks. */
static u128 zipf_weight(uint64_t first, uint64_t width, uint64_t exponent)
{
	u128 e = (u128)fix_log2(first + 1 + width / 2) * exponent >> 32;

	return (u128)(e >> 64 ? 0 : fix_exp2_neg((uint64_t)e)) * width;
}

static uint64_t zipf_width(uint64_t first, uint64_t n)
{
	uint64_t width = first < 128 ? 1 : first / 64;

	return width < n - first ? width : n - first;
}

int zipf_init(struct zipf *zipf, uint64_t n, uint64_t exponent)
{
	size_t nr = 0;
	uint64_t *weights;
	u128 heaviest = 0;
	int rc, shift = 0;

	for (uint64_t first = 0; first < n; first += zipf_width(first, n)) {
		u128 weight = zipf_weight(first, zipf_width(first, n), exponent);

		heaviest = weight > heaviest ? weight : heaviest;
		nr++;
	}
	while (heaviest >> shift >> 51) /* some 2000 buckets of 2^51 stay below 2^64 */
		shift++;
	weights = calloc(nr, sizeof(*weights));
	zipf->first = calloc(nr + 1, sizeof(*zipf->first));
	if (!weights || !zipf->first) {
		free(weights);
		free(zipf->first);
		return -ENOMEM;
	}
	for (size_t i = 0; i < nr; i++) {
		uint64_t first = zipf->first[i], width = zipf_width(first, n);

		weights[i] = (uint64_t)(zipf_weight(first, width, exponent) >> shift) + 1;
		zipf->first[i + 1] = first + width;
	}
	rc = alias_init(&zipf->buckets, weights, nr);
	free(weights);
	if (rc)
		free(zipf->first);
	return rc;
}

void zipf_free(struct zipf *zipf)
{
	alias_free(&zipf->buckets);
	free(zipf->first);
	zipf->first = NULL;
}

void quantiles_constant(struct quantiles *q, uint64_t value)
{
	q->nr = 1;
	q->at[0] = value;
}

/* -log2(1-u) at equal steps of u, the last one at half a step from 1; then scaled to the mean. */
void quantiles_exponential(struct quantiles *q, uint64_t mean)
{
	const uint32_t steps = QUANTILES_MAX - 1;
	u128 twice_sum = 0;

	q->nr = QUANTILES_MAX;
	for (uint32_t i = 0; i <= steps; i++) {
		uint64_t left = i < steps ? 2 * (steps - i) : 1;

		q->at[i] = fix_log2(2 * steps) - fix_log2(left);
	}
	for (uint32_t i = 0; i < steps; i++)
		twice_sum += q->at[i] + q->at[i + 1];
	for (uint32_t i = 0; i <= steps; i++)
		q->at[i] = (uint64_t)((u128)q->at[i] * mean * 2 * steps / twice_sum);
}

uint64_t octaves_mean(const struct octaves *o)
{
	u128 twice_mean = 0;

	for (uint32_t k = 0; k < o->nr; k++)
		twice_mean += (u128)o->share[k] * ((3ull << k) - 1);
	return (uint64_t)(twice_mean / 2);
}
