// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each event: which vCPU, which class, which page, when.
 *
 * Every vCPU runs through bursts of one class. When a burst ends, half of the choices are drawn by
 * weight and the other half take the class that is furthest behind its share: so bursts come in any
 * order, and the shares stay within a burst of what was asked for at any length.
 */
#include "workloads/generate.h"

#include <errno.h>
#include <stdlib.h>

#include "workloads/tagger.h"
#include "workloads/walker.h"

enum { REFAULTS = 64, ASK_EVERY = 1 << 16 };

struct vcpu {
	uint64_t left; /* accesses of the burst */
	int class;
};

struct generator {
	const struct recipe *recipe;
	struct trace_writer *writer;
	struct rng rng;
	struct tagger tagger;
	struct walker (*walkers)[NR_CLASSES]; /* of each phase */
	struct vcpu *vcpus;
	struct alias vcpu_weights, *next;

	size_t phase;
	uint64_t phase_left, until_churn, until_dirty;
	uint64_t taken[NR_CLASSES], taken_all; /* since the phase began */

	unsigned int vcpu;
	uint64_t vcpu_stop; /* chance that another one goes on */
	uint64_t t_ns, generation;
	uint64_t scale_events; /* length of the trace, to stretch phases by */
	struct trace_slot *slots;
	size_t churn_at;
	bool dirty;
	struct {
		uint64_t index, npages;
	} refaults[REFAULTS]; /* RAM ranges taken away by swap, a ring */
	unsigned int first_refault, nr_refaults;
	struct generated done;
};

static const struct phase *phase_now(const struct generator *g)
{
	return &g->recipe->phases[g->phase];
}

/* ---- slot changes ---- */

/* Each swap of the slots adds the number of address spaces, 2; delete and move swap twice. */
static void put_change(struct generator *g, enum trace_change_op op, const struct trace_slot *slot,
		       const struct trace_slot *old)
{
	struct trace_change change = { .t_ns = g->t_ns, .op = op, .slot = *slot };

	g->generation += op == TRACE_DELETE || op == TRACE_MOVE ? 4 : 2;
	change.generation = g->generation;
	if (old)
		change.old = *old;
	trace_writer_change(g->writer, &change);
	tagger_change(&g->tagger, op);
	g->done.changes++;
}

static void set_flags(struct generator *g, struct trace_slot *slot, uint32_t flags)
{
	const struct trace_slot old = *slot;

	slot->flags = flags;
	put_change(g, TRACE_FLAGS, slot, &old);
}

/* The one asked for, or where there are BARs they; else all but the largest, if there is another.
 */
static struct trace_slot *churn_slot(struct generator *g)
{
	const struct layout *layout = &g->recipe->layout;
	uint64_t asked = phase_now(g)->churn.slot;
	size_t largest = 0, nr_mapped = 0;

	for (size_t i = 0; i < layout->nr_slots; i++) {
		largest = g->slots[i].npages > g->slots[largest].npages ? i : largest;
		nr_mapped += g->slots[i].kind == TRACE_KIND_MAPPED;
	}
	for (;;) {
		size_t i = g->churn_at++ % layout->nr_slots;

		if (asked != RECIPE_ANY_SLOT ? g->slots[i].id == asked
		    : nr_mapped		     ? g->slots[i].kind == TRACE_KIND_MAPPED
					     : i != largest || layout->nr_slots == 1)
			return &g->slots[i];
	}
}

static void churn(struct generator *g)
{
	struct trace_slot *slot = churn_slot(g);

	if (!phase_now(g)->churn.remap) {
		set_flags(g, slot, slot->flags ^ 1); /* KVM_MEM_LOG_DIRTY_PAGES */
		return;
	}
	put_change(g, TRACE_DELETE, slot, NULL);
	put_change(g, TRACE_CREATE, slot, NULL);
	for (int c = 0; c < NR_CLASSES; c++)
		walker_zapped(&g->walkers[g->phase][c]);
}

static void toggle_dirty_log(struct generator *g)
{
	g->dirty = !g->dirty;
	for (size_t i = 0; i < g->recipe->layout.nr_slots; i++)
		if (g->slots[i].kind == TRACE_KIND_RAM)
			set_flags(g, &g->slots[i],
				  g->dirty ? g->slots[i].flags | 1 : g->slots[i].flags & ~1u);
}

static void changes_due(struct generator *g)
{
	const struct phase *phase = phase_now(g);

	if (phase->churn.every && !--g->until_churn) {
		churn(g);
		g->until_churn = phase->churn.every;
	}
	if (phase->dirty_every && !--g->until_dirty) {
		toggle_dirty_log(g);
		g->until_dirty =
			g->dirty ? phase->dirty_for : phase->dirty_every - phase->dirty_for;
	}
}

/* ---- which vCPU, which class ---- */

static void enter_phase(struct generator *g, size_t index)
{
	const struct phase *phase = &g->recipe->phases[index];
	unsigned __int128 length = (unsigned __int128)phase->events * g->scale_events;

	g->phase = index;
	g->phase_left = phase->events ? (uint64_t)(length / g->recipe->events) : UINT64_MAX;
	g->phase_left += !g->phase_left;
	g->until_churn = phase->churn.every;
	if (g->dirty) /* nobody in the new phase would end it */
		toggle_dirty_log(g);
	g->until_dirty = phase->dirty_every - phase->dirty_for;
	g->taken_all = 0;
	for (int c = 0; c < NR_CLASSES; c++)
		g->taken[c] = 0;
	for (uint64_t v = 0; v < g->recipe->nr_vcpus; v++)
		g->vcpus[v].left = 0;
}

/* In events of 2^-32 each. */
static int64_t behind(const struct generator *g, const struct phase *phase, int class)
{
	return (int64_t)(phase->share[class] * (g->taken_all + 1) - g->taken[class] * SHARE_ONE);
}

static int most_behind(const struct generator *g, const struct phase *phase)
{
	int most = -1;

	for (int c = 0; c < NR_CLASSES; c++)
		if (phase->share[c] && (most < 0 || behind(g, phase, c) > behind(g, phase, most)))
			most = c;
	return most;
}

static uint64_t class_weight(const struct phase *phase, int from, int to)
{
	if (!phase->share[to])
		return 0;
	return phase->has_then ? phase->then[from][to] : phase->weight[to];
}

static int choose_class(struct generator *g, const struct phase *phase, int from)
{
	uint64_t sum = 0, x;

	for (int c = 0; c < NR_CLASSES; c++)
		sum += class_weight(phase, from, c);
	if (!sum || rng_chance(&g->rng, SHARE_ONE / 2))
		return most_behind(g, phase);
	x = rng_below(&g->rng, sum);
	for (int c = 0;; c++) {
		uint64_t weight = class_weight(phase, from, c);

		if (x < weight)
			return c;
		x -= weight;
	}
}

static uint64_t burst_length(struct generator *g, const struct burst *burst)
{
	uint64_t length = 1;

	if (burst->octaves.nr)
		return octaves_draw(&burst->octaves, SHARE_ONE, &g->rng);
	while (!rng_chance(&g->rng, burst->stop))
		length++;
	return length;
}

static struct vcpu *next_vcpu(struct generator *g, const struct phase *phase)
{
	const struct recipe *r = g->recipe;
	struct vcpu *v;

	if (r->nr_vcpus > 1 && rng_chance(&g->rng, g->vcpu_stop))
		g->vcpu = alias_draw(&g->vcpu_weights, &g->rng);
	v = &g->vcpus[g->vcpu];
	if (!v->left) {
		v->class = choose_class(g, phase, v->class);
		v->left = burst_length(g, &phase->burst[v->class]);
	}
	v->left--;
	return v;
}

/* ---- which page ---- */

static void remember_refault(struct generator *g, uint64_t index, uint64_t npages)
{
	unsigned int at = (g->first_refault + g->nr_refaults) % REFAULTS;

	if (g->nr_refaults == REFAULTS)
		return;
	g->refaults[at].index = index;
	g->refaults[at].npages = npages;
	g->nr_refaults++;
}

static bool refault(struct generator *g, const struct phase *phase, uint64_t *index)
{
	if (!g->nr_refaults || !rng_chance(&g->rng, phase->swap_refault))
		return false;
	*index = g->refaults[g->first_refault].index++;
	if (!--g->refaults[g->first_refault].npages) {
		g->first_refault = (g->first_refault + 1) % REFAULTS;
		g->nr_refaults--;
	}
	return *index < g->walkers[g->phase][CLASS_RAM].space.npages;
}

static void fill_ram(struct generator *g, const struct phase *phase, struct trace_event *event)
{
	event->op = TRACE_RAM;
	if (g->dirty)
		event->flags |= TRACE_WRITE | TRACE_FAST;
	else if (rng_chance(&g->rng, phase->writes))
		event->flags |= TRACE_WRITE;
}

static void fill_swap(struct generator *g, const struct phase *phase, const struct region *r,
		      uint64_t index, struct trace_event *event)
{
	uint64_t rest = r[1].first - index;
	uint64_t npages = 1 + rng_below(&g->rng, 2 * phase->swap_pages - 1);

	event->op = TRACE_HVA;
	event->vcpu = TRACE_NO_VCPU;
	event->npages = (uint32_t)(npages < rest ? npages : rest);
	remember_refault(g, index, event->npages);
}

static void fill_event(struct generator *g, const struct phase *phase, int class,
		       struct trace_event *event)
{
	struct walker *w = &g->walkers[g->phase][class];
	uint64_t index;
	const struct region *r;

	if (class != CLASS_RAM || !refault(g, phase, &index))
		index = walker_next(w, g->vcpu, &g->rng);
	r = space_region(&w->space, index);
	event->gfn = r->base_gfn + (index - r->first);
	event->slot = r->slot;
	switch (class) {
	case CLASS_RAM:
		fill_ram(g, phase, event);
		break;
	case CLASS_MAPPED:
		event->op = TRACE_MAPPED;
		event->flags |= rng_chance(&g->rng, phase->writes) ? TRACE_WRITE : 0;
		break;
	case CLASS_ROM:
		event->op = TRACE_ROM;
		event->flags |= TRACE_WRITE;
		break;
	case CLASS_UNMAPPED:
		event->op = tagger_miss(&g->tagger, g->vcpu, r->tag + (index - r->first));
		break;
	case CLASS_NOTIFY:
		event->op = TRACE_MISS_FAST;
		event->flags |= TRACE_WRITE;
		break;
	case CLASS_SWAP:
		fill_swap(g, phase, r, index, event);
	}
}

static void step(struct generator *g)
{
	struct trace_event event = { .dur_ns = TRACE_NO_DUR };
	const struct phase *phase;
	int class;

	if (!g->phase_left)
		enter_phase(g, alias_draw(&g->next[g->phase], &g->rng));
	phase = phase_now(g);
	g->t_ns += quantiles_draw(&phase->arrival, &g->rng);
	changes_due(g);
	class = next_vcpu(g, phase)->class;
	event.t_ns = g->t_ns;
	event.vcpu = (uint16_t)g->vcpu;
	event.flags = g->recipe->shadow ? TRACE_SHADOW : 0;
	fill_event(g, phase, class, &event);
	trace_writer_event(g->writer, &event);
	g->taken[class]++;
	g->taken_all++;
	g->phase_left--;
	g->done.events++;
}

/* ---- setting up ---- */

static int make_walkers(struct generator *g, struct diag *d)
{
	const struct recipe *r = g->recipe;
	size_t bad = 0;

	g->walkers = calloc(r->nr_phases, sizeof(*g->walkers));
	if (!g->walkers)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	for (size_t i = 0; i < r->nr_phases; i++) {
		for (int c = 0; c < NR_CLASSES; c++) {
			int rc = r->phases[i].share[c]
					 ? walker_init(&g->walkers[i][c], r, &r->phases[i],
						       (enum access_class)c, &bad)
					 : 0;

			if (rc == -EINVAL)
				return diag_set(d, EXIT_INPUT, rc,
						"%s: phase %s: locality.%s.extents[%zu]: not "
						"within one %s of the layout",
						r->name, r->phases[i].name, class_names[c], bad,
						c == CLASS_UNMAPPED ? "mmio window" : "slot");
			if (rc)
				return diag_set(d, EXIT_RUNTIME, rc, "out of memory");
		}
	}
	return 0;
}

static uint64_t emulated_pages(const struct layout *layout)
{
	uint64_t npages = 0;

	for (size_t i = 0; i < layout->mmio.nr; i++)
		npages += layout->mmio.at[i].npages;
	return npages;
}

static int make_state(struct generator *g, struct diag *d)
{
	const struct recipe *r = g->recipe;
	size_t bytes = r->layout.nr_slots * sizeof(*g->slots);
	int rc = 0;

	g->tagger = (struct tagger){ .caches = r->caches, .now = 1 };
	g->tagger.made = calloc(emulated_pages(&r->layout) + 1, sizeof(*g->tagger.made));
	g->vcpus = calloc(r->nr_vcpus, sizeof(*g->vcpus));
	g->next = calloc(r->nr_phases, sizeof(*g->next));
	g->slots = malloc(bytes);
	g->vcpu_stop = (uint64_t)(((unsigned __int128)1 << 64) / r->vcpu_burst);
	g->generation = 2 * r->layout.nr_slots;
	if (!g->tagger.made || !g->vcpus || !g->next || !g->slots)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	for (size_t i = 0; i < r->layout.nr_slots; i++)
		g->slots[i] = r->layout.slots[i];
	for (size_t i = 0; !rc && i < r->nr_phases; i++)
		rc = alias_init(&g->next[i], r->phases[i].next, r->nr_phases);
	if (!rc)
		rc = alias_init(&g->vcpu_weights, r->vcpu_weights, r->nr_vcpus);
	return rc ? diag_set(d, EXIT_RUNTIME, rc, "out of memory") : 0;
}

static void free_state(struct generator *g)
{
	for (size_t i = 0; i < g->recipe->nr_phases; i++) {
		for (int c = 0; g->walkers && c < NR_CLASSES; c++)
			walker_free(&g->walkers[i][c]);
		if (g->next)
			alias_free(&g->next[i]);
	}
	alias_free(&g->vcpu_weights);
	free(g->walkers);
	free(g->next);
	free(g->vcpus);
	free(g->slots);
	free(g->tagger.made);
	free(g);
}

static int open_writer(struct generator *g, const char *path,
		       const struct generate_options *options, struct diag *d)
{
	const struct recipe *r = g->recipe;
	json_t *header = json_pack("{s:s,s:{s:I,s:I,s:O},s:{s:s},s:{s:I}}", "source", "generate",
				   "synthetic", "seed", (json_int_t)options->seed, "events",
				   (json_int_t)options->events, "recipe", r->json, "kvm", "era",
				   r->era, "vm", "vcpus", (json_int_t)r->nr_vcpus);
	int rc;

	if (!header)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	rc = trace_writer_open(path, options->force, header, r->layout.slots, r->layout.nr_slots,
			       &g->writer, d);
	json_decref(header);
	return rc;
}

static void run(struct generator *g, const struct generate_options *options)
{
	enter_phase(g, 0);
	while (g->done.events < options->events) {
		if (g->done.events % ASK_EVERY == 0 && options->go_on &&
		    !options->go_on(g->done.events))
			break;
		step(g);
	}
}

int generate(const struct recipe *recipe, const char *path, const struct generate_options *options,
	     struct generated *done, struct diag *d)
{
	struct generator *g = calloc(1, sizeof(*g));
	int rc;

	if (!g)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	g->recipe = recipe;
	g->scale_events = options->events;
	rng_seed(&g->rng, options->seed);
	rc = make_walkers(g, d);
	if (!rc)
		rc = make_state(g, d);
	if (!rc)
		rc = open_writer(g, path, options, d);
	if (!rc) {
		run(g, options);
		rc = trace_writer_commit(g->writer, NULL, d);
		*done = g->done;
	}
	free_state(g);
	return rc;
}
