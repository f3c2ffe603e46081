// SPDX-License-Identifier: GPL-2.0-only
#include "cli/choose.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "replay/index/registry.h"
#include "replay/plugin.h"

/* Call @add for each part of a list. */
static int each_name(const char *list, const char *separator, struct choice *choice,
		     int (*add)(struct choice *choice, const char *name))
{
	char *copy = strdup(list), *rest = copy, *name;
	int rc = copy ? EXIT_DONE : cli_error(EXIT_RUNTIME, "out of memory");

	while (!rc && (name = strsep(&rest, separator)))
		rc = add(choice, name);
	free(copy);
	return rc;
}

static int add_index(struct choice *choice, const char *name)
{
	const struct index_ops *ops = index_by_name(name);
	char path[PATH_MAX];
	struct diag d;

	if (!strcmp(name, "all")) {
		for (size_t i = 0; i < index_table_nr && i < CHOOSE_MAX; i++)
			choice->indexes[choice->nr_indexes++] = index_table[i];
		return EXIT_DONE;
	}
	if (!ops && plugin_path(name, path, sizeof(path)) && plugin_open(path, &ops, &d))
		return cli_fail(&d);
	if (!ops)
		return cli_error(EXIT_USAGE, "no structure '%s'; slotsim list indexes names them",
				 name);
	if (choice->nr_indexes == CHOOSE_MAX)
		return cli_error(EXIT_USAGE, "more than %d structures", CHOOSE_MAX);
	choice->indexes[choice->nr_indexes++] = ops;
	return EXIT_DONE;
}

/* One era: its layers, and its structure unless -x named others. */
static int add_era(struct choice *choice, const char *name)
{
	const struct era *era = era_by_name(name);
	size_t at = choice->nr_contests;
	struct replay_contest *contest = &choice->contests[at];
	struct diag d;

	if (!strcmp(name, "all")) {
		int rc = EXIT_DONE;

		for (era = era_table; !rc && era->name; era++)
			rc = add_era(choice, era->name);
		return rc;
	}
	if (!era)
		return cli_error(EXIT_USAGE, "no era '%s'; slotsim list eras names them", name);
	if (at == CHOOSE_MAX)
		return cli_error(EXIT_USAGE, "more than %d eras", CHOOSE_MAX);
	if (cache_parse(era->layers, &contest->layers, &d))
		return cli_fail(&d);
	contest->era = era->name;
	choice->era_index[at] = index_by_name(era->index);
	contest->indexes = choice->nr_indexes ? choice->indexes : &choice->era_index[at];
	contest->nr_indexes = choice->nr_indexes ? choice->nr_indexes : 1;
	choice->nr_contests++;
	return EXIT_DONE;
}

static int add_mode(struct choice *choice, const char *name)
{
	size_t nr = 0;

	while (choice->modes[nr])
		nr++;
	if (!strcmp(name, "all")) {
		for (nr = 0; mode_table[nr]; nr++)
			choice->modes[nr] = mode_table[nr];
		return EXIT_DONE;
	}
	if (!mode_by_name(name))
		return cli_error(EXIT_USAGE, "no mode '%s'; slotsim list modes names them", name);
	if (nr == CHOOSE_MAX)
		return cli_error(EXIT_USAGE, "more than %d modes", CHOOSE_MAX);
	choice->modes[nr] = mode_by_name(name);
	return EXIT_DONE;
}

/* One set of layers before every structure of -x. */
static int add_layers(struct choice *choice, const char *names)
{
	struct replay_contest *contest = &choice->contests[choice->nr_contests];
	struct diag d;

	if (choice->nr_contests == CHOOSE_MAX)
		return cli_error(EXIT_USAGE, "more than %d sets of cache layers", CHOOSE_MAX);
	*contest = (struct replay_contest){ .indexes = choice->indexes,
					    .nr_indexes = choice->nr_indexes };
	if (cache_parse(names, &contest->layers, &d))
		return cli_fail(&d);
	choice->nr_contests++;
	return EXIT_DONE;
}

int choose(const char *indexes, const char *eras, const char *layers, const char *modes,
	   struct choice *choice)
{
	int rc = EXIT_DONE;

	if (eras && layers)
		return cli_error(EXIT_USAGE, "--era names cache layers already: leave out --cache");
	if (indexes || !eras)
		rc = each_name(indexes ? indexes : CHOOSE_INDEXES, ",", choice, add_index);
	if (!rc)
		rc = each_name(modes ? modes : "batch", ",", choice, add_mode);
	if (rc || eras)
		return rc ? rc : each_name(eras, ",", choice, add_era);
	return each_name(layers ? layers : "none", "/", choice, add_layers);
}
