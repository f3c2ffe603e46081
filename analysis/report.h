/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table as text for people and programs; docs/results-format.md says what the numbers are.
 *
 * All return 0, or -ENOMEM; whether the stream took it is the caller's to ask.
 */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include <stdio.h>

#include "analysis/table.h"

/* Pure ASCII, at most 72 columns, for a mailing list. */
int report_lkml(FILE *out, const struct table *table);
int report_csv(FILE *out, const struct table *table);
int report_json(FILE *out, const struct table *table);

/* The last parts of a report that md and html share. */
struct report_words {
	char machine[400];  /* of one file: CPU, hypervisor, kernel, TSC */
	char evidence[200]; /* repeats, processes, floor */
	char legend[300];
};
void report_words(const struct table *table, const struct results *file,
		  struct report_words *words);

/* Markdown; @svgs holds a picture for each block, or NULLs: html only. */
int report_md(FILE *out, const struct table *table);
int report_html(FILE *out, const struct table *table, char *const *svgs);

#endif
