// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/answer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replay/index/index.h"

#define MISS_CACHE "mmio-vcpu+mmio-spte"
#define LAST_USED  "last-vcpu"

static const char *const layer_keys[] = { "none", MISS_CACHE, LAST_USED, MISS_CACHE "+" LAST_USED };
const char *const answer_layer_names[] = { "no cache", "miss cache", "last used", "both" };
const char *const answer_says_names[] = { "absent", "floor", "few",  "nothing-left",
					  "less",   "more",  "same", "open" };
const char *const answer_99_names[] = { "unasked", "no", "yes", "open" };

#define CLAIM(sym, text, what) text,
const char *const answer_claim_texts[] = { ANSWER_CLAIMS(CLAIM) };
#undef CLAIM
#define CLAIM(sym, text, what) what,
const char *const answer_claim_whats[] = { ANSWER_CLAIMS(CLAIM) };
#undef CLAIM

static const char *const structure_names[] = { "linear", "size-sorted", "wbtree-sum", "rbtree" };

/* From which corner to which, over which class. */
static const struct comparison {
	int from, from_layers, to, to_layers;
	enum results_class class;
} comparisons[] = {
	[ANSWER_FAST_MISSES] = { ROW_LINEAR, ANSWER_NO_CACHE, ROW_WBTREE, ANSWER_NO_CACHE,
				 RESULTS_CLASS_MISS },
	[ANSWER_FAST_ALL] = { ROW_LINEAR, ANSWER_NO_CACHE, ROW_WBTREE, ANSWER_NO_CACHE,
			      RESULTS_CLASS_ALL },
	[ANSWER_FAST_CACHED] = { ROW_LINEAR, ANSWER_NO_CACHE, ROW_WBTREE, ANSWER_MISS_CACHE,
				 RESULTS_CLASS_ALL },
	[ANSWER_CACHED] = { ROW_LINEAR, ANSWER_NO_CACHE, ROW_LINEAR, ANSWER_MISS_CACHE,
			    RESULTS_CLASS_ALL },
	[ANSWER_CACHED_MISSES] = { ROW_LINEAR, ANSWER_NO_CACHE, ROW_LINEAR, ANSWER_MISS_CACHE,
				   RESULTS_CLASS_MISS },
	[ANSWER_SIZE_SORTED] = { ROW_WBTREE, ANSWER_MISS_CACHE, ROW_SIZE_SORTED, ANSWER_MISS_CACHE,
				 RESULTS_CLASS_ALL },
	[ANSWER_SIZE_RBTREE] = { ROW_RBTREE, ANSWER_MISS_CACHE, ROW_SIZE_SORTED, ANSWER_MISS_CACHE,
				 RESULTS_CLASS_ALL },
	[ANSWER_BEST] = { ROW_RBTREE, ANSWER_BOTH, ROW_BEST, ANSWER_BOTH, RESULTS_CLASS_ALL },
};

bool answer_is_open(enum answer_says says)
{
	return says == ANSWER_SAME || says == ANSWER_OPEN || says == ANSWER_FLOOR ||
	       says == ANSWER_FEW;
}

/* ---- corners ---- */

static const struct results_run *find(const struct answer *a, const struct answer_trace *t, int s,
				      int layers, enum results_mode mode, enum results_class class)
{
	for (size_t i = 0; i < a->results->nr_runs; i++) {
		const struct results_run *run = &a->results->runs[i];

		if (run->mode == mode && run->class == class && !run->era &&
		    !strcmp(run->index, t->structures[s].name) &&
		    (mode == RESULTS_UPDATE || !strcmp(run->caches, layer_keys[layers])) &&
		    !strcmp(run->trace, t->trace->name))
			return run;
	}
	return NULL;
}

static bool few(const struct results_run *run)
{
	return run->lookups < ANSWER_FEW_LOOKUPS;
}

/*
 * Per access: what a layer serves costs no search, and counts with 0. A few searches may seem to
 * cost less than the floor; with a tick for each they still cost next to nothing. 0 or -ENOMEM.
 */
static int corner_take(struct answer_corner *c, const struct results_run *run)
{
	int err = 0;

	*c = (struct answer_corner){ .run = run, .ticks.value = NAN };
	if (!run || !run->accesses)
		return 0;
	c->values = calloc(run->nr_samples + 1, sizeof(*c->values));
	if (!c->values)
		return -ENOMEM;
	for (size_t i = 0; i < run->nr_samples; i++)
		c->values[i] = (few(run) ? fmax(run->samples[i], 1) : run->samples[i]) *
			       (double)run->lookups / (double)run->accesses;
	if (!run->lookups)
		c->ticks.value = 0;
	else if (run->nr_samples)
		err = stats_median(c->values, run->nr_samples, &c->ticks);
	return err;
}

static int make_corners(const struct answer *a, struct answer_trace *t)
{
	int err = 0;

	for (int s = 0; s < ANSWER_STRUCTURES; s++)
		for (int l = 0; !err && l < ANSWER_LAYER_SETS; l++)
			err = corner_take(&t->corners[s][l],
					  find(a, t, s, l, RESULTS_BATCH, RESULTS_CLASS_ALL));
	return err;
}

/* ---- claims ---- */

static int compare(struct answer_claim *claim, const struct answer_corner *from,
		   const struct answer_corner *to)
{
	size_t n;
	int err;

	claim->says = ANSWER_ABSENT;
	if (!from->run || !to->run || !from->run->lookups)
		return 0;
	claim->says = ANSWER_NOTHING;
	if (!to->run->lookups)
		return 0;
	claim->says = ANSWER_FEW;
	if (few(from->run) && few(to->run))
		return 0;
	claim->says = ANSWER_FLOOR;
	n = from->run->nr_samples < to->run->nr_samples ? from->run->nr_samples
							: to->run->nr_samples;
	err = stats_compare_places(from->values, to->values, from->run->process, n, INDEX_PLACES,
				   &claim->ratio);
	claim->compared = !err;
	return err == -ENOMEM ? err : 0;
}

static int make_claim(const struct answer *a, struct answer_trace *t, int key)
{
	const struct comparison *c = &comparisons[key];
	struct answer_corner from, to = { 0 };
	int err = corner_take(&from, find(a, t, c->from, c->from_layers, RESULTS_BATCH, c->class));

	if (!err)
		err = corner_take(&to, find(a, t, c->to, c->to_layers, RESULTS_BATCH, c->class));
	if (!err)
		err = compare(&t->claims[key], &from, &to);
	free(from.values);
	free(to.values);
	return err;
}

static enum answer_says judge_claim(const struct stats_ratio *r, double threshold_pct)
{
	switch (stats_verdict(r, threshold_pct, STATS_ALPHA)) {
	case STATS_FASTER:
		return ANSWER_LESS;
	case STATS_SLOWER:
		return ANSWER_MORE;
	case STATS_SAME:
		return ANSWER_SAME;
	default:
		return ANSWER_OPEN;
	}
}

/* Each trace is an answer by itself: one correction over its claims. 0 or -ENOMEM. */
static int judge(const struct answer *a, struct answer_trace *t)
{
	struct stats_ratio *ratios[ANSWER_NR_CLAIMS];
	size_t nr = 0;
	int err;

	for (int c = 0; c < ANSWER_NR_CLAIMS; c++)
		if (t->claims[c].compared)
			ratios[nr++] = &t->claims[c].ratio;
	err = stats_holm(ratios, nr);
	for (int c = 0; !err && c < ANSWER_NR_CLAIMS; c++)
		if (t->claims[c].compared)
			t->claims[c].says = judge_claim(&t->claims[c].ratio, a->threshold_pct);
	return err;
}

/* ---- the 99 % question: (worst - cached) / (worst - best) ---- */

/* One value a process: the mean of its repeats. */
struct way {
	double *worst, *cached, *best;
	size_t n;
};

static double way_share(const size_t *units, size_t n, const struct way *way)
{
	double gained = 0, possible = 0;

	for (size_t i = 0; i < n; i++) {
		gained += way->worst[units[i]] - way->cached[units[i]];
		possible += way->worst[units[i]] - way->best[units[i]];
	}
	return possible > 0 ? 100 * gained / possible : 0;
}

/* The mean of the traces' shares; a drawn unit is the same process in all of them. */
static double mean_share(const size_t *units, size_t n, const void *data)
{
	const struct way *way = data;
	double sum = 0;
	size_t nr = 0;

	for (; way[nr].n; nr++)
		sum += way_share(units, n, &way[nr]);
	return nr ? sum / (double)nr : 0;
}

/* At least @room values: zeros where no search is left. */
static double *by_process(const struct answer_corner *c, size_t room, size_t *n)
{
	double *units = calloc(c->run->nr_samples + room + 1, sizeof(*units));

	*n = 0;
	for (size_t i = 0, j; units && i < c->run->nr_samples; i = j) {
		double sum = 0;

		for (j = i; j < c->run->nr_samples && c->run->process[j] == c->run->process[i]; j++)
			sum += c->values[j];
		units[(*n)++] = sum / (double)(j - i);
	}
	if (!c->run->lookups)
		*n = room;
	return units;
}

static bool is_gain(const struct answer *a, const struct answer_corner *worst,
		    const struct answer_corner *best)
{
	struct answer_claim claim = { 0 };

	if (compare(&claim, worst, best))
		return false;
	if (claim.compared)
		claim.says = judge_claim(&claim.ratio, a->threshold_pct);
	return claim.says == ANSWER_LESS || claim.says == ANSWER_NOTHING;
}

/* @way stays empty where linear search to the best corner is no improvement. 0 or -ENOMEM. */
static int way_make(struct way *way, const struct answer *a, const struct answer_trace *t)
{
	const struct answer_corner *worst = &t->corners[ROW_LINEAR][ANSWER_NO_CACHE],
				   *cached = &t->corners[ROW_LINEAR][ANSWER_MISS_CACHE],
				   *best = &t->corners[ROW_BEST][ANSWER_BOTH];
	size_t n, m, k;

	if (!cached->run || !is_gain(a, worst, best))
		return 0;
	way->worst = by_process(worst, 0, &n);
	way->cached = by_process(cached, n, &m);
	way->best = by_process(best, n, &k);
	if (!way->worst || !way->cached || !way->best)
		return -ENOMEM;
	n = n < m ? n : m;
	way->n = n < k ? n : k;
	return 0;
}

/* Said only where the interval leaves 99 behind by as much as it is wide. */
static int share_make(struct answer_share *share, const struct way *ways, size_t n)
{
	struct stats_estimate *e = &share->percent;
	double spare;

	if (!n)
		return 0;
	if (stats_bootstrap(mean_share, ways, n, 1, e))
		return -ENOMEM;
	spare = (e->hi - e->lo) / 2;
	share->says = ANSWER_99_OPEN;
	if (e->hi + spare < 99)
		share->says = ANSWER_99_NO;
	else if (e->lo >= 99)
		share->says = ANSWER_99_YES;
	return 0;
}

static void ways_free(struct way *ways, size_t nr)
{
	for (size_t i = 0; ways && i < nr; i++) {
		free(ways[i].worst);
		free(ways[i].cached);
		free(ways[i].best);
	}
	free(ways);
}

static int make_shares(struct answer *a)
{
	struct way *ways = calloc(a->nr + 1, sizeof(*ways));
	size_t nr = 0, least = 0;
	int err = ways ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < a->nr; i++) {
		struct way one[2] = { { 0 } };

		err = way_make(&one[0], a, &a->traces[i]);
		if (!err)
			err = share_make(&a->traces[i].share, one, one[0].n);
		ways[nr] = one[0];
		least = one[0].n && (!nr || one[0].n < least) ? one[0].n : least;
		nr += one[0].n > 0;
	}
	if (!err)
		err = share_make(&a->share, ways, least);
	ways_free(ways, a->nr);
	return err;
}

/* ---- structures ---- */

static void make_structure(const struct answer *a, struct answer_trace *t, int s)
{
	struct answer_structure *about = &t->structures[s];
	const struct results_run *update = find(a, t, s, 0, RESULTS_UPDATE, RESULTS_CLASS_UPDATE);
	const struct results_run *miss =
		find(a, t, s, ANSWER_MISS_CACHE, RESULTS_BATCH, RESULTS_CLASS_MISS);
	const struct results_run *single =
		find(a, t, s, ANSWER_NO_CACHE, RESULTS_SINGLE, RESULTS_CLASS_ALL);

	about->change = update ? update->median : NAN;
	about->again = miss ? miss->median * t->trace->again / t->trace->changes : NAN;
	about->longest = single ? single->max : NAN;
	about->p999 = single ? single->p999 : NAN;
	about->depth = single ? single->depth : NAN;
}

static uint64_t slots_of(const struct results *results, const char *trace)
{
	for (size_t i = 0; i < results->nr_runs; i++)
		if (!strcmp(results->runs[i].trace, trace))
			return results->runs[i].slots;
	return 0;
}

static int make_trace(const struct answer *a, struct answer_trace *t, const char *best)
{
	int err;

	t->slots = slots_of(a->results, t->trace->name);
	for (int s = 0; s < ANSWER_STRUCTURES; s++)
		t->structures[s].name = s == ROW_BEST ? best : structure_names[s];
	err = make_corners(a, t);
	for (int c = 0; !err && c < ANSWER_NR_CLAIMS; c++)
		err = make_claim(a, t, c);
	if (!err)
		err = judge(a, t);
	for (int s = 0; s < ANSWER_STRUCTURES; s++)
		make_structure(a, t, s);
	return err;
}

/* ---- all of it ---- */

double answer_us_per_s(const struct answer *a, const struct answer_trace *t,
		       const struct answer_corner *c)
{
	if (!c->run || !(t->trace->duration_ns > 0))
		return NAN;
	return (double)c->run->accesses / a->mhz * 1e9 / t->trace->duration_ns;
}

double answer_exit_pct(const struct answer *a, const struct answer_trace *t,
		       const struct answer_corner *c)
{
	if (!c->run || !(t->trace->faults_ns > 0))
		return NAN;
	return (double)c->run->accesses / a->mhz * 1e5 / t->trace->faults_ns;
}

/* The factorial takes every structure under the miss cache; those of no trace are of no use. */
static bool complete(const struct answer *a)
{
	for (size_t i = 0; i < a->nr; i++)
		for (int s = 0; s < ANSWER_STRUCTURES; s++)
			for (int l = 0; l < ANSWER_LAYER_SETS; l++)
				if (!a->traces[i].corners[s][l].run)
					return false;
	return a->nr > 0;
}

static int make(struct answer *a, const char *best)
{
	int err = 0;

	for (size_t i = 0; !err && i < a->nr; i++) {
		a->traces[i].trace = &a->results->traces[i];
		err = make_trace(a, &a->traces[i], best);
	}
	return err ? err : make_shares(a);
}

int answer_make(const struct results *results, const char *best, double threshold_pct,
		struct answer **answer, struct diag *d)
{
	struct answer *a = calloc(1, sizeof(*a));
	double mhz = json_number_value(json_object_get(results->env, "tsc_mhz"));

	if (!a || !(a->traces = calloc(results->nr_traces + 1, sizeof(*a->traces)))) {
		free(a);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	}
	a->results = results;
	a->nr = results->nr_traces;
	a->mhz = mhz > 0 ? mhz : NAN;
	a->threshold_pct = fmax(threshold_pct, results_noise_floor(results));
	if (make(a, best)) {
		answer_free(a);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	}
	if (!complete(a)) {
		answer_free(a);
		return diag_set(d, EXIT_INPUT, -ENODATA,
				"%s: not the whole factorial; make it by slotsim answer --keep, or "
				"by the replay that answer -v shows",
				results->path);
	}
	*answer = a;
	return 0;
}

void answer_free(struct answer *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->nr; i++)
		for (int s = 0; s < ANSWER_STRUCTURES; s++)
			for (int l = 0; l < ANSWER_LAYER_SETS; l++)
				free(a->traces[i].corners[s][l].values);
	free(a->traces);
	free(a);
}
