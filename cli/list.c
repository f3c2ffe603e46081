// SPDX-License-Identifier: GPL-2.0-only
/* slotsim list: what there is to choose from. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "replay/bench.h"
#include "replay/cache/cache.h"
#include "replay/cache/eras.h"
#include "replay/counters/counter.h"
#include "replay/index/registry.h"

static const char *format = "text";

static const struct opt opts[] = {
	{ "format", 'f', OPT_STRING, &format, "text|json", "how to print" },
	{ 0 },
};

static const struct usage usage = {
	.command = "list",
	.operands = "indexes|caches|eras|modes|counters|recipes",
	.summary = "List structures, cache layers, eras, modes, counters or recipes.",
	.opts = opts,
};

/* Each is an array of objects whose first two keys are a name and what to say of it. */
static json_t *list_indexes(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < index_table_nr; i++) {
		const struct index_ops *ops = index_table[i];

		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:b,s:i,s:s?}", "name", ops->name,
						"mirrors", ops->mirrors, "kernel_ok",
						ops->kernel_ok, "max_slots", (int)ops->max_slots,
						"lacks", ops->lacks ? ops->lacks() : NULL));
	}
	return list;
}

static json_t *list_caches(void)
{
	json_t *list = json_array();

	for (const struct cache_ops *const *ops = cache_table; *ops; ops++)
		json_array_append_new(list, json_pack("{s:s,s:s}", "name", (*ops)->name, "mirrors",
						      (*ops)->mirrors));
	return list;
}

static json_t *list_eras(void)
{
	json_t *list = json_array();

	for (const struct era *era = era_table; era->name; era++) {
		char text[256];

		snprintf(text, sizeof(text), "%s%s%s", era->index, *era->layers ? " behind " : "",
			 era->layers);
		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:s,s:s}", "name", era->name, "summary",
						text, "index", era->index, "layers", era->layers));
	}
	return list;
}

static json_t *list_modes(void)
{
	json_t *list = json_array();

	for (const struct mode_ops *const *mode = mode_table; *mode; mode++)
		json_array_append_new(list, json_pack("{s:s,s:s}", "name", (*mode)->name, "summary",
						      (*mode)->summary));
	return list;
}

static json_t *list_counters(void)
{
	json_t *list = json_array();

	for (const struct counter_ops *const *counter = counter_table; *counter; counter++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s?}", "name", (*counter)->name,
						      "summary", (*counter)->summary, "lacks",
						      (*counter)->lacks()));
	return list;
}

static int is_recipe(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".json");
}

/* In the source tree, or where `make install` puts them. */
static json_t *list_recipes(void)
{
	static const char *const folders[] = { "workloads/recipes",
					       SLOTSIM_PREFIX "/share/slotsim/recipes" };
	json_t *list = json_array();

	for (int f = 0; f < 2 && !json_array_size(list); f++) {
		struct dirent **entries;
		int nr = scandir(folders[f], &entries, is_recipe, alphasort);

		for (int i = 0; i < nr; i++) {
			char path[512];

			snprintf(path, sizeof(path), "%s/%s", folders[f], entries[i]->d_name);
			*strrchr(entries[i]->d_name, '.') = '\0';
			json_array_append_new(list, json_pack("{s:s,s:s}", "name",
							      entries[i]->d_name, "path", path));
			free(entries[i]);
		}
		if (nr >= 0)
			free(entries);
	}
	return list;
}

static const struct {
	const char *name;
	json_t *(*list)(void);
} lists[] = {
	{ "indexes", list_indexes }, { "caches", list_caches },	    { "eras", list_eras },
	{ "modes", list_modes },     { "counters", list_counters }, { "recipes", list_recipes },
};

static void print_text(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		void *second = json_object_iter_next(item, json_object_iter(item));
		const char *lacks = json_string_value(json_object_get(item, "lacks"));

		printf("%-16s %s%s%s%s\n", json_string_value(json_object_get(item, "name")),
		       json_string_value(json_object_iter_value(second)),
		       lacks ? " [not here: " : "", lacks ? lacks : "", lacks ? "]" : "");
	}
}

int cmd_list(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv);

	if (first < 0)
		return cli_parse_exit(first);
	if (first != argc - 1)
		return cli_error(EXIT_USAGE, "name one of %s", usage.operands);
	if (strcmp(format, "text") && strcmp(format, "json"))
		return cli_error(EXIT_USAGE, "no format '%s'; it is text or json", format);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		json_t *list;

		if (strcmp(argv[first], lists[i].name))
			continue;
		list = lists[i].list();
		if (!strcmp(format, "json"))
			json_dumpf(list, stdout, JSON_INDENT(1)), putchar('\n');
		else
			print_text(list);
		json_decref(list);
		return EXIT_DONE;
	}
	return cli_error(EXIT_USAGE, "nothing called '%s' to list; there are %s", argv[first],
			 usage.operands);
}
