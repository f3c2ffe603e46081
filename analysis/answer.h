/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions of the 2011 thread, answered from one results file: structures x {miss cache off,
 * on} x {last-used off, on}, interleaved, all in ticks per access.
 *
 * A claim compares two corners of that factorial. It says "less" or "more" only where that will be
 * said again by a second run: docs/statistics.md.
 */
#ifndef ANALYSIS_ANSWER_H
#define ANALYSIS_ANSWER_H

#include <stdio.h>

#include "analysis/results.h"
#include "analysis/stats.h"

/* What the results must hold, as slotsim replay takes it; %s is the best structure known. */
#define ANSWER_INDEXES	    "null,linear,size-sorted,wbtree-sum,rbtree,%s"
#define ANSWER_LAYERS	    "none/mmio-vcpu,mmio-spte/last-vcpu/mmio-vcpu,mmio-spte,last-vcpu"
#define ANSWER_MODES	    "batch,single,update"
#define ANSWER_DEFAULT_BEST "granule"

/* Branch predictors memorise fewer searches than this within a pass: their time tells nothing. */
#define ANSWER_FEW_LOOKUPS 4096

/* Smaller effects are not what the questions were about, and another run may not see them. */
#define ANSWER_THRESHOLD_PCT 5.0

/* The order of the rows and of the columns. */
enum answer_row {
	ROW_LINEAR,
	ROW_SIZE_SORTED,
	ROW_WBTREE,
	ROW_RBTREE,
	ROW_BEST,
	ANSWER_STRUCTURES
};
enum answer_layers {
	ANSWER_NO_CACHE,
	ANSWER_MISS_CACHE,
	ANSWER_LAST_USED,
	ANSWER_BOTH,
	ANSWER_LAYER_SETS
};
extern const char *const answer_layer_names[ANSWER_LAYER_SETS];

/* One corner of the factorial. */
struct answer_corner {
	const struct results_run *run; /* NULL: not in the results */
	struct stats_estimate ticks;   /* per access; value NAN where none was measured */
	double *values;		       /* the same of each repeat */
};

enum answer_says {
	ANSWER_ABSENT,	/* the trace has no such access */
	ANSWER_FLOOR,	/* below the floor of the harness: no ratio */
	ANSWER_FEW,	/* too few searches are left on both sides to time them */
	ANSWER_NOTHING, /* all of it is saved: no search is left */
	ANSWER_LESS,
	ANSWER_MORE,
	ANSWER_SAME, /* no difference measured */
	ANSWER_OPEN, /* too near to the noise to be sure that it would be said again */
	ANSWER_NR_SAYS
};
extern const char *const answer_says_names[ANSWER_NR_SAYS];
bool answer_is_open(enum answer_says says); /* marked with ~ */

#define ANSWER_CLAIMS(CLAIM)                                                                       \
	CLAIM(FAST_MISSES, "A. fast misses alone: misses",                                         \
	      "linear -> wbtree-sum, accesses without a slot")                                     \
	CLAIM(FAST_ALL, "   all accesses", "linear -> wbtree-sum, all accesses")                   \
	CLAIM(FAST_CACHED, "B. fast misses and the miss cache",                                    \
	      "linear -> wbtree-sum with the miss cache, all accesses")                            \
	CLAIM(CACHED, "   the miss cache alone", "linear -> linear with the miss cache, all")      \
	CLAIM(CACHED_MISSES, "   misses, with the miss cache",                                     \
	      "linear -> linear with the miss cache, accesses without a slot")                     \
	CLAIM(SIZE_SORTED, "C. size-sorted against wbtree-sum",                                    \
	      "wbtree-sum -> size-sorted, both with the miss cache")                               \
	CLAIM(SIZE_RBTREE, "   size-sorted against rbtree",                                        \
	      "rbtree -> size-sorted, both with the miss cache")                                   \
	CLAIM(BEST, "   the best against today's rbtree", "rbtree -> best, both with both caches")

enum answer_claim_key {
#define CLAIM(sym, text, what) ANSWER_##sym,
	ANSWER_CLAIMS(CLAIM)
#undef CLAIM
		ANSWER_NR_CLAIMS
};
extern const char *const answer_claim_texts[ANSWER_NR_CLAIMS];
extern const char *const answer_claim_whats[ANSWER_NR_CLAIMS];

struct answer_claim {
	enum answer_says says;
	bool compared; /* the ratio holds */
	struct stats_ratio ratio;
};

/* Does the miss cache alone bring 99 % of the way from linear search to the best corner? */
enum answer_99 { ANSWER_99_UNASKED, ANSWER_99_NO, ANSWER_99_YES, ANSWER_99_OPEN, ANSWER_NR_99 };
extern const char *const answer_99_names[ANSWER_NR_99];

struct answer_share {
	enum answer_99 says; /* UNASKED: no improvement was measured that could be shared */
	struct stats_estimate percent;
};

/* Ticks: a change itself, the searches that it causes, and one search timed alone. */
struct answer_structure {
	const char *name;
	double change, again;
	double longest, p999, depth;
};

struct answer_trace {
	const struct results_trace *trace;
	uint64_t slots;
	struct answer_corner corners[ANSWER_STRUCTURES][ANSWER_LAYER_SETS];
	struct answer_claim claims[ANSWER_NR_CLAIMS];
	struct answer_share share;
	struct answer_structure structures[ANSWER_STRUCTURES];
};

struct answer {
	const struct results *results;
	struct answer_trace *traces;
	size_t nr;
	struct answer_share share; /* over all traces */
	double mhz;		   /* NAN where it is not known */
	double threshold_pct;
};

/* @results must outlive the answer. EXIT_INPUT where it is of another replay; or -ENOMEM. */
int answer_make(const struct results *results, const char *best, double threshold_pct,
		struct answer **answer, struct diag *d);
void answer_free(struct answer *answer);

/* What ticks per access of @corner come to: microseconds per second of guest time, and per cent of
 * the recorded time from exit to entry (Amdahl's bound); NAN where the trace has no such time. */
double answer_us_per_s(const struct answer *answer, const struct answer_trace *trace,
		       const struct answer_corner *corner);
double answer_exit_pct(const struct answer *answer, const struct answer_trace *trace,
		       const struct answer_corner *corner);

/* In plain words, at most 72 columns; or as one JSON object. 0, or -ENOMEM. */
int answer_text(FILE *out, const struct answer *answer);
int answer_json(FILE *out, const struct answer *answer);

#endif
