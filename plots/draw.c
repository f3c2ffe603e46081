// SPDX-License-Identifier: GPL-2.0-only
/* From a figure and a table of results to files: FIGURE-TRACE-....tsv and one picture of each kind.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plots/figure.h"
#include "plots/gnuplot.h"
#include "trace/file.h"

enum { CAPTION_WIDTH = 72, NAME_SIZE = 200 };

struct picture {
	const struct figure *figure;
	const struct table *table;
	const struct table_block *block;
	const struct figure_options *options;
	char name[NAME_SIZE]; /* without folder and suffix */
	char tsv[PATH_MAX];
	char script[PATH_MAX];
	char title[256];
	char caption[1024];
};

/* Only what every file system and shell takes. */
static void file_name(char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(".-_+", *text))
			*text = '_';
}

/* A family's picture is named after what its traces have in common. */
static int trace_length(const struct picture *pic)
{
	size_t len = pic->figure->family ? figure_family(pic->table, pic->block)
					 : strlen(pic->block->trace->name);

	return len < 64 ? (int)len : 64;
}

static void set_name(struct picture *pic)
{
	const struct results_run *run = pic->block->first;
	char slots[24] = "", caches[80] = "";

	if (!pic->figure->family)
		snprintf(slots, sizeof(slots), "-%llu", (unsigned long long)run->slots);
	if (pic->block->by_era)
		snprintf(caches, sizeof(caches), "-eras");
	else if (strcmp(run->caches, "none"))
		snprintf(caches, sizeof(caches), "-%s", run->caches);
	snprintf(pic->name, sizeof(pic->name), "%s-%.*s%s-%s%s", pic->figure->name,
		 trace_length(pic), run->trace, slots, results_mode_names[run->mode], caches);
	file_name(pic->name);
}

/* Replace spaces by line ends so that no line is wider than the caption. */
static void wrap(char *text)
{
	char *space = NULL, *start = text;

	for (; *text; text++) {
		if (*text == ' ')
			space = text;
		if (text - start >= CAPTION_WIDTH && space) {
			*space = '\n';
			start = space + 1;
			space = NULL;
		}
	}
}

/* Where the numbers come from: nobody should have to trust a picture without that. */
static void set_caption(struct picture *pic)
{
	const struct results_run *run = pic->block->first;
	const struct results *file = run->file;
	char cpu[128], kernel[80], guest[40], slots[32] = "";

	if (!pic->figure->slots_vary)
		snprintf(slots, sizeof(slots), "%llu slots, ", (unsigned long long)run->slots);
	snprintf(pic->title, sizeof(pic->title), "%s\n%.*s, %smode %s", pic->figure->title,
		 trace_length(pic), run->trace, slots, results_mode_names[run->mode]);
	snprintf(pic->caption, sizeof(pic->caption),
		 "Trace %.64s%s, sha256 %.12s; %s%s; n = %zu repeats in %zu process%s%s. "
		 "%s, hypervisor %s, Linux %s.",
		 run->trace, pic->figure->family ? " and its family" : "",
		 pic->block->trace->sha256, table_layers(pic->block),
		 pic->block->by_era ? "; what a layer serves counts 0" : "", run->nr_samples,
		 results_processes(run), results_processes(run) == 1 ? "" : "es",
		 !pic->figure->bars ? ""
		 : stats_has_interval(run->nr_samples)
			 ? ", bars: 95 % intervals of the median"
			 : ", bars: least to most, because 95 % intervals take six repeats",
		 results_env(file, "cpu", cpu, sizeof(cpu)),
		 results_env(file, "hypervisor", guest, sizeof(guest)),
		 results_env(file, "kernel", kernel, sizeof(kernel)));
	wrap(pic->caption);
}

/* Text as one word of bash, in one line, for the command in the table's first line. */
static void put_quoted(FILE *out, const char *text)
{
	fputs(" $'", out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputs(*text == '\n' ? "\\n" : (char[]){ *text, '\0' }, out);
	}
	fputc('\'', out);
}

static int write_tsv(const struct picture *pic, const char *rows, struct diag *d)
{
	struct output *out;
	FILE *tsv;
	int err = output_open(pic->tsv, pic->options->force, &out, d);

	if (err)
		return err;
	tsv = output_stream(out);
	fprintf(tsv, "# gnuplot -c plots/%s.gp %s.tsv %s.svg svg", pic->figure->name, pic->name,
		pic->name);
	put_quoted(tsv, pic->title);
	put_quoted(tsv, pic->caption);
	fprintf(tsv, "\n%s", rows);
	return output_commit(out, d);
}

/* Text for a mail: no blanks at the ends of lines, no empty lines at the start. */
static int tidy_text(const char *from, const char *to, struct diag *d)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	char line[512];
	bool started = false;
	int err = !in || !out ? -errno : 0;

	while (!err && fgets(line, sizeof(line), in)) {
		size_t len = strlen(line);

		while (len && strchr(" \n\f", line[len - 1]))
			line[--len] = '\0';
		started |= len > 0;
		if (started)
			fprintf(out, "%s\n", line);
	}
	if (in)
		fclose(in);
	if (out && fclose(out) && !err)
		err = -errno;
	return err ? diag_set(d, EXIT_RUNTIME, err, "%s: %s", to, strerror(-err)) : 0;
}

static int finish_file(const char *half, const char *path, const char *kind, struct diag *d)
{
	if (!strcmp(kind, "dumb"))
		return tidy_text(half, path, d);
	if (rename(half, path) < 0)
		return diag_set(d, EXIT_RUNTIME, -errno, "%s: %m", path);
	return 0;
}

static int draw_kind(const struct picture *pic, const char *kind, struct diag *d)
{
	const char *suffix = strcmp(kind, "dumb") ? kind : "txt";
	char path[PATH_MAX], half[PATH_MAX + 8];
	const char *argv[] = { "gnuplot", "-c",	      pic->script,  pic->tsv, half,
			       kind,	  pic->title, pic->caption, NULL };
	int err;

	snprintf(path, sizeof(path), "%s/%s.%s", pic->options->folder, pic->name, suffix);
	snprintf(half, sizeof(half), "%s.tmp", path);
	if (!pic->options->force && access(path, F_OK) == 0)
		return diag_set(d, EXIT_RUNTIME, -EEXIST, "%s: exists; --force overwrites it",
				path);
	err = gnuplot_run(argv, d);
	if (!err)
		err = finish_file(half, path, kind, d);
	unlink(half);
	if (!err)
		pic->options->drawn(pic->options->to, path, pic->block);
	return err;
}

static int draw_picture(struct picture *pic, const char *rows, struct diag *d)
{
	char scripts[PATH_MAX];
	int err = gnuplot_scripts(scripts, sizeof(scripts), d);

	if (err)
		return err;
	snprintf(pic->script, sizeof(pic->script), "%.*s/%s.gp", PATH_MAX - 64, scripts,
		 pic->figure->name);
	set_name(pic);
	set_caption(pic);
	snprintf(pic->tsv, sizeof(pic->tsv), "%s/%s.tsv", pic->options->folder, pic->name);
	err = write_tsv(pic, rows, d);
	for (size_t k = 0; !err && pic->options->kinds[k]; k++)
		err = draw_kind(pic, pic->options->kinds[k], d);
	return err;
}

int figure_draw(const struct figure *figure, const struct table *table,
		const struct figure_options *options, size_t *nr, struct diag *d)
{
	*nr = 0;
	for (size_t b = 0; b < table->nr_blocks; b++) {
		struct picture pic = { figure, table, &table->blocks[b], options };
		char *rows = NULL;
		size_t size, numbers;
		FILE *tsv = open_memstream(&rows, &size);
		int err = 0;

		if (!tsv)
			return diag_set(d, EXIT_RUNTIME, -ENOMEM, "out of memory");
		numbers = figure->write(tsv, table, &table->blocks[b]);
		fclose(tsv);
		if (numbers)
			err = draw_picture(&pic, rows, d);
		free(rows);
		if (err)
			return err;
		*nr += numbers > 0;
	}
	return 0;
}
