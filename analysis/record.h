/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One cell of a table as a flat JSON object: a line of the csv, an element of the json.
 *
 * Keys come always in the same order and all of them always come; what is missing is null.
 */
#ifndef ANALYSIS_RECORD_H
#define ANALYSIS_RECORD_H

#include "analysis/table.h"

/* NULL when out of memory. */
json_t *record_make(const struct table_block *block, const struct table_row *row,
		    const struct table_cell *cell);

/* Calls @put for each measured cell of the table, in its order, until one call fails. */
int record_each(const struct table *table, int (*put)(void *to, const json_t *record), void *to);

#endif
