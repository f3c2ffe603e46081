// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/phase.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const class_names[NR_CLASSES + 1] = { "ram",      "mapped", "rom",
						  "unmapped", "notify", "swap" };

static void set_dial(struct phase *phase, uint64_t unmapped)
{
	memset(phase->share, 0, sizeof(phase->share));
	phase->share[CLASS_UNMAPPED] = unmapped;
	phase->share[CLASS_RAM] = SHARE_ONE - unmapped;
}

void phase_defaults(struct phase *phase)
{
	memset(phase, 0, sizeof(*phase));
	phase->name = "steady";
	for (int c = 0; c < NR_CLASSES; c++) {
		phase->locality[c].working_set = 16384;
		phase->burst[c].mean = 8 * SHARE_ONE;
	}
	phase->burst[CLASS_SWAP].mean = SHARE_ONE;
	phase->swap_pages = 16;
	phase->writes = SHARE_ONE / 2;
	quantiles_exponential(&phase->arrival, 2000);
}

/* Shares are decimal, so a sum that is meant to be 1 is off by less than this. */
#define SHARE_SLACK (SHARE_ONE >> 20)

static int read_mix(const struct node *node, void *base, struct diag *d)
{
	struct phase *phase = base;
	uint64_t dial, sum = 0, *share = phase->share;
	const struct field fields[] = {
		{ "ram", FIELD_FIXED, CLASS_RAM * sizeof(*share), 0, 1 },
		{ "mapped", FIELD_FIXED, CLASS_MAPPED * sizeof(*share), 0, 1 },
		{ "rom", FIELD_FIXED, CLASS_ROM * sizeof(*share), 0, 1 },
		{ "unmapped", FIELD_FIXED, CLASS_UNMAPPED * sizeof(*share), 0, 1 },
		{ "notify", FIELD_FIXED, CLASS_NOTIFY * sizeof(*share), 0, 1 },
		FIELD_END,
	};
	int rc;

	if (json_is_number(node->json)) {
		rc = node_fixed(node, 0, 1, &dial, d);
		if (!rc)
			set_dial(phase, dial);
		return rc;
	}
	memset(phase->share, 0, sizeof(phase->share));
	rc = node_fields(node, fields, share, d);
	for (int c = 0; c < NR_CLASSES; c++)
		sum += share[c];
	if (!rc && (sum < SHARE_ONE - SHARE_SLACK || sum > SHARE_ONE + SHARE_SLACK))
		rc = node_error(node, d, "the shares sum to %.6f; they must sum to 1",
				(double)sum / (double)SHARE_ONE);
	return rc;
}

static int read_octaves(const struct node *node, struct octaves *octaves, bool whole,
			struct diag *d)
{
	uint64_t sum = 0;
	size_t nr;
	int rc = node_array(node, 1, OCTAVES_MAX, &nr, d);

	for (size_t k = 0; !rc && k < nr; k++) {
		struct node item = node_item(node, k);

		rc = node_fixed(&item, 0, 1, &octaves->share[k], d);
		sum += octaves->share[k];
	}
	if (!rc && (sum > SHARE_ONE + SHARE_SLACK || (whole && sum < SHARE_ONE - SHARE_SLACK)))
		rc = node_error(node, d, "the shares sum to %.6f; they must sum to %s1",
				(double)sum / (double)SHARE_ONE, whole ? "" : "at most ");
	octaves->nr = (uint32_t)nr;
	return rc;
}

static int read_one_burst(const struct node *node, struct burst *burst, struct diag *d)
{
	int rc;

	burst->octaves.nr = 0;
	if (!json_is_array(node->json))
		return node_fixed(node, 1, 1 << 20, &burst->mean, d);
	rc = read_octaves(node, &burst->octaves, true, d);
	burst->mean = octaves_mean(&burst->octaves);
	return rc;
}

/* Call @read for every class that the object names. */
static int for_classes(const struct node *node, struct phase *phase, struct diag *d,
		       int (*read)(const struct node *, struct phase *, int, struct diag *))
{
	const char *key;
	json_t *value;
	int rc = 0;

	if (!json_is_object(node->json))
		return node_error(node, d, "must be an object");
	json_object_foreach (node->json, key, value) {
		struct node at = node_key(node, key);
		int class = 0;

		while (class_names[class] && strcmp(class_names[class], key))
			class ++;
		if (class >= CLASS_SWAP)
			return node_error(&at, d, "unknown key");
		rc = rc ? rc : read(&at, phase, class, d);
	}
	return rc;
}

static int read_class_burst(const struct node *node, struct phase *phase, int class, struct diag *d)
{
	return read_one_burst(node, &phase->burst[class], d);
}

static int read_burst(const struct node *node, void *base, struct diag *d)
{
	struct phase *phase = base;
	int rc = 0;

	if (json_is_object(node->json))
		return for_classes(node, phase, d, read_class_burst);
	for (int c = 0; !rc && c < CLASS_SWAP; c++)
		rc = read_one_burst(node, &phase->burst[c], d);
	return rc;
}

static int read_row(const struct node *node, struct phase *phase, int class, struct diag *d)
{
	const char *key;
	json_t *value;
	int rc = 0;

	phase->has_then = true;
	if (!json_is_object(node->json))
		return node_error(node, d, "must be an object");
	json_object_foreach (node->json, key, value) {
		struct node at = node_key(node, key);
		int to = 0;

		while (class_names[to] && strcmp(class_names[to], key))
			to++;
		if (to == NR_CLASSES)
			return node_error(&at, d, "unknown key");
		rc = rc ? rc : node_fixed(&at, 0, 1, &phase->then[class][to], d);
	}
	return rc;
}

static int read_transitions(const struct node *node, void *base, struct diag *d)
{
	return for_classes(node, base, d, read_row);
}

static int read_popularity(const struct node *node, void *base, struct diag *d)
{
	static const char *const names[] = { "uniform", "zipf", "sweep", NULL };

	return node_choice(node, names, &((struct locality *)base)->popularity, d);
}

static int read_spread(const struct node *node, void *base, struct diag *d)
{
	static const char *const names[] = { "size", "equal", NULL };

	return node_choice(node, names, &((struct locality *)base)->spread, d);
}

/* [base_gfn, npages, weight] */
static int read_extent(const struct node *node, struct extent *extent, struct diag *d)
{
	uint64_t *const values[] = { &extent->base_gfn, &extent->npages, &extent->weight };
	size_t nr;
	int rc = node_array(node, 3, 3, &nr, d);

	for (size_t i = 0; !rc && i < 3; i++) {
		struct node item = node_item(node, i);

		rc = node_uint(&item, i == 0 ? 0 : 1, i == 2 ? 1ull << 40 : TRACE_MAX_GFN,
			       values[i], d);
	}
	return rc;
}

static int read_extents(const struct node *node, void *base, struct diag *d)
{
	struct locality *l = base;
	size_t nr;
	int rc = node_array(node, 1, 1 << 20, &nr, d);

	if (rc)
		return rc;
	free(l->extents);
	l->extents = calloc(nr, sizeof(*l->extents));
	if (!l->extents)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	l->nr_extents = nr;
	l->spread = SPREAD_EXTENTS;
	for (size_t i = 0; !rc && i < nr; i++) {
		struct node item = node_item(node, i);

		rc = read_extent(&item, &l->extents[i], d);
	}
	return rc;
}

static int read_reuse(const struct node *node, void *base, struct diag *d)
{
	return read_octaves(node, &((struct locality *)base)->reuse, false, d);
}

static int read_class_locality(const struct node *node, struct phase *phase, int class,
			       struct diag *d)
{
	static const struct field fields[] = {
		{ "working_set", FIELD_UINT, offsetof(struct locality, working_set), 1,
		  1ull << 32 },
		{ "sequential", FIELD_FIXED, offsetof(struct locality, sequential), 0, 1 },
		{ "popularity", FIELD_CUSTOM, .read = read_popularity },
		{ "exponent", FIELD_FIXED, offsetof(struct locality, exponent), 0, 8 },
		{ "spread", FIELD_CUSTOM, .read = read_spread },
		{ "extents", FIELD_CUSTOM, .read = read_extents },
		{ "reuse", FIELD_CUSTOM, .read = read_reuse },
		FIELD_END,
	};
	struct locality *l = &phase->locality[class];
	int rc = node_fields(node, fields, l, d);

	if (!rc && l->spread == SPREAD_EXTENTS && l->popularity == POPULARITY_ZIPF)
		rc = node_error(node, d, "extents carry their own weights; zipf does not apply");
	return rc;
}

static int read_locality(const struct node *node, void *base, struct diag *d)
{
	return for_classes(node, base, d, read_class_locality);
}

struct arrival {
	uint64_t mean_ns, fixed_ns;
	struct quantiles *q;
};

static int read_quantiles(const struct node *node, void *base, struct diag *d)
{
	struct quantiles *q = ((struct arrival *)base)->q;
	size_t nr;
	int rc = node_array(node, 2, QUANTILES_MAX, &nr, d);

	for (size_t i = 0; !rc && i < nr; i++) {
		struct node item = node_item(node, i);

		rc = node_uint(&item, i ? q->at[i - 1] : 0, 1ull << 50, &q->at[i], d);
	}
	q->nr = (uint32_t)nr;
	return rc;
}

static int read_arrival(const struct node *node, void *base, struct diag *d)
{
	static const struct field fields[] = {
		{ "mean_ns", FIELD_UINT, offsetof(struct arrival, mean_ns), 1, 1ull << 40 },
		{ "fixed_ns", FIELD_UINT, offsetof(struct arrival, fixed_ns), 1, 1ull << 40 },
		{ "quantiles_ns", FIELD_CUSTOM, .read = read_quantiles },
		FIELD_END,
	};
	struct arrival arrival = { .q = &((struct phase *)base)->arrival };
	int rc = node_fields(node, fields, &arrival, d);

	if (!rc && json_object_size(node->json) != 1)
		rc = node_error(node, d, "takes one of mean_ns, fixed_ns, quantiles_ns");
	if (!rc && arrival.mean_ns)
		quantiles_exponential(arrival.q, arrival.mean_ns);
	if (!rc && arrival.fixed_ns)
		quantiles_constant(arrival.q, arrival.fixed_ns);
	return rc;
}

static int read_change(const struct node *node, void *base, struct diag *d)
{
	static const char *const names[] = { "flags", "remap", NULL };

	return node_choice(node, names, &((struct churn *)base)->remap, d);
}

static int read_churn(const struct node *node, void *base, struct diag *d)
{
	static const struct field fields[] = {
		{ "every", FIELD_UINT, offsetof(struct churn, every), 0, 1ull << 40 },
		{ "change", FIELD_CUSTOM, .read = read_change },
		{ "slot", FIELD_UINT, offsetof(struct churn, slot), 0, TRACE_MAX_SLOT },
		FIELD_END,
	};
	struct churn *churn = &((struct phase *)base)->churn;

	churn->remap = 1;
	churn->slot = RECIPE_ANY_SLOT;
	return node_fields(node, fields, churn, d);
}

static int read_dirty(const struct node *node, void *base, struct diag *d)
{
	static const struct field fields[] = {
		{ "every", FIELD_UINT, offsetof(struct phase, dirty_every), 0, 1ull << 40 },
		{ "for", FIELD_UINT, offsetof(struct phase, dirty_for), 1, 1ull << 40 },
		FIELD_END,
	};
	struct phase *phase = base;
	int rc = node_fields(node, fields, phase, d);

	if (!rc && phase->dirty_every &&
	    !(phase->dirty_for && phase->dirty_for < phase->dirty_every))
		rc = node_error(node, d, "for must be given and smaller than every");
	return rc;
}

static int read_swap(const struct node *node, void *base, struct diag *d)
{
	static const struct field fields[] = {
		{ "share", FIELD_FIXED, offsetof(struct phase, swap_share), 0, 1 },
		{ "pages", FIELD_UINT, offsetof(struct phase, swap_pages), 1, 1 << 20 },
		{ "refault", FIELD_FIXED, offsetof(struct phase, swap_refault), 0, 1 },
		FIELD_END,
	};

	return node_fields(node, fields, base, d);
}

const struct field phase_fields[] = {
	{ "mix", FIELD_CUSTOM, .read = read_mix },
	{ "burst", FIELD_CUSTOM, .read = read_burst },
	{ "transitions", FIELD_CUSTOM, .read = read_transitions },
	{ "locality", FIELD_CUSTOM, .read = read_locality },
	{ "arrival", FIELD_CUSTOM, .read = read_arrival },
	{ "churn", FIELD_CUSTOM, .read = read_churn },
	{ "dirty_log", FIELD_CUSTOM, .read = read_dirty },
	{ "swap", FIELD_CUSTOM, .read = read_swap },
	{ "writes", FIELD_FIXED, offsetof(struct phase, writes), 0, 1 },
	FIELD_END,
};

/* The class has a page to go to in this layout. */
static bool has_pages(int class, const struct layout *layout)
{
	const int kind[] = { TRACE_KIND_RAM, TRACE_KIND_MAPPED, TRACE_KIND_ROM };

	if (class == CLASS_UNMAPPED)
		return layout->mmio.nr;
	if (class == CLASS_NOTIFY)
		return layout->notify.nr;
	for (size_t i = 0; i < layout->nr_slots; i++)
		if (layout->slots[i].kind == kind[class == CLASS_SWAP ? CLASS_RAM : class])
			return true;
	return false;
}

static int check_churn(const struct node *node, const struct churn *churn,
		       const struct layout *layout, struct diag *d)
{
	struct node object = node_key(node, "churn"), slot = node_key(&object, "slot");

	if (!churn->every || churn->slot == RECIPE_ANY_SLOT)
		return 0;
	for (size_t i = 0; i < layout->nr_slots; i++)
		if (layout->slots[i].id == churn->slot)
			return 0;
	return node_error(&slot, d, "no slot has this id");
}

int phase_finish(const struct node *node, struct phase *phase, const struct layout *layout,
		 struct diag *d)
{
	struct node mix = node_key(node, "mix");
	uint64_t *share = phase->share, sum = 0;
	int largest = 0;

	for (int c = 0; c < CLASS_SWAP; c++) {
		share[c] =
			(uint64_t)((unsigned __int128)share[c] * (SHARE_ONE - phase->swap_share) >>
				   32);
		sum += share[c];
		largest = share[c] > share[largest] ? c : largest;
	}
	if (!sum && phase->swap_share < SHARE_ONE)
		return node_error(&mix, d, "is required");
	share[CLASS_SWAP] = phase->swap_share;
	share[largest] += SHARE_ONE - sum - phase->swap_share;
	for (int c = 0; c < NR_CLASSES; c++) {
		struct burst *burst = &phase->burst[c];

		burst->stop = (uint64_t)(((unsigned __int128)1 << 64) / burst->mean);
		phase->weight[c] = (uint64_t)((unsigned __int128)share[c] * burst->stop >> 8);
	}
	for (int c = 0; c < NR_CLASSES; c++)
		if (share[c] && !has_pages(c, layout))
			return node_error(&mix, d, "asks for %s, but the layout has none",
					  class_names[c]);
	return check_churn(node, &phase->churn, layout, d);
}

int phase_copy(struct phase *to, const struct phase *from)
{
	*to = *from;
	to->next = NULL;
	for (int c = 0; c < NR_CLASSES; c++)
		to->locality[c].extents = NULL;
	for (int c = 0; c < NR_CLASSES; c++) {
		const struct locality *l = &from->locality[c];
		size_t bytes = l->nr_extents * sizeof(*l->extents);

		if (!bytes)
			continue;
		to->locality[c].extents = malloc(bytes);
		if (!to->locality[c].extents)
			return -ENOMEM;
		memcpy(to->locality[c].extents, l->extents, bytes);
	}
	return 0;
}

void phase_free(struct phase *phase)
{
	for (int c = 0; c < NR_CLASSES; c++)
		free(phase->locality[c].extents);
	free(phase->next);
}
