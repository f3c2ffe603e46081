// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace is cut into windows, and neighbours with the most similar mix are joined until few
 * phases are left that differ; each phase is then described by its own statistics.
 */
#include "workloads/fit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/slotmap.h"
#include "workloads/extents.h"
#include "workloads/profile.h"
#include "workloads/walker.h"

enum { WINDOWS = 64, WINDOW_MIN = 1024, MOST_PHASES = 6, MOST_EXTENTS = 256, KNOTS = 65 };

#define SAME_PHASE 0.1 /* mixes that differ by less than this are one phase */

/* ---- phases ---- */

struct segment {
	size_t from, to;
	uint64_t mix[NR_CLASSES];
};

static size_t cut(const struct trace *trace, struct segment *segments)
{
	size_t nr = trace->nr_events / WINDOW_MIN;

	nr = nr > WINDOWS ? WINDOWS : nr ? nr : 1;
	for (size_t s = 0; s < nr; s++) {
		segments[s] = (struct segment){ trace->nr_events * s / nr,
						trace->nr_events * (s + 1) / nr };
		for (size_t i = segments[s].from; i < segments[s].to; i++) {
			int class = profile_class(trace->events[i].op);

			if (class >= 0)
				segments[s].mix[class]++;
		}
	}
	return nr;
}

static void join(struct segment *segments, size_t *nr, size_t at)
{
	for (int c = 0; c < NR_CLASSES; c++)
		segments[at].mix[c] += segments[at + 1].mix[c];
	segments[at].to = segments[at + 1].to;
	memmove(&segments[at + 1], &segments[at + 2], (*nr - at - 2) * sizeof(*segments));
	--*nr;
}

static size_t find_phases(const struct trace *trace, struct segment *segments)
{
	size_t nr = cut(trace, segments);

	while (nr > 1) {
		double most = -2;
		size_t at = 0;

		for (size_t i = 0; i + 1 < nr; i++) {
			double same =
				profile_overlap(segments[i].mix, segments[i + 1].mix, NR_CLASSES);

			same = same < 0 ? 1 : same; /* a window of skipped events only */
			if (same > most) {
				most = same;
				at = i;
			}
		}
		if (nr <= MOST_PHASES && most < 1 - SAME_PHASE)
			break;
		join(segments, &nr, at);
	}
	return nr;
}

/* ---- layout ---- */

/* The slots of address space 0 after the first @changes changes. */
static int slots_at(const struct trace *trace, size_t changes, struct layout *layout)
{
	struct slotmap *map = slotmap_new();
	char why[SLOTMAP_WHY];
	int rc = map ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < trace->nr_slots; i++)
		rc = slotmap_insert(map, &trace->slots[i], why);
	for (size_t i = 0; !rc && i < changes; i++)
		rc = slotmap_apply(map, &trace->changes[i], why);
	layout->slots = rc ? NULL : calloc(slotmap_count(map, 0) + 1, sizeof(*layout->slots));
	if (!rc && !layout->slots)
		rc = -ENOMEM;
	for (unsigned int id = 0; !rc && id <= TRACE_MAX_SLOT; id++) {
		const struct trace_slot *slot = slotmap_by_id(map, 0, id);

		if (slot)
			layout->slots[layout->nr_slots++] = *slot;
	}
	slotmap_free(map);
	return rc;
}

/* The last point at which most slots were alive, in changes. */
static size_t fullest(const struct trace *trace)
{
	long alive = 0, most = 0;
	size_t at = 0;

	for (size_t i = 0; i < trace->nr_changes; i++) {
		const struct trace_change *change = &trace->changes[i];

		if (change->slot.as == 0)
			alive += (change->op == TRACE_CREATE) - (change->op == TRACE_DELETE);
		if (alive >= most) {
			most = alive;
			at = i + 1;
		}
	}
	return at;
}

static int take_windows(const struct profile *p, enum access_class class,
			const struct layout *layout, struct windows *windows)
{
	struct extents extents;
	int rc = extents_of(p, class, layout, SIZE_MAX, &extents);

	if (rc)
		return rc;
	windows->at = calloc(extents.nr + 1, sizeof(*windows->at));
	for (size_t i = 0; windows->at && i < extents.nr; i++)
		windows->at[windows->nr++] =
			(struct window){ extents.at[i].base_gfn, extents.at[i].npages };
	free(extents.at);
	return windows->at ? 0 : -ENOMEM;
}

static int make_layout(const struct trace *trace, const struct profile *whole,
		       struct layout *layout)
{
	struct windows mmio = { 0 }, notify = { 0 };
	int rc = slots_at(trace, fullest(trace), layout);

	if (!rc)
		rc = take_windows(whole, CLASS_UNMAPPED, layout, &mmio);
	if (!rc)
		rc = take_windows(whole, CLASS_NOTIFY, layout, &notify);
	layout->mmio = mmio;
	layout->notify = notify;
	return rc;
}

static json_t *windows_json(const struct windows *windows)
{
	json_t *array = json_array();

	for (size_t i = 0; i < windows->nr; i++)
		json_array_append_new(array,
				      json_pack("{s:I,s:I}", "base_gfn",
						(json_int_t)windows->at[i].base_gfn, "npages",
						(json_int_t)windows->at[i].npages));
	return array;
}

static json_t *layout_json(const struct layout *layout)
{
	json_t *slots = json_array();

	for (size_t i = 0; i < layout->nr_slots; i++) {
		const struct trace_slot *s = &layout->slots[i];

		json_array_append_new(slots,
				      json_pack("{s:i,s:I,s:I,s:i,s:s}", "id", s->id, "base_gfn",
						(json_int_t)s->base_gfn, "npages",
						(json_int_t)s->npages, "flags", (int)s->flags,
						"kind", trace_kind_names[s->kind]));
	}
	return json_pack("{s:s,s:o,s:o,s:o}", "base", "none", "slots", slots, "mmio",
			 windows_json(&layout->mmio), "notify", windows_json(&layout->notify));
}

/* ---- one phase ---- */

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/* Counts as shares of @whole, without the zeros at the end. NULL where there are none. */
static json_t *octaves_json(const uint64_t *octaves, size_t nr, uint64_t whole)
{
	json_t *array;

	while (nr && !octaves[nr - 1])
		nr--;
	if (!nr)
		return NULL;
	array = json_array();
	for (size_t k = 0; k < nr; k++)
		json_array_append_new(array, json_real(ratio(octaves[k], whole)));
	return array;
}

static uint64_t sum_of(const uint64_t *values, size_t nr)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += values[i];
	return sum;
}

static const struct extent *extent_at(const struct extents *extents, uint64_t gfn)
{
	size_t low = 0, high = extents->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (extents->at[middle].base_gfn <= gfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low && gfn - extents->at[low - 1].base_gfn < extents->at[low - 1].npages
		       ? &extents->at[low - 1]
		       : NULL;
}

/* Where an access is: its extent, or its slot. */
static size_t place_of(const struct extents *extents, bool by_slot, const struct trace_event *event)
{
	const struct extent *at = extent_at(extents, event->gfn);

	if (by_slot || !at)
		return by_slot ? event->slot : extents->nr;
	return (size_t)(at - extents->at);
}

/*
 * How often an access stays in the place of the vCPU's last one, beyond chance: the chance that two
 * draws by weight meet is the sum of the squared shares. 0 where memory is short.
 */
static double onward_share(const struct trace *trace, const struct segment *segment, int class,
			   const struct extents *extents, uint64_t nr_vcpus, bool by_slot)
{
	const size_t none = TRACE_NO_SLOT + 1 + extents->nr;
	size_t *last = malloc(nr_vcpus * sizeof(*last));
	uint64_t *weights = calloc(none, sizeof(*weights)), all = 0, stays = 0, sum = 0;
	double chance = 0, share;

	for (size_t v = 0; last && v < nr_vcpus; v++)
		last[v] = none;
	for (size_t i = segment->from; last && weights && i < segment->to; i++) {
		const struct trace_event *event = &trace->events[i];
		size_t at;

		if (profile_class(event->op) != class || event->vcpu == TRACE_NO_VCPU)
			continue;
		at = place_of(extents, by_slot, event);
		all += last[event->vcpu] != none;
		stays += last[event->vcpu] == at;
		last[event->vcpu] = at;
		weights[at] += by_slot;
	}
	for (size_t i = 0; weights && !by_slot && i < extents->nr; i++)
		weights[i] = extents->at[i].weight;
	sum = weights ? sum_of(weights, none) : 0;
	for (size_t i = 0; sum && i < none; i++)
		chance += ratio(weights[i], sum) * ratio(weights[i], sum);
	free(last);
	free(weights);
	share = chance < 1 ? (ratio(stays, all) - chance) / (1 - chance) : 0;
	return share > 0 ? share : 0;
}

static json_t *extents_json(const struct extents *extents)
{
	json_t *array = json_array();

	for (size_t i = 0; i < extents->nr; i++) {
		const struct extent *e = &extents->at[i];

		json_array_append_new(array,
				      json_pack("[I,I,I]", (json_int_t)e->base_gfn,
						(json_int_t)e->npages, (json_int_t)e->weight));
	}
	return array;
}

struct fitting {
	const struct trace *trace;
	struct layout layout;
	struct fitted *done;
};

/* Of a sweep also within a slot: it goes through the extents there in a row. */
static double sequential_share(const struct fitting *f, const struct segment *segment,
			       const struct profile *p, int class, const struct extents *extents)
{
	double share = onward_share(f->trace, segment, class, extents, p->nr_vcpus, false), slot;

	if (!profile_sweeps(&p->classes[class]))
		return share;
	slot = onward_share(f->trace, segment, class, extents, p->nr_vcpus, true);
	return slot > share ? slot : share;
}

/* The class's part of "locality", or NULL where no page of it is left in the layout. */
static json_t *locality_json(struct fitting *f, const struct segment *segment,
			     const struct profile *p, int class)
{
	const struct class_profile *c = &p->classes[class];
	const size_t reach = 16; /* octaves that the generator's ring holds */
	struct extents extents;
	json_t *json = NULL, *reuse;

	if (!c->events ||
	    extents_of(p, (enum access_class) class, &f->layout, MOST_EXTENTS, &extents))
		return NULL;
	f->done->dropped += extents.dropped;
	if (extents.nr) {
		json = json_pack("{s:s,s:f,s:o}", "popularity", "sweep", "sequential",
				 sequential_share(f, segment, p, class, &extents), "extents",
				 extents_json(&extents));
		reuse = profile_sweeps(c) ? NULL : octaves_json(c->reuse, reach, c->events);
		if (reuse)
			json_object_set_new(json, "reuse", reuse);
	}
	free(extents.at);
	return json;
}

/* A recipe's transitions are between classes that it has. */
static json_t *transitions_json(const struct profile *p, const json_t *locality)
{
	json_t *json = json_object();

	for (int from = 0; from < CLASS_SWAP; from++) {
		const struct class_profile *c = &p->classes[from];
		json_t *row = json_object();

		for (int to = 0; to < CLASS_SWAP; to++)
			if (c->then[to] && json_object_get(locality, class_names[to]))
				json_object_set_new(
					row, class_names[to],
					json_real(ratio(c->then[to], sum_of(c->then, CLASS_SWAP))));
		if (json_object_size(row) && json_object_get(locality, class_names[from]))
			json_object_set(json, class_names[from], row);
		json_decref(row);
	}
	return json;
}

static uint64_t gap_ns(const struct trace_event *event)
{
	return event[1].t_ns > event->t_ns ? event[1].t_ns - event->t_ns : 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The last knot is not the longest gap but the one that makes the mean right. */
static json_t *arrival_json(const struct trace *trace, const struct segment *segment)
{
	size_t nr = segment->to - segment->from - 1;
	uint64_t *gaps = malloc((nr + 1) * sizeof(*gaps)), sum = 0, twice = 0, knot = 0;
	json_t *knots = json_array();

	for (size_t i = 0; gaps && i < nr; i++) {
		gaps[i] = gap_ns(&trace->events[segment->from + i]);
		sum += gaps[i];
	}
	if (!gaps || !nr || !sum) {
		free(gaps);
		json_decref(knots);
		return json_pack("{s:i}", "mean_ns", 1000);
	}
	qsort(gaps, nr, sizeof(*gaps), by_number);
	for (size_t k = 0; k < KNOTS - 1; k++) {
		knot = gaps[nr * k / (KNOTS - 1)];
		json_array_append_new(knots, json_integer((json_int_t)knot));
		twice += k ? 2 * knot : knot;
	}
	sum = 2 * (uint64_t)((double)sum / (double)nr * (KNOTS - 1));
	json_array_append_new(knots,
			      json_integer((json_int_t)(sum > twice + knot ? sum - twice : knot)));
	free(gaps);
	return json_pack("{s:o}", "quantiles_ns", knots);
}

/* When the log of dirty pages is on, by the first slot that has it; NULL where none has. */
static json_t *dirty_json(const struct fitting *f, const struct segment *segment)
{
	uint64_t nr = 0, logged = 0, since = 0, every, events = segment->to - segment->from;
	const struct trace_change *first = NULL;
	bool on = false;

	for (size_t i = 0; i < f->trace->nr_changes; i++) {
		const struct trace_change *change = &f->trace->changes[i];

		if (change->op != TRACE_FLAGS || change->at < segment->from ||
		    change->at >= segment->to || (first && change->slot.id != first->slot.id) ||
		    change->slot.as || on == (change->slot.flags & 1))
			continue;
		first = change;
		on = !on;
		nr += on;
		logged += on ? 0 : change->at - since;
		since = change->at;
	}
	logged += on ? segment->to - since : 0;
	every = nr ? (events + nr - 1) / nr : 0;
	if (every < 2)
		return NULL;
	logged = logged / nr < every ? logged / nr : every - 1;
	return json_pack("{s:I,s:I}", "every", (json_int_t)every, "for",
			 (json_int_t)(logged ? logged : 1));
}

/* A delete that comes with a create is a remap, as is a move. A slot that is most of them is named.
 */
static json_t *churn_json(const struct fitting *f, const struct segment *segment, bool logged)
{
	uint64_t of_slot[TRACE_MAX_SLOT + 1] = { 0 }, of_op[TRACE_NR_CHANGE_OPS] = { 0 }, all = 0;
	uint64_t remaps, nr, events = segment->to - segment->from;
	json_t *json;

	for (size_t i = 0; i < f->trace->nr_changes; i++) {
		const struct trace_change *change = &f->trace->changes[i];

		if (change->at < segment->from || change->at >= segment->to || change->slot.as)
			continue;
		of_op[change->op]++;
		of_slot[change->slot.id]++;
		all++;
	}
	remaps = of_op[TRACE_DELETE] < of_op[TRACE_CREATE] ? of_op[TRACE_DELETE]
							   : of_op[TRACE_CREATE];
	remaps += of_op[TRACE_MOVE];
	nr = remaps || logged ? remaps : of_op[TRACE_FLAGS];
	json = json_pack("{s:I,s:s}", "every", (json_int_t)(nr ? (events + nr - 1) / nr : 0),
			 "change", remaps ? "remap" : "flags");
	for (size_t i = 0; i < f->layout.nr_slots; i++)
		if (2 * of_slot[f->layout.slots[i].id] > all)
			json_object_set_new(json, "slot", json_integer(f->layout.slots[i].id));
	return json;
}

static json_t *mix_json(const struct profile *p, const json_t *locality)
{
	json_t *json = json_object();
	uint64_t sum = 0;

	for (int c = 0; c < CLASS_SWAP; c++)
		if (json_object_get(locality, class_names[c]))
			sum += p->classes[c].events;
	for (int c = 0; c < CLASS_SWAP; c++)
		if (json_object_get(locality, class_names[c]))
			json_object_set_new(json, class_names[c],
					    json_real(ratio(p->classes[c].events, sum)));
	return json;
}

static void set_swap(json_t *phase, const struct profile *p)
{
	uint64_t swaps = p->classes[CLASS_SWAP].events, pages;

	if (!swaps || !p->classes[CLASS_RAM].events)
		return;
	pages = (p->swapped_pages + swaps / 2) / swaps;
	json_object_set_new(phase, "swap",
			    json_pack("{s:f,s:I}", "share", ratio(swaps, p->events), "pages",
				      (json_int_t)(pages < 1	     ? 1
						   : pages > 1 << 20 ? 1 << 20
								     : pages)));
}

static json_t *phase_json(struct fitting *f, const struct segment *segment, size_t index,
			  const struct profile *p)
{
	json_t *locality = json_object(), *burst = json_object(), *phase;
	json_t *dirty = dirty_json(f, segment);
	char name[32];

	for (int c = 0; c < CLASS_SWAP; c++) {
		json_t *class = locality_json(f, segment, p, c);
		uint64_t bursts = sum_of(p->classes[c].burst, OCTAVES_MAX);

		if (!class)
			continue;
		json_object_set_new(locality, class_names[c], class);
		json_object_set_new(burst, class_names[c],
				    octaves_json(p->classes[c].burst, OCTAVES_MAX, bursts));
	}
	snprintf(name, sizeof(name), "phase-%zu", index + 1);
	phase = json_pack("{s:s,s:I,s:o,s:o,s:o,s:o,s:o,s:f,s:o}", "name", name, "events",
			  (json_int_t)(p->events ? p->events : 1), "mix", mix_json(p, locality),
			  "burst", burst, "transitions", transitions_json(p, locality), "arrival",
			  arrival_json(f->trace, segment), "churn",
			  churn_json(f, segment, dirty != NULL), "writes",
			  ratio(p->classes[CLASS_RAM].writes, p->classes[CLASS_RAM].events),
			  "locality", locality);
	if (dirty)
		json_object_set_new(phase, "dirty_log", dirty);
	set_swap(phase, p);
	return phase;
}

static int add_phase(struct fitting *f, const struct segment *segment, json_t *phases)
{
	struct profile p;
	json_t *phase;
	int rc = profile_take(&p, f->trace, segment->from, segment->to);

	if (rc)
		return rc;
	phase = phase_json(f, segment, json_array_size(phases), &p);
	if (json_object_size(json_object_get(phase, "mix"))) {
		json_array_append(phases, phase);
		f->done->events += p.events;
	}
	json_decref(phase);
	profile_free(&p);
	return 0;
}

/* ---- the whole ---- */

static json_t *vcpu_weights(const struct profile *p)
{
	json_t *array = json_array();

	for (uint64_t v = 0; v < p->nr_vcpus; v++)
		json_array_append_new(
			array,
			json_integer((json_int_t)(p->vcpu_events[v] ? p->vcpu_events[v] : 1)));
	return array;
}

/* Events a vCPU makes before another one goes on; drawing the same one again does not end it. */
static double vcpu_burst(const struct profile *p)
{
	double again = 0, mean;
	uint64_t all = sum_of(p->vcpu_events, p->nr_vcpus);

	for (uint64_t v = 0; v < p->nr_vcpus; v++)
		again += ratio(p->vcpu_events[v], all) * ratio(p->vcpu_events[v], all);
	mean = p->vcpu_runs ? (double)all / (double)p->vcpu_runs * (1 - again) : 1;
	return mean < 1 ? 1 : mean > 1 << 20 ? 1 << 20 : mean;
}

static bool is_shadow(const struct trace *trace)
{
	size_t shadow = 0;

	for (size_t i = 0; i < trace->nr_events; i++)
		shadow += !!(trace->events[i].flags & TRACE_SHADOW);
	return shadow * 2 > trace->nr_events;
}

/* Where no miss was ever served before the slots, KVM had no cache for them. */
static const char *era_of(const struct profile *p)
{
	uint64_t cached = p->ops[TRACE_MISS_SPTE] + p->ops[TRACE_MISS_VCPU];

	return p->ops[TRACE_MISS] && !cached ? "none" : "5.17";
}

static json_t *recipe_json(const struct fitting *f, const struct profile *whole, json_t *phases)
{
	char purpose[160];
	json_t *layout = layout_json(&f->layout);

	snprintf(purpose, sizeof(purpose), "Synthetic twin of the trace %.64s.", f->trace->name);
	return json_pack("{s:s,s:i,s:s,s:s,s:s,s:I,s:I,s:f,s:o,s:b,s:o,s:O}", "schema",
			 RECIPE_SCHEMA, "version", RECIPE_VERSION, "name", f->trace->name,
			 "purpose", purpose, "era", era_of(whole), "events",
			 (json_int_t)f->done->events, "vcpus", (json_int_t)whole->nr_vcpus,
			 "vcpu_burst", vcpu_burst(whole), "vcpu_weights", vcpu_weights(whole),
			 "shadow", is_shadow(f->trace), "layout", layout, "phases", phases);
}

static int make(struct fitting *f, const struct profile *whole, json_t **recipe, struct diag *d)
{
	struct segment segments[WINDOWS];
	size_t nr = find_phases(f->trace, segments);
	json_t *phases = json_array();
	int rc = make_layout(f->trace, whole, &f->layout);

	for (size_t i = 0; !rc && i < nr; i++)
		rc = add_phase(f, &segments[i], phases);
	f->done->phases = json_array_size(phases);
	if (!rc && (!f->layout.nr_slots || !f->done->phases))
		rc = diag_set(d, EXIT_INPUT, -EINVAL, "%s: no accesses to fit a recipe to",
			      f->trace->name);
	else if (rc)
		rc = diag_set(d, EXIT_RUNTIME, rc, "out of memory");
	if (!rc)
		*recipe = recipe_json(f, whole, phases);
	json_decref(phases);
	return rc;
}

int fit(const struct trace *trace, json_t **recipe, struct fitted *fitted, struct diag *d)
{
	struct fitting f = { .trace = trace, .done = fitted };
	struct profile whole;
	int rc = profile_take(&whole, trace, 0, trace->nr_events);

	if (rc)
		return diag_set(d, EXIT_RUNTIME, rc, "out of memory");
	*fitted = (struct fitted){ .skipped = whole.skipped };
	rc = whole.nr_vcpus > RECIPE_MAX_CPUS
		     ? diag_set(d, EXIT_INPUT, -EINVAL, "%s: more than %d vCPUs", trace->name,
				RECIPE_MAX_CPUS)
		     : make(&f, &whole, recipe, d);
	profile_free(&whole);
	layout_free(&f.layout);
	return rc;
}
