// SPDX-License-Identifier: GPL-2.0-only
/* The table as one JSON object: what csv has, the environments and the commands. */
#include <errno.h>

#include "analysis/record.h"
#include "analysis/report.h"

static int append(void *to, const json_t *record)
{
	return json_array_append(to, (json_t *)record) ? -ENOMEM : 0;
}

/* @key of every input file, in order. */
static json_t *of_files(const struct table *table, const char *key)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < table->nr_files; i++) {
		json_t *value = json_object_get(table->files[i]->doc, key);

		if (json_array_append_new(array, value ? json_incref(value) : json_null())) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

int report_json(FILE *out, const struct table *table)
{
	json_t *doc = json_object(), *cells = json_array();
	int err = -ENOMEM;

	if (!doc || !cells || record_each(table, append, cells))
		goto out;
	if (json_object_set_new(doc, "schema", json_string("slotsim.report")) |
	    json_object_set_new(doc, "version", json_integer(1)) |
	    json_object_set_new(doc, "threshold_pct", json_real(table->threshold_pct)) |
	    json_object_set_new(doc, "env", of_files(table, "env")) |
	    json_object_set_new(doc, "argv", of_files(table, "argv")) |
	    json_object_set_new(doc, "warnings", of_files(table, "warnings")) |
	    json_object_set(doc, "cells", cells))
		goto out;
	err = json_dumpf(doc, out, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) ? -EIO : 0;
	fputc('\n', out);
out:
	json_decref(cells);
	json_decref(doc);
	return err;
}
