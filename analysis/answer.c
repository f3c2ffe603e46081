// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"

#define MISS_CACHE "mmio-vcpu+mmio-spte"
#define LAST_USED  "last-vcpu"
#define BOTH	   MISS_CACHE "+" LAST_USED

enum { MAX_SAMPLES = 4096 };

static const char *const structures[] = { "linear", "size-sorted", "wbtree-sum", "rbtree",
					  "granule" };
static const char *const layers[] = { "none", MISS_CACHE, LAST_USED, BOTH };
enum { NR_STRUCTURES = 5, NR_LAYERS = 4 };

/* One corner of the factorial, in ticks per access. */
struct corner {
	double values[MAX_SAMPLES];
	size_t nr;
	const struct results_run *run;
};

struct question {
	FILE *out;
	const struct results *results;
	const struct results_trace *trace;
	double threshold_pct;
};

static const struct results_run *find(const struct question *q, const char *index,
				      const char *caches, enum results_mode mode,
				      enum results_class class)
{
	for (size_t i = 0; i < q->results->nr_runs; i++) {
		const struct results_run *run = &q->results->runs[i];

		if (run->mode == mode && run->class == class && !strcmp(run->index, index) &&
		    (mode == RESULTS_UPDATE || !strcmp(run->caches, caches)) &&
		    !strcmp(run->trace, q->trace->name))
			return run;
	}
	return NULL;
}

/* Accesses that a layer serves cost no search: they count, with 0. */
static bool corner(const struct question *q, const char *index, const char *caches,
		   enum results_class class, struct corner *c)
{
	c->run = find(q, index, caches, RESULTS_BATCH, class);
	c->nr = 0;
	if (!c->run || !c->run->accesses)
		return false;
	for (; c->nr < c->run->nr_samples && c->nr < MAX_SAMPLES; c->nr++)
		c->values[c->nr] =
			c->run->samples[c->nr] * (double)c->run->lookups / (double)c->run->accesses;
	return c->nr > 0 || c->run->lookups == 0;
}

/* "61% less [60, 62]", or that nothing was measured. */
static void put_change(const struct question *q, const struct corner *from, const struct corner *to)
{
	struct stats_ratio r;
	enum stats_verdict verdict;

	if (to->run->lookups == 0) {
		fputs("all of it: nothing is left to search", q->out);
		return;
	}
	if (stats_compare(from->values, to->values, from->run->process,
			  from->nr < to->nr ? from->nr : to->nr, &r)) {
		fputs("at the floor of the harness, no ratio", q->out);
		return;
	}
	verdict = stats_verdict(&r, q->threshold_pct);
	if (verdict == STATS_SAME || verdict == STATS_OPEN)
		fputs(verdict == STATS_SAME ? "no difference measured"
					    : "open: too much noise here",
		      q->out);
	else if (verdict == STATS_FASTER)
		fprintf(q->out, "%.1f%% less [%.1f, %.1f]", -stats_percent(r.log_ratio),
			-stats_percent(r.hi), -stats_percent(r.lo));
	else
		fprintf(q->out, "%.1f%% more [%.1f, %.1f]", stats_percent(r.log_ratio),
			stats_percent(r.lo), stats_percent(r.hi));
}

/* Twelve columns: the median and half of its interval. */
static void put_cycles(FILE *out, const struct stats_estimate *e)
{
	char text[48];

	snprintf(text, sizeof(text), "%.2f+-%.2f", e->value, (e->hi - e->lo) / 2);
	fprintf(out, "%12s", text);
}

static void put_factorial(const struct question *q)
{
	fprintf(q->out,
		"\n  ticks per access        no cache  miss cache   last used        both\n");
	for (int s = 0; s < NR_STRUCTURES; s++) {
		fprintf(q->out, "  %-20s", structures[s]);
		for (int l = 0; l < NR_LAYERS; l++) {
			struct stats_estimate e;
			struct corner c;

			if (!corner(q, structures[s], layers[l], RESULTS_CLASS_ALL, &c) ||
			    stats_median(c.values, c.nr, &e))
				fprintf(q->out, "%12s", c.run && !c.run->lookups ? "0" : "-");
			else
				put_cycles(q->out, &e);
		}
		fputc('\n', q->out);
	}
}

static void put_claim(const struct question *q, const char *text, const char *from_index,
		      const char *from_caches, const char *to_index, const char *to_caches,
		      enum results_class class)
{
	struct corner from, to;

	fprintf(q->out, "  %-38s", text);
	if (corner(q, from_index, from_caches, class, &from) &&
	    corner(q, to_index, to_caches, class, &to))
		put_change(q, &from, &to);
	else
		fputs("the trace has no such access", q->out);
	fputc('\n', q->out);
}

/* The share of an improvement: (worst - cached) / (worst - best), by repeat. */
struct share {
	double worst[MAX_SAMPLES], cached[MAX_SAMPLES], best[MAX_SAMPLES];
	size_t n;
};

static double share_of(const size_t *units, size_t n, const void *data)
{
	const struct share *s = data;
	double gained = 0, possible = 0;

	for (size_t i = 0; i < n; i++) {
		gained += s->worst[units[i]] - s->cached[units[i]];
		possible += s->worst[units[i]] - s->best[units[i]];
	}
	return possible > 0 ? 100 * gained / possible : 0;
}

/* A unit is a process: the mean of its repeats. */
static size_t by_process(const struct corner *c, double *units)
{
	size_t nr = 0;

	for (size_t i = 0, j; i < c->nr; i = j) {
		double sum = 0;

		for (j = i; j < c->nr && c->run->process[j] == c->run->process[i]; j++)
			sum += c->values[j];
		units[nr++] = sum / (double)(j - i);
	}
	return nr;
}

/* false where linear search to the best corner is no improvement. */
static bool share_make(const struct question *q, struct share *s)
{
	struct corner worst, cached, best;
	struct stats_ratio r;

	if (!corner(q, "linear", "none", RESULTS_CLASS_ALL, &worst) ||
	    !corner(q, "linear", MISS_CACHE, RESULTS_CLASS_ALL, &cached) ||
	    !corner(q, "granule", BOTH, RESULTS_CLASS_ALL, &best))
		return false;
	if (best.nr &&
	    (stats_compare(worst.values, best.values, worst.run->process, worst.nr, &r) ||
	     stats_verdict(&r, q->threshold_pct) != STATS_FASTER))
		return false;
	memset(s, 0, sizeof(*s));
	s->n = by_process(&worst, s->worst);
	by_process(&cached, s->cached);
	by_process(&best, s->best);
	return true;
}

static int put_share(const struct question *q, struct share *s, size_t *nr)
{
	struct stats_estimate e;

	if (!share_make(q, s)) {
		fputs("  Cached misses alone give: no improvement measured to share\n", q->out);
		return 0;
	}
	if (stats_bootstrap(share_of, s, s->n, 1, &e))
		return -ENOMEM;
	fprintf(q->out,
		"  Cached misses alone give %.1f%% [%.1f, %.1f] of the way to granule+both\n",
		e.value, e.lo, e.hi);
	(*nr)++;
	return 0;
}

static void put_slot_change(const struct question *q, const struct answer_trace *t)
{
	static const char *const shown[] = { "linear", "size-sorted", "wbtree-sum", "rbtree" };

	if (!t->changes) {
		fputs("  Slot changes: none in this trace\n", q->out);
		return;
	}
	fprintf(q->out,
		"  Slot changes: %zu; each made %.1f accesses search again\n"
		"  (%" PRIu64 " of %" PRIu64 " misses), settled after %.3g ms (median)\n",
		t->changes, (double)t->again / (double)t->changes, t->again, t->misses,
		t->settle_ns / 1e6);
	fputs("  ticks per change:", q->out);
	for (int i = 0; i < 4; i++) {
		const struct results_run *run =
			find(q, shown[i], "none", RESULTS_UPDATE, RESULTS_CLASS_UPDATE);

		if (run && isfinite(run->median))
			fprintf(q->out, " %s %.0f", shown[i], run->median);
	}
	fputc('\n', q->out);
}

static void put_worst(const struct question *q)
{
	double mhz = json_number_value(json_object_get(q->results->env, "tsc_mhz"));

	fputs("  Longest search, timed alone (p99.9, max; depth):\n", q->out);
	for (int s = 0; s < NR_STRUCTURES; s++) {
		const struct results_run *run =
			find(q, structures[s], "none", RESULTS_SINGLE, RESULTS_CLASS_ALL);

		if (run && mhz > 0 && isfinite(run->p999))
			fprintf(q->out, "    %-13s %8.3f us %10.1f us %6.1f lines in a row\n",
				structures[s], run->p999 / mhz, run->max / mhz, run->depth);
	}
	fputs("    (max holds whatever took the CPU meanwhile, the lock held)\n", q->out);
}

/* How much there is to win at all: Amdahl's bound. */
static void put_cost(const struct question *q, const char *text, const char *index,
		     const char *caches, double mhz)
{
	struct stats_estimate e;
	struct corner c;
	double us; /* of all accesses, for one tick per access */

	if (!corner(q, index, caches, RESULTS_CLASS_ALL, &c) || stats_median(c.values, c.nr, &e))
		return;
	us = (double)c.run->accesses / mhz;
	fprintf(q->out, "    %-24s", text);
	if (q->trace->duration_ns > 0)
		fprintf(q->out, " %9.1f us per second of guest time",
			e.value * us * 1e9 / q->trace->duration_ns);
	if (q->trace->faults_ns > 0)
		fprintf(q->out, "\n    %-24s %9.3f%% [%.3f, %.3f] of exit to entry", "",
			e.value * us * 1e5 / q->trace->faults_ns,
			e.lo * us * 1e5 / q->trace->faults_ns,
			e.hi * us * 1e5 / q->trace->faults_ns);
	fputc('\n', q->out);
}

static void put_size(const struct question *q)
{
	double mhz = json_number_value(json_object_get(q->results->env, "tsc_mhz"));

	if (!(mhz > 0))
		return;
	fputs("  The size of the matter, time in lookups:\n", q->out);
	put_cost(q, "linear, no caches", "linear", "none", mhz);
	put_cost(q, "linear, miss cache", "linear", MISS_CACHE, mhz);
	put_cost(q, "rbtree, both caches", "rbtree", BOTH, mhz);
	if (!(q->trace->faults_ns > 0))
		fputs("    as a share of exit to entry: the trace has no durations\n", q->out);
}

static int put_trace(const struct question *q, const struct answer_trace *t, struct share *share,
		     size_t *nr_shares)
{
	const char *paging = t->shadow ? "shadow paging (ept=0)" : "nested paging, or not recorded";
	int err;

	fprintf(q->out, "%s: %" PRIu64 " events, %s, sha256 %.12s\n", q->trace->name,
		q->trace->events, paging, q->trace->sha256);
	put_factorial(q);
	fputc('\n', q->out);
	put_claim(q, "A. fast misses (linear -> wbtree-sum)", "linear", "none", "wbtree-sum",
		  "none", RESULTS_CLASS_MISS);
	put_claim(q, "   over all accesses", "linear", "none", "wbtree-sum", "none",
		  RESULTS_CLASS_ALL);
	put_claim(q, "B. and with the miss cache", "linear", "none", "wbtree-sum", MISS_CACHE,
		  RESULTS_CLASS_ALL);
	put_claim(q, "   the miss cache alone", "linear", "none", "linear", MISS_CACHE,
		  RESULTS_CLASS_ALL);
	put_claim(q, "C. size-sorted against wbtree-sum", "wbtree-sum", MISS_CACHE, "size-sorted",
		  MISS_CACHE, RESULTS_CLASS_ALL);
	err = put_share(q, share, nr_shares);
	put_slot_change(q, t);
	put_worst(q);
	put_size(q);
	fputc('\n', q->out);
	return err;
}

/* The mean of the traces' shares; a drawn unit is the same process in all of them. */
static double share_over_all(const size_t *units, size_t n, const void *data)
{
	const struct share *const *all = data;
	double sum = 0;
	size_t nr = 0;

	for (; all[nr]; nr++)
		sum += share_of(units, n, all[nr]);
	return nr ? sum / (double)nr : 0;
}

static int put_overall(FILE *out, const struct share **shares, size_t nr)
{
	struct stats_estimate e;
	size_t n = shares[0]->n;

	for (size_t i = 1; i < nr; i++)
		n = shares[i]->n < n ? shares[i]->n : n;
	if (stats_bootstrap(share_over_all, shares, n, 1, &e))
		return -ENOMEM;
	fprintf(out, "Over %zu traces, cached misses alone give %.1f%% [%.1f, %.1f] of the way.\n",
		nr, e.value, e.lo, e.hi);
	return 0;
}

int answer_write(FILE *out, const struct results *results, const struct answer_trace *traces,
		 double threshold_pct)
{
	struct question q = { out, results, NULL, threshold_pct };
	struct share *all = calloc(results->nr_traces + 1, sizeof(*all));
	const struct share **shares = calloc(results->nr_traces + 1, sizeof(*shares));
	size_t nr = 0;
	int err = all && shares ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < results->nr_traces; i++) {
		shares[nr] = NULL;
		q.trace = &results->traces[i];
		err = put_trace(&q, &traces[i], &all[nr], &nr);
		if (nr)
			shares[nr - 1] = &all[nr - 1];
	}
	if (!err && nr > 1)
		err = put_overall(out, shares, nr);
	free(shares);
	free(all);
	return err;
}
