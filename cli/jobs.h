/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sweep in pieces: replay --jobs prints it as commands, one a line; report --jobs finds what they
 * left behind.
 */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include <stddef.h>

#include "cli/cli.h"

struct sweep {
	const struct opt *opts;		    /* of replay; what was given goes into every line */
	const char *folder;		    /* for the results */
	const char *indexes, *slots, *eras; /* lists as given, or NULL */
	char *const *traces;		    /* ends with NULL */
};

/* Before the options are parsed: keep their defaults. */
void jobs_remember(const struct opt *opts);

/*
 * Print a command for each trace x number of slots x era x structure. It measures the baseline
 * (rbtree) along with the structure, interleaved, and writes one file that is named after all four.
 * Returns an exit code.
 */
int jobs_print(const struct sweep *sweep);

/* The jobs of a list, as printed above. */
struct job_list {
	struct job {
		char *line, *results;
		bool done; /* the results are there */
	} * jobs;
	size_t nr, nr_missing;
};

/* Returns an exit code; jobs_free() in any case. */
int jobs_read(const char *path, struct job_list *list);
void jobs_free(struct job_list *list);

#endif
