// SPDX-License-Identifier: GPL-2.0-only
/*
 * After each access both the kernel's caches and the model's hold the page, whoever was right, so
 * one disagreement does not breed others.
 *
 * Two things are not held against the model: pages that the kernel had cached before the trace
 * began, and tags that the header says could not be observed.
 */
#include "replay/cache/model.h"

#include <errno.h>
#include <string.h>

#include "replay/cache/walk.h"

const enum trace_op model_ops[MODEL_NR_TAGS] = { TRACE_MISS, TRACE_MISS_STALE, TRACE_MISS_SPTE,
						 TRACE_MISS_VCPU };

struct model {
	const struct trace *trace;
	struct cache_layers layers;
	struct cache *caches[CACHE_MAX_LAYERS];
	bool blind[MODEL_NR_TAGS];
	bool zapped; /* a slot was deleted or moved: nothing of before the trace is left */
	struct model_report *report;
};

static const char *const reasons[MODEL_NR_TAGS][MODEL_NR_TAGS] = {
	[MODEL_MISS] = {
		[MODEL_STALE] = "the mmio SPTE was gone: another root, or its page table was freed",
		[MODEL_SPTE] = "the mmio SPTE was gone: another root, or its page table was freed",
		[MODEL_VCPU] = "the vCPU's MMIO entry and the SPTE were gone, or the access was not one of the fault path",
	},
	[MODEL_STALE] = {
		[MODEL_MISS] = "the SPTE outlived a delete or move: the kernel zaps later than it publishes",
		[MODEL_SPTE] = "the generation rose without a slot change in the trace",
		[MODEL_VCPU] = "the generation rose without a slot change in the trace",
	},
	[MODEL_SPTE] = {
		[MODEL_MISS] = "the page was cached by an access that the trace does not hold, or the delete did not zap",
		[MODEL_STALE] = "the access and the slot change raced",
		[MODEL_VCPU] = "the vCPU's MMIO entry was cleared in between",
	},
	[MODEL_VCPU] = {
		[MODEL_MISS] = "the vCPU's MMIO entry was made by an access that the trace does not hold",
		[MODEL_STALE] = "the access and the slot change raced",
		[MODEL_SPTE] = "the vCPU's MMIO entry was made by an access that the trace does not hold",
	},
};

const char *model_reason(enum model_tag kernel, enum model_tag model)
{
	return reasons[kernel][model];
}

static int tag_of(enum trace_op op)
{
	for (int tag = 0; tag < MODEL_NR_TAGS; tag++)
		if (model_ops[tag] == op)
			return tag;
	return -1;
}

/* What the kernel would say of an access without a slot. */
static enum model_tag predict(const struct model *model, const struct cache_access *access)
{
	enum model_tag tag = MODEL_MISS;

	for (size_t i = 0; i < model->layers.nr; i++) {
		const struct cache_ops *ops = model->layers.ops[i];
		enum cache_verdict verdict = ops->ask(model->caches[i], access);

		if (!strcmp(ops->name, "mmio-vcpu") && verdict == CACHE_SERVES)
			return MODEL_VCPU;
		if (!strcmp(ops->name, "mmio-spte") && verdict != CACHE_ABSENT)
			tag = verdict == CACHE_SERVES ? MODEL_SPTE : MODEL_STALE;
	}
	return tag;
}

/*
 * May the kernel know a page from before the trace that the model does not know? Until a slot
 * changes, it may; then it is stale, until one goes and takes all SPTEs along.
 */
static bool may_be_older(const struct model *model, const struct cache_access *access,
			 enum model_tag kernel)
{
	return kernel == MODEL_STALE ? !model->zapped : kernel != MODEL_MISS && !access->generation;
}

static void judge(struct model *model, const struct cache_access *access, enum model_tag kernel)
{
	struct model_report *report = model->report;
	enum model_tag tag = predict(model, access);

	report->searched += kernel == MODEL_MISS || kernel == MODEL_STALE;
	if (tag == MODEL_MISS && may_be_older(model, access, kernel)) {
		report->cold++;
		report->searched_model += kernel == MODEL_STALE;
		return;
	}
	if (model->blind[tag]) {
		report->blind++;
		report->searched_model += kernel == MODEL_MISS || kernel == MODEL_STALE;
		return;
	}
	report->searched_model += tag == MODEL_MISS || tag == MODEL_STALE;
	report->tags[kernel][tag]++;
	report->accesses++;
	report->agreed += kernel == tag;
}

static int replay_event(struct model *model, struct cache_walk *walk,
			const struct trace_event *event)
{
	struct cache_access access;
	int tag = tag_of(event->op), rc = 0;

	if (event->op == TRACE_RAM || event->op == TRACE_MAPPED || event->op == TRACE_ROM) {
		model->report->searched++;
		model->report->searched_model++;
	}
	if (tag < 0)
		return 0;
	cache_walk_access(walk, event, &access);
	judge(model, &access, (enum model_tag)tag);
	for (size_t i = 0; !rc && i < model->layers.nr; i++)
		rc = model->layers.ops[i]->learn(model->caches[i], &access);
	return rc;
}

static int replay_all(struct model *model)
{
	struct cache_walk walk;
	int rc = cache_walk_start(&walk, model->trace);

	for (size_t i = 0; !rc && i < model->trace->nr_events; i++) {
		enum trace_change_op op;

		while (cache_walk_change(&walk, i, &op)) {
			model->zapped |= op == TRACE_DELETE || op == TRACE_MOVE;
			for (size_t l = 0; l < model->layers.nr; l++)
				model->layers.ops[l]->change(model->caches[l], op);
		}
		rc = replay_event(model, &walk, &model->trace->events[i]);
	}
	cache_walk_end(&walk);
	return rc;
}

static void find_blind(struct model *model)
{
	const json_t *not_observed = json_object_get(model->trace->header, "not_observed");

	for (int tag = 0; tag < MODEL_NR_TAGS; tag++)
		model->blind[tag] =
			json_object_get(not_observed, trace_op_names[model_ops[tag]]) != NULL;
}

static const struct era *era_of_trace(const struct trace *trace)
{
	const json_t *host = json_object_get(trace->header, "host");
	const char *kernel = json_string_value(json_object_get(host, "kernel"));

	return kernel ? era_of_kernel(kernel) : NULL;
}

/* Without mmio SPTEs no fault says "MMIO", so the vCPU's entry is not asked either. */
static bool without_mmio_sptes(const struct trace *trace)
{
	const json_t *kvm = json_object_get(trace->header, "kvm");
	const char *caching = json_string_value(json_object_get(kvm, "mmio_caching"));

	return caching && !strcmp(caching, "N");
}

int model_compare(const struct trace *trace, struct model_report *report, struct diag *d)
{
	struct model model = { .trace = trace, .report = report };
	int rc;

	*report = (struct model_report){ .era = era_of_trace(trace) };
	if (!report->era)
		return diag_set(d, EXIT_INPUT, -ENOENT,
				"%s: the header's host.kernel names no kernel release, so there is "
				"no era to compare with",
				trace->name);
	report->layers = without_mmio_sptes(trace) ? "none" : report->era->layers;
	rc = cache_parse(report->layers, &model.layers, d);
	find_blind(&model);
	for (size_t i = 0; !rc && i < model.layers.nr; i++) {
		model.caches[i] = model.layers.ops[i]->create(cache_nr_vcpus(trace));
		rc = model.caches[i] ? 0 : -ENOMEM;
	}
	rc = rc ? rc : replay_all(&model);
	for (size_t i = 0; i < model.layers.nr; i++)
		if (model.caches[i])
			model.layers.ops[i]->destroy(model.caches[i]);
	return rc ? diag_set(d, EXIT_RUNTIME, rc, "%s: out of memory", trace->name) : 0;
}
