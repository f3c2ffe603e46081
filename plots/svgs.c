// SPDX-License-Identifier: GPL-2.0-only
/* Pictures as text, for a page that holds them itself. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "plots/figure.h"
#include "plots/scratch.h"

struct collection {
	const struct table *table;
	char **svgs;
};

static char *read_text(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (in && getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = NULL;
	}
	if (in)
		fclose(in);
	return text;
}

static void collect(void *to, const char *path, const struct table_block *block)
{
	struct collection *all = to;

	all->svgs[block - all->table->blocks] = read_text(path);
}

int figure_svgs(const struct figure *figure, const struct table *table, char **svgs, struct diag *d)
{
	const char *const kinds[] = { "svg", NULL };
	struct collection all = { table, svgs };
	char folder[PATH_MAX];
	struct figure_options how = {
		.folder = folder, .kinds = kinds, .drawn = collect, .to = &all
	};
	size_t nr;
	int err = scratch_make(folder, sizeof(folder), d);

	if (err)
		return err;
	err = figure_draw(figure, table, &how, &nr, d);
	scratch_remove(folder);
	return err;
}
