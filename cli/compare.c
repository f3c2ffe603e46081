// SPDX-License-Identifier: GPL-2.0-only
/* slotsim compare: the same measurements before and after a change. */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "analysis/compare.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/inputs.h"

static struct compare_options options = { .threshold_pct = STATS_THRESHOLD_PCT };
static double fail_on = -1;

static const struct opt opts[] = {
	{ "threshold", 't', OPT_PERCENT, &options.threshold_pct, "PCT",
	  "smaller differences are called none (2%)" },
	{ "fail-on", 0, OPT_PERCENT, &fail_on, "PCT", "exit 5 if anything is slower by more" },
	{ "relative-to", 'R', OPT_STRING, &options.relative_to, "INDEX",
	  "compare cycles over those of INDEX in the same run" },
	{ "unlike-machines", 0, OPT_FLAG, &options.unlike_machines, NULL,
	  "compare results of different machines" },
	{ 0 },
};

static const struct usage usage = {
	.command = "compare",
	.operands = "BASE NEW...",
	.summary = "Tell what differs between results of the same traces, before and after.",
	.details =
		"A difference takes an effect beyond the threshold and significance at 0.001% "
		"after\n"
		"Holm's correction over all comparisons of the two files. Two files did not run\n"
		"interleaved: with --relative-to a structure that did not change, what the "
		"machine\n"
		"did to a whole file cancels.",
	.opts = opts,
};

/* What would settle an open comparison. */
static void put_more(const struct stats_ratio *r, double threshold_pct)
{
	size_t more = stats_more_units(r, threshold_pct, STATS_ALPHA_FILES);
	const char *unit = r->by_process ? "processes" : "repeats";

	if (more == SIZE_MAX)
		printf(", no number of %s will tell", unit);
	else
		printf(", %zu more %s to tell", more, unit);
}

static void put_pair(const struct compare *c, const struct compare_pair *p)
{
	const struct stats_ratio *r = &p->ratio;

	printf("  %-13.13s %-6s %7.1f %7.1f", p->base->index, results_class_names[p->base->class],
	       p->base_median, p->new_median);
	if (!p->compared) {
		puts("  at the floor of the harness");
		return;
	}
	if (p->verdict == STATS_SAME)
		fputs("  ~", stdout);
	else
		printf("  %+.1f%% [%+.1f, %+.1f] %s", stats_percent(r->log_ratio),
		       stats_percent(r->lo), stats_percent(r->hi), stats_verdict_names[p->verdict]);
	if (p->verdict == STATS_OPEN)
		put_more(r, c->threshold_pct);
	putchar('\n');
}

static void put_heading(const struct compare_pair *p, const struct compare_pair *before)
{
	const struct results_run *a = p->base, *b = before ? before->base : NULL;

	if (b && !strcmp(a->trace, b->trace) && a->slots == b->slots && a->mode == b->mode &&
	    !strcmp(a->caches, b->caches) && !a->era == !b->era &&
	    (!a->era || !strcmp(a->era, b->era)))
		return;
	printf("%s: %" PRIu64 " slots, mode %s, %s%s\n", a->trace, a->slots,
	       results_mode_names[a->mode], a->era ? "era " : "caches ",
	       a->era ? a->era : a->caches);
}

static void put_summary(const struct compare *c, const struct results *base,
			const struct results *new)
{
	size_t nr[STATS_NR_VERDICTS] = { 0 }, compared = 0, units = 0;

	for (size_t i = 0; i < c->nr_pairs; i++)
		if (c->pairs[i].compared) {
			nr[c->pairs[i].verdict]++;
			units = c->pairs[i].ratio.units;
			compared++;
		}
	printf("%s -> %s: %zu faster, %zu slower, %zu no difference (< %.3g%%), %zu open; "
	       "%zu comparisons of %zu units\n",
	       base->path, new->path, nr[STATS_FASTER], nr[STATS_SLOWER], nr[STATS_SAME],
	       c->threshold_pct, nr[STATS_OPEN], compared, units);
	if (c->nr_unmatched)
		cli_warn("%s: %zu runs that %s lacks were left out", new->path, c->nr_unmatched,
			 base->path);
}

static bool gate_fails(const struct compare *c)
{
	for (size_t i = 0; fail_on >= 0 && i < c->nr_pairs; i++)
		if (c->pairs[i].compared && c->pairs[i].verdict == STATS_SLOWER &&
		    stats_percent(c->pairs[i].ratio.log_ratio) > fail_on)
			return true;
	return false;
}

static int compare_two(const struct results *base, const struct results *new)
{
	struct compare *c;
	struct diag d;
	int code;

	if (compare_make(base, new, &options, &c, &d) < 0)
		return cli_fail(&d);
	for (size_t i = 0; i < c->nr_pairs; i++) {
		put_heading(&c->pairs[i], i ? &c->pairs[i - 1] : NULL);
		put_pair(c, &c->pairs[i]);
	}
	put_summary(c, base, new);
	code = gate_fails(c) ? cli_error(EXIT_GATE, "%s is slower by more than %.3g%%", new->path,
					 fail_on)
			     : EXIT_DONE;
	compare_free(c);
	return code;
}

int cmd_compare(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv), code;
	struct inputs inputs;

	if (first < 0)
		return cli_parse_exit(first);
	if (argc - first < 2)
		return cli_error(EXIT_USAGE, "BASE and NEW are needed; see slotsim compare --help");
	code = inputs_load(&inputs, argc - first, argv + first);
	if (code)
		return code;
	for (size_t i = 1; i < inputs.nr; i++) {
		int rc = compare_two(inputs.files[0], inputs.files[i]);

		if (rc)
			code = rc;
	}
	inputs_free(&inputs);
	return code;
}
