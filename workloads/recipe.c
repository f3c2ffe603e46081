// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/recipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/file.h"
#include "workloads/phase.h"

static const struct {
	const char *name;
	enum era_caches caches;
} eras[] = {
	{ "none", ERA_NONE },	    { "2.6.37", ERA_NONE },	{ "3.3", ERA_ZAPPED },
	{ "3.19", ERA_GENERATION }, { "5.15", ERA_GENERATION }, { "5.17", ERA_GENERATION },
};
enum { NR_ERAS = sizeof(eras) / sizeof(eras[0]) };

static int read_era(const struct node *node, void *base, struct diag *d)
{
	struct recipe *recipe = base;
	const char *names[NR_ERAS + 1] = { NULL };
	int choice = 0, rc;

	for (int i = 0; i < NR_ERAS; i++)
		names[i] = eras[i].name;
	rc = node_choice(node, names, &choice, d);
	recipe->era = eras[choice].name;
	recipe->caches = eras[choice].caches;
	return rc;
}

static int read_vcpu_weights(const struct node *node, void *base, struct diag *d)
{
	struct recipe *recipe = base;
	size_t nr;
	int rc = node_array(node, 1, RECIPE_MAX_CPUS, &nr, d);

	for (size_t i = 0; !rc && i < nr; i++) {
		struct node item = node_item(node, i);

		rc = node_uint(&item, 1, 1ull << 40, &recipe->vcpu_weights[i], d);
	}
	return rc;
}

static int skip(const struct node *node, void *base, struct diag *d)
{
	(void)node;
	(void)base;
	(void)d;
	return 0;
}

static const struct field recipe_fields[] = {
	{ "schema", FIELD_CUSTOM, .read = skip },
	{ "version", FIELD_CUSTOM, .read = skip },
	{ "name", FIELD_STRING, offsetof(struct recipe, name) },
	{ "purpose", FIELD_STRING, offsetof(struct recipe, purpose) },
	{ "era", FIELD_CUSTOM, .read = read_era },
	{ "events", FIELD_UINT, offsetof(struct recipe, events), 1, 1ull << 40 },
	{ "seed", FIELD_UINT, offsetof(struct recipe, seed), 0, INT64_MAX },
	{ "vcpus", FIELD_UINT, offsetof(struct recipe, nr_vcpus), 1, RECIPE_MAX_CPUS },
	{ "vcpu_burst", FIELD_FIXED, offsetof(struct recipe, vcpu_burst), 1, 1 << 20 },
	{ "vcpu_weights", FIELD_CUSTOM, .read = read_vcpu_weights },
	{ "shadow", FIELD_BOOL, offsetof(struct recipe, shadow) },
	{ "layout", FIELD_CUSTOM, .read = skip }, /* read first: the rest is checked against it */
	{ "phases", FIELD_CUSTOM, .read = skip }, /* read last: they inherit from the rest */
	FIELD_END,
};

/* An object that holds @own fields and those of a phase. */
static int read_both(const struct node *node, const struct field *own, void *own_base,
		     struct phase *phase, struct diag *d)
{
	const struct field *const tables[] = { own, phase_fields, NULL };
	int rc = node_known(node, tables, d);

	rc = rc ? rc : node_read(node, own, own_base, d);
	return rc ? rc : node_read(node, phase_fields, phase, d);
}

static int read_next(const struct node *node, struct recipe *recipe, struct phase *phase,
		     struct diag *d)
{
	const char *key;
	json_t *value;
	uint64_t sum = 0;
	int rc = 0;

	if (!json_is_object(node->json) || !json_object_size(node->json))
		return node_error(node, d, "must name the phases that may follow");
	json_object_foreach (node->json, key, value) {
		struct node at = node_key(node, key);
		size_t i = 0;

		while (i < recipe->nr_phases && strcmp(recipe->phases[i].name, key))
			i++;
		if (i == recipe->nr_phases)
			return node_error(&at, d, "no phase has this name");
		rc = rc ? rc : node_fixed(&at, 0, 1, &phase->next[i], d);
		sum += phase->next[i];
	}
	if (!rc && (sum < SHARE_ONE - 4096 || sum > SHARE_ONE + 4096))
		rc = node_error(node, d, "the shares sum to %.6f; they must sum to 1",
				(double)sum / (double)SHARE_ONE);
	return rc;
}

static const struct field own_fields[] = {
	{ "name", FIELD_STRING, offsetof(struct phase, name) },
	{ "events", FIELD_UINT, offsetof(struct phase, events), 1, 1ull << 40 },
	{ "next", FIELD_CUSTOM, .read = skip }, /* read when all names are known */
	FIELD_END,
};

static int read_phase(const struct node *node, struct recipe *recipe, size_t index,
		      const struct phase *template, struct diag *d)
{
	struct phase *phase = &recipe->phases[index];
	int rc = phase_copy(phase, template);

	if (rc)
		return diag_set(d, EXIT_RUNTIME, rc, "out of memory");
	phase->next = calloc(recipe->nr_phases, sizeof(*phase->next));
	if (!phase->next)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	rc = node->up ? read_both(node, own_fields, phase, phase, d) : 0;
	if (!rc && !phase->events && recipe->nr_phases > 1)
		rc = node_error(node, d, "events is required: the length of the phase");
	return rc ? rc : phase_finish(node, phase, &recipe->layout, d);
}

/* Without phases the recipe is one phase that lasts to the end. */
static int read_phases(const struct node *root, struct recipe *recipe, const struct phase *template,
		       struct diag *d)
{
	struct node node = node_key(root, "phases");
	size_t nr = 1;
	int rc = node.json ? node_array(&node, 1, 64, &nr, d) : 0;

	if (rc)
		return rc;
	recipe->phases = calloc(nr, sizeof(*recipe->phases));
	if (!recipe->phases)
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	recipe->nr_phases = nr;
	for (size_t i = 0; !rc && i < nr; i++) {
		struct node item = node_item(&node, i);

		rc = read_phase(node.json ? &item : root, recipe, i, template, d);
	}
	for (size_t i = 0; !rc && i < nr; i++) {
		struct node item = node_item(&node, i), next = node_key(&item, "next");

		if (node.json && next.json)
			rc = read_next(&next, recipe, &recipe->phases[i], d);
		else
			recipe->phases[i].next[i + 1 < nr ? i + 1 : i] = SHARE_ONE;
	}
	return rc;
}

static int read_schema(const struct node *root, struct diag *d)
{
	struct node schema = node_key(root, "schema"), version = node_key(root, "version");
	const char *name = json_string_value(schema.json);
	uint64_t number;

	if (!json_is_object(root->json))
		return node_error(root, d, "must be an object");
	if (!name || strcmp(name, RECIPE_SCHEMA))
		return node_error(&schema, d, "must be \"" RECIPE_SCHEMA "\"");
	return node_uint(&version, RECIPE_VERSION, RECIPE_VERSION, &number, d);
}

static int read_recipe(const struct node *root, struct recipe *recipe, struct diag *d)
{
	struct node layout = node_key(root, "layout");
	struct phase template;
	int rc = read_schema(root, d);

	if (rc)
		return rc;
	phase_defaults(&template);
	rc = read_both(root, recipe_fields, recipe, &template, d);
	if (!rc)
		rc = layout_read(&layout, &recipe->layout, d);
	if (!rc)
		rc = read_phases(root, recipe, &template, d);
	phase_free(&template);
	return rc;
}

int recipe_from_json(const char *name, json_t *json, struct recipe **recipe, struct diag *d)
{
	struct node root = { .file = name, .json = json };
	struct recipe *r = calloc(1, sizeof(*r));
	int rc;

	if (!r) {
		json_decref(json);
		return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	}
	*r = (struct recipe){ .name = "unnamed",
			      .purpose = "",
			      .era = "5.17",
			      .caches = ERA_GENERATION,
			      .events = 1000000,
			      .seed = 1,
			      .nr_vcpus = 1,
			      .vcpu_burst = 16 * SHARE_ONE,
			      .json = json };
	for (int i = 0; i < RECIPE_MAX_CPUS; i++)
		r->vcpu_weights[i] = 1;
	rc = read_recipe(&root, r, d);
	if (rc)
		recipe_free(r);
	else
		*recipe = r;
	return rc;
}

int recipe_load(const char *path, const double *dial, struct recipe **recipe, struct diag *d)
{
	json_error_t error;
	json_t *json;
	FILE *in;
	int rc = input_open(path, &in, d);

	if (rc)
		return rc;
	json = json_loadf(in, JSON_REJECT_DUPLICATES, &error);
	fclose(in);
	if (!json)
		return diag_set(d, EXIT_INPUT, -EINVAL, "%s:%d: not JSON: %s", path, error.line,
				error.text);
	if (dial && json_is_object(json))
		json_object_set_new(json, "mix", json_real(*dial));
	return recipe_from_json(path, json, recipe, d);
}

void recipe_free(struct recipe *recipe)
{
	if (!recipe)
		return;
	for (size_t i = 0; i < recipe->nr_phases; i++)
		phase_free(&recipe->phases[i]);
	free(recipe->phases);
	layout_free(&recipe->layout);
	json_decref(recipe->json);
	free(recipe);
}

int recipe_layout(const char *path_or_number, struct layout *layout, struct diag *d)
{
	struct recipe *recipe;
	char *end;
	unsigned long long nr = strtoull(path_or_number, &end, 10);
	int rc;

	if (end != path_or_number && !*end) {
		if (nr < LAYOUT_SCALE_MIN || nr > LAYOUT_MAX_SLOTS)
			return diag_set(d, EXIT_USAGE, -EINVAL,
					"'%s' slots: a layout has %d to 32764", path_or_number,
					LAYOUT_SCALE_MIN);
		return layout_scaled(nr, layout, d);
	}
	rc = recipe_load(path_or_number, NULL, &recipe, d);
	if (rc)
		return rc;
	*layout = recipe->layout;
	recipe->layout = (struct layout){ 0 };
	recipe_free(recipe);
	return 0;
}
