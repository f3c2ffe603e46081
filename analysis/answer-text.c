// SPDX-License-Identifier: GPL-2.0-only
/* The answers in plain words, at most 72 columns of ASCII. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/answer.h"

/* ---- the factorial ---- */

/* Fourteen columns: the median and half of its interval, times @scale, as exact as fits. */
static void put_estimate(FILE *out, const struct stats_estimate *e, double scale)
{
	char text[64] = "-";
	double value = e->value * scale, half = (e->hi - e->lo) / 2 * scale;

	for (int digits = 2; digits >= 0 && isfinite(value); digits--) {
		int len = snprintf(text, sizeof(text), "%.*f", digits, value);

		if (e->interval)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "+-%.*f", digits,
					half);
		if (len < 13)
			break;
	}
	fprintf(out, "%14s", text);
}

static void put_matrix(FILE *out, const struct answer *a, const struct answer_trace *t,
		       const char *title,
		       double (*scale)(const struct answer *, const struct answer_trace *,
				       const struct answer_corner *))
{
	fprintf(out, "\n  %-14s", title);
	for (int l = 0; l < ANSWER_LAYER_SETS; l++)
		fprintf(out, "%14s", answer_layer_names[l]);
	fputc('\n', out);
	for (int s = 0; s < ANSWER_STRUCTURES; s++) {
		fprintf(out, "  %-14.14s", t->structures[s].name);
		for (int l = 0; l < ANSWER_LAYER_SETS; l++) {
			const struct answer_corner *c = &t->corners[s][l];

			put_estimate(out, &c->ticks, scale ? scale(a, t, c) : 1);
		}
		fputc('\n', out);
	}
}

/* ---- claims ---- */

static void put_says(FILE *out, const struct answer_claim *claim)
{
	const struct stats_ratio *r = &claim->ratio;

	switch (claim->says) {
	case ANSWER_LESS:
		fprintf(out, "%.1f%% less [%.1f, %.1f]", -stats_percent(r->log_ratio),
			-stats_percent(r->hi), -stats_percent(r->lo));
		break;
	case ANSWER_MORE:
		fprintf(out, "%.1f%% more [%.1f, %.1f]", stats_percent(r->log_ratio),
			stats_percent(r->lo), stats_percent(r->hi));
		break;
	case ANSWER_SAME:
		fputs("~ no difference measured", out);
		break;
	case ANSWER_OPEN:
		fputs("~ open: too near the noise", out);
		break;
	case ANSWER_FLOOR:
		fputs("~ at the floor of the harness", out);
		break;
	case ANSWER_FEW:
		fputs("~ too few searches are left to time", out);
		break;
	case ANSWER_NOTHING:
		fputs("all: no search is left", out);
		break;
	default:
		fputs("no such access in the trace", out);
	}
}

static void put_claims(FILE *out, const struct answer_trace *t)
{
	fputc('\n', out);
	for (int c = 0; c < ANSWER_NR_CLAIMS; c++) {
		fprintf(out, "  %-37s ", answer_claim_texts[c]);
		put_says(out, &t->claims[c]);
		fputc('\n', out);
	}
}

static void put_share(FILE *out, const struct answer_share *share)
{
	if (share->says == ANSWER_99_UNASKED)
		fputs("~ no improvement measured", out);
	else if (share->says == ANSWER_99_OPEN)
		fputs("~ open: too near the noise", out);
	else
		fprintf(out, "%.1f%% [%.1f, %.1f]: %s", share->percent.value, share->percent.lo,
			share->percent.hi, share->says == ANSWER_99_YES ? "99%, yes" : "not 99%");
}

/* ---- slot changes, the longest search, the size of the matter ---- */

static void put_us(FILE *out, double ticks, double mhz)
{
	if (isfinite(ticks / mhz))
		fprintf(out, "%14.3f", ticks / mhz);
	else
		fprintf(out, "%14s", "-");
}

static void put_slot_changes(FILE *out, const struct answer *a, const struct answer_trace *t)
{
	const struct results_trace *trace = t->trace;

	if (!(trace->changes > 0)) {
		fputs("  Slot changes: none in this trace\n", out);
		return;
	}
	fprintf(out,
		"  Slot changes: %.0f; each made %.1f accesses search again\n"
		"  (%.0f of %.0f misses)",
		trace->changes, trace->again / trace->changes, trace->again, trace->misses);
	if (isfinite(trace->settle_ns))
		fprintf(out, ", steady again after %.3g ms (median)", trace->settle_ns / 1e6);
	fprintf(out, "\n  us for each   %14s%14s\n", "the change", "searching");
	for (int s = 0; s < ANSWER_STRUCTURES; s++) {
		fprintf(out, "  %-14.14s", t->structures[s].name);
		put_us(out, t->structures[s].change, a->mhz);
		put_us(out, t->structures[s].again, a->mhz);
		fputc('\n', out);
	}
}

static void put_longest(FILE *out, const struct answer *a, const struct answer_trace *t)
{
	fprintf(out, "  Longest search, timed alone, the MMU lock held\n  us            ");
	fprintf(out, "%14s%14s%14s\n", "p99.9", "max", "lines deep");
	for (int s = 0; s < ANSWER_STRUCTURES; s++) {
		fprintf(out, "  %-14.14s", t->structures[s].name);
		put_us(out, t->structures[s].p999, a->mhz);
		put_us(out, t->structures[s].longest, a->mhz);
		if (isfinite(t->structures[s].depth))
			fprintf(out, "%14.1f\n", t->structures[s].depth);
		else
			fprintf(out, "%14s\n", "-");
	}
	fputs("  (max holds whatever took the CPU meanwhile; lines that wait for\n"
	      "  another: mean)\n",
	      out);
}

static void put_exit_share(FILE *out, const struct answer *a, const struct answer_trace *t,
			   const char *text, const struct answer_corner *c)
{
	double scale = answer_exit_pct(a, t, c);

	fprintf(out, "    %-26s", text);
	if (isfinite(c->ticks.value * scale))
		fprintf(out, "%9.3g%% [%.3g, %.3g]\n", c->ticks.value * scale, c->ticks.lo * scale,
			c->ticks.hi * scale);
	else
		fputs("        -\n", out);
}

/* Recorded times are of the machine that recorded: an emulated one makes the share look small. */
static void put_recorder(FILE *out, const struct answer *a, const struct answer_trace *t)
{
	const json_t *host = json_object_get(t->trace->json, "host");
	const char *there = json_string_value(json_object_get(host, "cpu"));
	const char *here = json_string_value(json_object_get(a->results->env, "cpu"));

	if (there && here && strcmp(there, here))
		fprintf(out, "    (the exits are of another machine: %.34s)\n", there);
}

static void put_size(FILE *out, const struct answer *a, const struct answer_trace *t)
{
	if (!(t->trace->faults_ns > 0)) {
		fputs("  Share of the exits' time: the trace has no durations\n", out);
		return;
	}
	fputs("  Lookups as a share of the time from exit to entry: the most that\n"
	      "  a better structure can win (Amdahl)\n",
	      out);
	put_exit_share(out, a, t, "linear, no cache", &t->corners[ROW_LINEAR][ANSWER_NO_CACHE]);
	put_exit_share(out, a, t, "linear, miss cache", &t->corners[ROW_LINEAR][ANSWER_MISS_CACHE]);
	put_exit_share(out, a, t, "rbtree, both: today", &t->corners[ROW_RBTREE][ANSWER_BOTH]);
	put_recorder(out, a, t);
}

/* ---- all of it ---- */

static void put_trace(FILE *out, const struct answer *a, const struct answer_trace *t)
{
	fprintf(out, "%.40s: %" PRIu64 " slots, %" PRIu64 " events, %s\n", t->trace->name, t->slots,
		t->trace->events, t->trace->shadow > 0 ? "shadow paging (ept=0)" : "nested paging");
	fprintf(out, "  sha256 %.12s\n", t->trace->sha256);
	put_matrix(out, a, t, "ticks/access", NULL);
	if (t->trace->duration_ns > 0 && isfinite(a->mhz))
		put_matrix(out, a, t, "us/s of guest", answer_us_per_s);
	put_claims(out, t);
	fputs("  Cached misses alone, of all to gain:  ", out);
	put_share(out, &t->share);
	fputc('\n', out);
	put_slot_changes(out, a, t);
	put_longest(out, a, t);
	put_size(out, a, t);
	fputc('\n', out);
}

/* Nine columns. */
static void put_brief(FILE *out, const struct answer_claim *claim)
{
	char text[32] = "-";

	if (claim->says == ANSWER_LESS || claim->says == ANSWER_MORE)
		snprintf(text, sizeof(text), "%+.3g%%", stats_percent(claim->ratio.log_ratio));
	else if (answer_is_open(claim->says))
		strcpy(text, "~");
	else if (claim->says == ANSWER_NOTHING)
		strcpy(text, "-100%");
	fprintf(out, "%9s", text);
}

static void put_overview(FILE *out, const struct answer *a)
{
	static const int shown[] = { ANSWER_FAST_MISSES, ANSWER_FAST_CACHED, ANSWER_CACHED,
				     ANSWER_SIZE_SORTED, ANSWER_BEST };

	fprintf(out, "%-18s%9s%9s%9s%9s%9s%9s\n", "All traces", "A", "B", "cache", "C", "best",
		"99%");
	for (size_t i = 0; i < a->nr; i++) {
		const struct answer_share *share = &a->traces[i].share;
		const struct results_trace *trace = a->traces[i].trace;

		fprintf(out, "%-17.17s%s", trace->name, trace->shadow > 0 ? "*" : " ");
		for (size_t c = 0; c < sizeof(shown) / sizeof(shown[0]); c++)
			put_brief(out, &a->traces[i].claims[shown[c]]);
		if (share->says == ANSWER_99_UNASKED || share->says == ANSWER_99_OPEN)
			fprintf(out, "%9s\n", "~");
		else
			fprintf(out, "%8.1f%%\n", share->percent.value);
	}
	fputs("*: shadow paging (ept=0), which is what C is about; 99%: the share\n"
	      "that cached misses alone have in all there is to gain\n"
	      "Cached misses alone, of all to gain, over all traces:\n  ",
	      out);
	put_share(out, &a->share);
	fputc('\n', out);
}

int answer_text(FILE *out, const struct answer *a)
{
	fprintf(out,
		"TSC ticks, median +- half of the 95%% interval; ~: no verdict, the\n"
		"difference is below %.3g%% or too near the noise to be said again\n\n",
		a->threshold_pct);
	for (size_t i = 0; i < a->nr; i++)
		put_trace(out, a, &a->traces[i]);
	if (a->nr > 1)
		put_overview(out, a);
	return 0;
}
