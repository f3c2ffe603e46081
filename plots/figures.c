// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <string.h>

#include "plots/figure.h"

#define FIGURE(name) extern const struct figure figure_##name;
FIGURE_LIST(FIGURE)
#undef FIGURE

const struct figure *const figures[] = {
#define FIGURE(name) &figure_##name,
	FIGURE_LIST(FIGURE)
#undef FIGURE
		NULL,
};

const struct figure *figure_named(const char *name)
{
	for (size_t i = 0; figures[i]; i++)
		if (!strcmp(figures[i]->name, name))
			return figures[i];
	return NULL;
}

void figure_number(FILE *tsv, double value)
{
	if (isfinite(value))
		fprintf(tsv, "\t%.6g", value);
	else
		fputs("\t-", tsv);
}

void figure_text(FILE *tsv, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == '#' || *text == '"' ? '?' : *text,
		      tsv);
}
