/* SPDX-License-Identifier: GPL-2.0-only */
/* A table as text for people and programs; docs/results-format.md for what the numbers are. */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include <stdio.h>

#include "analysis/table.h"

/* Pure ASCII, at most 72 columns, for a mailing list. */
int report_lkml(FILE *out, const struct table *table);

#endif
