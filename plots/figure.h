/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A figure is a table of numbers and a gnuplot script that draws it.
 *
 * The table, FIGURE-TRACE-....tsv, lies beside the picture, has named columns, and its first line
 * is the command that draws the picture again, so that both can be edited by hand.
 */
#ifndef PLOTS_FIGURE_H
#define PLOTS_FIGURE_H

#include <stdio.h>

#include "analysis/table.h"
#include "plots/list.h"

struct figure {
	const char *name;  /* file stem of table, script and picture */
	const char *title; /* what it shows, without the trace */
	const char *needs; /* what results must hold for it */
	bool bars;	   /* it draws intervals, which the caption explains */
	bool family;	   /* one picture takes all blocks of a family of traces */
	bool slots_vary;   /* and these have different numbers of slots */
	/*
	 * Write the lines of the table for the picture that starts at @block, the first line naming
	 * the columns. Returns how many numbers a reader will see; 0: the block has none for it.
	 */
	size_t (*write)(FILE *tsv, const struct table *table, const struct table_block *block);
};

extern const struct figure *const figures[]; /* ends with NULL */
const struct figure *figure_named(const char *name);

/*
 * Traces whose names differ only in a number at the end (dial-0.25, dial-0.5; boot-13, boot-117)
 * are a family, and a trace is of that of its transplants; blocks are of one family if mode and
 * cache layers agree too.
 */
bool figure_same_family(const struct table *table, const struct table_block *a,
			const struct table_block *b);
/* Length of the family's name, with which the trace's begins. */
size_t figure_family(const struct table *table, const struct table_block *block);
/* Only the first block of a family starts a picture. */
bool figure_first_of_family(const struct table *table, const struct table_block *block);

/* The first columns of a figure in which each structure is a row. */
void figure_row(FILE *tsv, size_t at, const struct table_row *row);

/* The cells of a block by row and class: row class structure cycles lo hi label. */
size_t figure_cells(FILE *tsv, const struct table_block *block);

/* "-" where the number is missing. */
void figure_number(FILE *tsv, double value);
/* A name as one field: neither tab nor line end, and nothing a comment could start with. */
void figure_text(FILE *tsv, const char *text);

/* What is drawn, where to. */
struct figure_options {
	const char *folder;	  /* exists */
	const char *const *kinds; /* svg png pdf dumb; ends with NULL */
	bool force;
	/* Told of each picture, and of the block it starts at. */
	void (*drawn)(void *to, const char *path, const struct table_block *block);
	void *to;
};

/*
 * Draw all pictures of a figure; @nr counts them, also those of a kind. EXIT_MACHINE without
 * gnuplot, EXIT_RUNTIME with gnuplot's own words if it fails.
 */
int figure_draw(const struct figure *figure, const struct table *table,
		const struct figure_options *options, size_t *nr, struct diag *d);

/*
 * The svg of @figure for each block of the table, NULL where it has none, into @svgs, which has
 * room for all blocks. The caller frees the texts, also after an error.
 */
int figure_svgs(const struct figure *figure, const struct table *table, char **svgs,
		struct diag *d);

#endif
