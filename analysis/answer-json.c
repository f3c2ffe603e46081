// SPDX-License-Identifier: GPL-2.0-only
/* The answers as one object: {"schema":"slotsim.answer",...}; what is missing is null. */
#include <errno.h>
#include <math.h>

#include "analysis/answer.h"

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *estimate(const struct stats_estimate *e, double scale)
{
	if (!isfinite(e->value * scale))
		return json_null();
	return json_pack("{s:o,s:o,s:o}", "value", number(e->value * scale), "lo",
			 number(e->interval ? e->lo * scale : NAN), "hi",
			 number(e->interval ? e->hi * scale : NAN));
}

static json_t *corner(const struct answer *a, const struct answer_trace *t, int s, int l)
{
	const struct answer_corner *c = &t->corners[s][l];

	return json_pack("{s:s,s:s,s:o,s:o,s:o}", "structure", t->structures[s].name, "caches",
			 c->run->caches, "ticks_per_access", estimate(&c->ticks, 1),
			 "us_per_guest_s", estimate(&c->ticks, answer_us_per_s(a, t, c)),
			 "exit_to_entry_pct", estimate(&c->ticks, answer_exit_pct(a, t, c)));
}

static json_t *corners(const struct answer *a, const struct answer_trace *t)
{
	json_t *array = json_array();

	for (int s = 0; s < ANSWER_STRUCTURES; s++)
		for (int l = 0; l < ANSWER_LAYER_SETS; l++)
			json_array_append_new(array, corner(a, t, s, l));
	return array;
}

/* The numbers of a claim that is open are no verdict, but they tell how open it is. */
static json_t *claim(const struct answer_claim *c, int key)
{
	const struct stats_ratio *r = &c->ratio;

	return json_pack("{s:s,s:s,s:o,s:o,s:o}", "compares", answer_claim_whats[key], "says",
			 answer_says_names[c->says], "change_pct",
			 number(c->compared ? stats_percent(r->log_ratio) : NAN), "lo",
			 number(c->compared ? stats_percent(r->lo) : NAN), "hi",
			 number(c->compared ? stats_percent(r->hi) : NAN));
}

static json_t *claims(const struct answer_trace *t)
{
	json_t *array = json_array();

	for (int c = 0; c < ANSWER_NR_CLAIMS; c++)
		json_array_append_new(array, claim(&t->claims[c], c));
	return array;
}

static json_t *share(const struct answer_share *s)
{
	bool asked = s->says != ANSWER_99_UNASKED;

	return json_pack("{s:s,s:o}", "says", answer_99_names[s->says], "percent",
			 asked ? estimate(&s->percent, 1) : json_null());
}

static json_t *structures(const struct answer *a, const struct answer_trace *t)
{
	json_t *array = json_array();

	for (int i = 0; i < ANSWER_STRUCTURES; i++) {
		const struct answer_structure *s = &t->structures[i];

		json_array_append_new(
			array, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "structure", s->name,
					 "change_us", number(s->change / a->mhz), "search_again_us",
					 number(s->again / a->mhz), "p999_us",
					 number(s->p999 / a->mhz), "max_us",
					 number(s->longest / a->mhz), "depth", number(s->depth)));
	}
	return array;
}

static json_t *trace(const struct answer *a, const struct answer_trace *t)
{
	const struct results_trace *about = t->trace;

	return json_pack("{s:s,s:s,s:I,s:I,s:b,s:o,s:o,s:o,s:{s:o,s:o,s:o,s:o},s:o}", "name",
			 about->name, "sha256", about->sha256, "slots", (json_int_t)t->slots,
			 "events", (json_int_t)about->events, "shadow", about->shadow > 0,
			 "factorial", corners(a, t), "claims", claims(t), "cached_misses",
			 share(&t->share), "slot_changes", "changes", number(about->changes),
			 "misses", number(about->misses), "searched_again", number(about->again),
			 "settle_ns", number(about->settle_ns), "structures", structures(a, t));
}

int answer_json(FILE *out, const struct answer *a)
{
	json_t *traces = json_array(), *doc;
	int err;

	for (size_t i = 0; i < a->nr; i++)
		json_array_append_new(traces, trace(a, &a->traces[i]));
	doc = json_pack("{s:s,s:i,s:f,s:O,s:O,s:o,s:o}", "schema", "slotsim.answer", "version", 1,
			"threshold_pct", a->threshold_pct, "env", a->results->env, "argv",
			json_object_get(a->results->doc, "argv"), "traces", traces, "cached_misses",
			share(&a->share));
	err = !doc							      ? -ENOMEM
	      : json_dumpf(doc, out, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) ? -EIO
									      : 0;
	fputc('\n', out);
	json_decref(doc);
	return err;
}
