// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast a trace loads: bare jansson over the lines, trace_load() of the JSON form, of the packed
 * form, and of the packed form under zstd. The four run interleaved, so that a busy machine hits
 * them alike; the ratios are what counts.
 *
 *	load FOLDER [EVENTS [ROUNDS]]	writes its traces into FOLDER, then takes the median
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/trace.h"

enum { NR_SLOTS = 34, MAX_ROUNDS = 99 };

static uint64_t state = 1;

/* xorshift64*: any mix will do, but the same one each time. */
static uint64_t draw(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dull >> 32) % below;
}

/* Two large RAM slots, the rest as mapped BARs of four pages. */
static void make_slots(struct trace_slot slots[NR_SLOTS])
{
	for (uint16_t i = 0; i < NR_SLOTS; i++)
		slots[i] =
			(struct trace_slot){ .id = i,
					     .base_gfn = i < 2 ? i << 20 : (1 << 22) + i * 16,
					     .npages = i < 2 ? 1 << 18 : 4,
					     .kind = i < 2 ? TRACE_KIND_RAM : TRACE_KIND_MAPPED };
}

static struct trace_event make_event(const struct trace_slot *slots, uint64_t t_ns)
{
	uint64_t dice = draw(10), id = dice < 7 ? draw(2) : 2 + draw(NR_SLOTS - 2);
	struct trace_event event = { .t_ns = t_ns,
				     .vcpu = (uint16_t)draw(4),
				     .dur_ns = (uint32_t)draw(5000) };

	if (dice > 7) {
		event.op = TRACE_MISS_SPTE;
		event.gfn = (1 << 23) + draw(8);
		event.slot = TRACE_NO_SLOT;
	} else {
		event.op = dice < 7 ? TRACE_RAM : TRACE_MAPPED;
		event.gfn = slots[id].base_gfn + draw(slots[id].npages);
		event.slot = (uint16_t)id;
		event.flags = TRACE_WRITE;
	}
	return event;
}

static void die(const char *text)
{
	fprintf(stderr, "load: %s\n", text);
	exit(1);
}

static void make_trace(const char *path, uint64_t nr_events)
{
	struct trace_slot slots[NR_SLOTS];
	struct trace_writer *writer;
	struct diag d;
	uint64_t t_ns = 0;

	make_slots(slots);
	state = 1;
	if (trace_writer_open(path, true, NULL, slots, NR_SLOTS, &writer, &d) < 0)
		die(d.text);
	for (uint64_t i = 0; i < nr_events; i++) {
		struct trace_event event = make_event(slots, t_ns += draw(20000));

		trace_writer_event(writer, &event);
	}
	if (trace_writer_commit(writer, NULL, &d) < 0)
		die(d.text);
}

static void bare_jansson(const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	if (!in)
		die("cannot open the JSON trace");
	while ((size = getline(&line, &room, in)) > 0) {
		json_t *json = json_loadb(line, (size_t)size, 0, NULL);

		if (!json)
			die("jansson refuses a line");
		json_decref(json);
	}
	free(line);
	fclose(in);
}

static void load(const char *path)
{
	struct trace *trace;
	struct diag d;

	if (trace_load(path, 0, &trace, &d) < 0)
		die(d.text);
	trace_free(trace);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct contender {
	const char *name, *file;
	void (*run)(const char *path);
	char path[512];
	double seconds[MAX_ROUNDS];
};

static struct contender contenders[] = {
	{ .name = "bare jansson", .file = "load.json", .run = bare_jansson },
	{ .name = "JSON", .file = "load.json", .run = load },
	{ .name = "packed", .file = "load.pack", .run = load },
	{ .name = "packed, zstd", .file = "load.pack.zst", .run = load },
};
enum { NR = sizeof(contenders) / sizeof(contenders[0]), BARE = 0, JSON = 1 };

static void report(uint64_t nr_events, int rounds)
{
	double rates[NR];

	for (int i = 0; i < NR; i++) {
		qsort(contenders[i].seconds, (size_t)rounds, sizeof(double), by_value);
		rates[i] = (double)nr_events / contenders[i].seconds[rounds / 2];
	}
	printf("%-14s %12s %14s %10s\n", "form", "Mevents/s", "x bare jansson", "x JSON");
	for (int i = 0; i < NR; i++)
		printf("%-14s %12.2f %14.2f %10.2f\n", contenders[i].name, rates[i] / 1e6,
		       rates[i] / rates[BARE], rates[i] / rates[JSON]);
}

int main(int argc, char **argv)
{
	uint64_t nr_events = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	int rounds = argc > 3 ? atoi(argv[3]) : 9;

	if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS)
		die("usage: load FOLDER [EVENTS [ROUNDS]]");
	for (int i = 0; i < NR; i++) {
		snprintf(contenders[i].path, sizeof(contenders[i].path), "%s/%s", argv[1],
			 contenders[i].file);
		if (i != BARE)
			make_trace(contenders[i].path, nr_events);
	}
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < NR; i++) {
			double start = now_s();

			contenders[i].run(contenders[i].path);
			contenders[i].seconds[round] = now_s() - start;
		}
	}
	report(nr_events, rounds);
	return 0;
}
