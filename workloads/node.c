// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "workloads/rng.h"

struct node node_key(const struct node *up, const char *key)
{
	return (struct node){ up->file, up, key, 0, json_object_get(up->json, key) };
}

struct node node_item(const struct node *up, size_t index)
{
	return (struct node){ up->file, up, NULL, index, json_array_get(up->json, index) };
}

static size_t print_path(const struct node *node, char *text, size_t size)
{
	size_t used;
	int n;

	if (!node->up) {
		snprintf(text, size, "$");
		return 1;
	}
	used = print_path(node->up, text, size);
	n = node->key ? snprintf(text + used, size - used, ".%s", node->key)
		      : snprintf(text + used, size - used, "[%zu]", node->index);
	return used + (size_t)n < size ? used + (size_t)n : size - 1;
}

int node_error(const struct node *node, struct diag *d, const char *fmt, ...)
{
	char path[160], text[256];
	va_list ap;

	print_path(node, path, sizeof(path));
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return diag_set(d, EXIT_INPUT, -EINVAL, "%s: %s: %s", node->file, path, text);
}

int node_uint(const struct node *node, uint64_t min, uint64_t max, uint64_t *value, struct diag *d)
{
	json_int_t number = json_integer_value(node->json);

	if (!json_is_integer(node->json) || number < 0 || (uint64_t)number < min ||
	    (uint64_t)number > max)
		return node_error(node, d, "must be a whole number from %llu to %llu",
				  (unsigned long long)min, (unsigned long long)max);
	*value = (uint64_t)number;
	return 0;
}

int node_fixed(const struct node *node, uint64_t min, uint64_t max, uint64_t *value, struct diag *d)
{
	double number = json_number_value(node->json);

	if (!json_is_number(node->json) || !(number >= (double)min && number <= (double)max))
		return node_error(node, d, "must be a number from %llu to %llu",
				  (unsigned long long)min, (unsigned long long)max);
	*value = (uint64_t)(number * (double)SHARE_ONE + 0.5); /* a power of two: exact */
	return 0;
}

int node_array(const struct node *node, size_t min, size_t max, size_t *nr, struct diag *d)
{
	*nr = json_array_size(node->json);
	if (!json_is_array(node->json) || *nr < min || *nr > max)
		return node_error(node, d, "must be an array of %zu to %zu elements", min, max);
	return 0;
}

int node_choice(const struct node *node, const char *const *names, int *choice, struct diag *d)
{
	const char *name = json_string_value(node->json);
	char all[160] = "";
	size_t used = 0;

	for (int i = 0; names[i]; i++) {
		if (name && !strcmp(name, names[i])) {
			*choice = i;
			return 0;
		}
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
						 i ? ", " : "", names[i]);
	}
	return node_error(node, d, "must be one of: %s", all);
}

static int read_field(const struct node *node, const struct field *f, void *base, struct diag *d)
{
	void *value = (char *)base + f->offset;

	switch (f->type) {
	case FIELD_UINT:
		return node_uint(node, f->min, f->max, value, d);
	case FIELD_FIXED:
		return node_fixed(node, f->min, f->max, value, d);
	case FIELD_BOOL:
		if (!json_is_boolean(node->json))
			return node_error(node, d, "must be true or false");
		*(bool *)value = json_is_true(node->json);
		return 0;
	case FIELD_STRING:
		if (!json_is_string(node->json))
			return node_error(node, d, "must be a string");
		*(const char **)value = json_string_value(node->json);
		return 0;
	case FIELD_CUSTOM:
		return f->read(node, base, d);
	}
	return -EINVAL;
}

static bool known(const struct field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (!strcmp(fields->key, key))
			return true;
	return false;
}

int node_known(const struct node *node, const struct field *const *tables, struct diag *d)
{
	const char *key;
	json_t *value;

	if (!json_is_object(node->json))
		return node_error(node, d, "must be an object");
	json_object_foreach (node->json, key, value) {
		struct node at = node_key(node, key);
		const struct field *const *table = tables;

		while (*table && !known(*table, key))
			table++;
		if (!*table)
			return node_error(&at, d, "unknown key");
	}
	return 0;
}

int node_read(const struct node *node, const struct field *fields, void *base, struct diag *d)
{
	for (; fields->key; fields++) {
		struct node at = node_key(node, fields->key);
		int rc = at.json ? read_field(&at, fields, base, d) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

int node_fields(const struct node *node, const struct field *fields, void *base, struct diag *d)
{
	const struct field *const tables[] = { fields, NULL };
	int rc = node_known(node, tables, d);

	return rc ? rc : node_read(node, fields, base, d);
}
