// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mode threads: vCPUs look slots up under RCU while the VMM changes slots.
 *
 * Readers take the active set under urcu-memb, whose read side costs a few ticks as SRCU's does,
 * and time runs of THREADS_RUN lookups. The updater makes changes at the trace's rate (100 a second
 * where the trace has none) that leave every right answer as it was, so that the readers' checksums
 * hold: a slot's dirty logging on and off, and a spare slot above all others created and deleted.
 * After each swap it waits for a grace period, as KVM does.
 *
 * A run's ticks include those when the scheduler took the reader away: with fewer CPUs than threads
 * the tail is the scheduler's.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "replay/bench.h"
#include "replay/live.h"
#include "replay/tsc.h"

enum { THREADS_RUN = 64, THREADS_MAX = 64, THREADS_VALUES = 1 << 14, THREADS_PASS_MS = 50 };

struct crew {
	struct live live;
	const struct plan *plan;
	atomic_bool stop;
	double changes_per_s;
	uint64_t spare_gfn; /* no slot and no lookup at or above it */
	double grace_ticks[1 << 12];
	size_t nr_grace, nr_changes;
	bool floor;
	unsigned int place;
	int rc; /* the updater's */
};

struct reader {
	struct crew *crew;
	pthread_t thread;
	size_t start;	/* where in the plan: vCPUs are not in step */
	double *values; /* ticks per lookup of each run, the latest THREADS_VALUES */
	size_t nr_runs;
	double ticks, lookups;
	bool wrong;
};

static const struct plan_window *last_window(const struct plan *plan)
{
	return &plan->windows[plan->nr_windows - 1];
}

/* The measuring process is pinned; its threads are not to be. */
static void unpin(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

static void *read_slots(void *arg)
{
	struct reader *reader = arg;
	struct crew *crew = reader->crew;
	const struct plan_part *part = &last_window(crew->plan)->of[CLASS_ALL];
	const uint64_t *gfns = crew->plan->gfns[CLASS_ALL], *sums = crew->plan->sums[CLASS_ALL];
	size_t run = part->nr < THREADS_RUN ? part->nr : THREADS_RUN, at = reader->start;

	unpin();
	urcu_memb_register_thread();
	while (!atomic_load_explicit(&crew->stop, memory_order_relaxed)) {
		uint64_t start, sum;
		double ticks;

		at = at + run > part->start + part->nr ? part->start : at;
		start = tsc_start();
		urcu_memb_read_lock();
		sum = crew->live.sets.ops->find_run(sets_active(&crew->live.sets), gfns + at, run,
						    crew->place);
		urcu_memb_read_unlock();
		ticks = (double)(tsc_stop() - start);
		reader->wrong |= sum != sums[at + run] - sums[at] && !crew->floor;
		reader->values[reader->nr_runs++ % THREADS_VALUES] = ticks / (double)run;
		reader->ticks += ticks;
		reader->lookups += (double)run;
		at += run;
	}
	urcu_memb_unregister_thread();
	return NULL;
}

static void grace_period(void *arg)
{
	struct crew *crew = arg;
	uint64_t start = tsc_start();

	urcu_memb_synchronize_rcu();
	if (crew->nr_grace < sizeof(crew->grace_ticks) / sizeof(crew->grace_ticks[0]))
		crew->grace_ticks[crew->nr_grace++] = (double)(tsc_stop() - start);
}

/* The next change in turn. */
static int change_next(struct crew *crew)
{
	struct live *live = &crew->live;
	struct index_slot slot = subject_slot(&live->slots[0]), dirty = slot;
	struct index_slot spare = { .base_gfn = crew->spare_gfn, .npages = 1, .id = live->free_id };
	double ticks;

	dirty.flags ^= 1; /* KVM_MEM_LOG_DIRTY_PAGES */
	switch (crew->nr_changes++ % 4) {
	case 0:
		return live_change(live, TRACE_FLAGS, &slot, &dirty, &ticks);
	case 1:
		return live_change(live, TRACE_FLAGS, &dirty, &slot, &ticks);
	case 2:
		return live_change(live, TRACE_CREATE, &spare, NULL, &ticks);
	default:
		return live_change(live, TRACE_DELETE, &spare, NULL, &ticks);
	}
}

static void update_slots(struct crew *crew)
{
	struct timespec now, pause = { 0 }, end;
	double interval_s = 1 / crew->changes_per_s;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += THREADS_PASS_MS * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	pause.tv_sec = (time_t)interval_s;
	pause.tv_nsec = (long)((interval_s - (double)pause.tv_sec) * 1e9);
	if (interval_s > THREADS_PASS_MS * 1e-3)
		pause = (struct timespec){ 0, THREADS_PASS_MS * 1000000 / 2 };
	do {
		nanosleep(&pause, NULL);
		if (!crew->rc)
			crew->rc = change_next(crew);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	while (!crew->rc && crew->nr_changes % 4)
		crew->rc = change_next(crew); /* leave the slots as they were */
}

static int run_crew(struct crew *crew, struct reader *readers, size_t nr)
{
	size_t started = 0, lookups = last_window(crew->plan)->of[CLASS_ALL].nr;
	cpu_set_t pinned;
	int rc = 0;

	sched_getaffinity(0, sizeof(pinned), &pinned);
	unpin();
	for (; !rc && started < nr; started += !rc) {
		readers[started].crew = crew;
		readers[started].start =
			last_window(crew->plan)->of[CLASS_ALL].start + started * lookups / nr;
		rc = -pthread_create(&readers[started].thread, NULL, read_slots, &readers[started]);
	}
	if (!rc)
		update_slots(crew);
	atomic_store(&crew->stop, true);
	while (started--)
		pthread_join(readers[started].thread, NULL);
	sched_setaffinity(0, sizeof(pinned), &pinned);
	return rc ? rc : crew->rc;
}

static size_t readers_of(const struct plan *plan)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t vcpus = cache_nr_vcpus(plan->trace), nr = cpus > 2 ? (size_t)cpus - 1 : 1;

	nr = nr < vcpus ? nr : vcpus;
	return nr < THREADS_MAX ? nr : THREADS_MAX;
}

static double rate_of(const struct trace *trace)
{
	double seconds =
		trace->nr_events ? (double)trace->events[trace->nr_events - 1].t_ns * 1e-9 : 0;

	return trace->nr_changes && seconds > 0 ? (double)trace->nr_changes / seconds : 100;
}

static int prepare(struct bench *bench, struct entry *entry, enum replay_class class)
{
	struct timing *timing = &entry->timing[class];

	if (!entry->plan->nr_windows) {
		timing->why = "the cache layers left no lookup";
		return 0;
	}
	timing->room = readers_of(entry->plan) * THREADS_VALUES; /* of one pass */
	timing->values = calloc(bench->repeats * timing->room, sizeof(double));
	timing->samples = calloc(bench->repeats, sizeof(double));
	timing->more =
		json_pack("{s:[I],s:[f],s:[],s:[]}", "readers", (json_int_t)readers_of(entry->plan),
			  "changes_per_s", rate_of(entry->plan->trace), "grace", "lookups_per_s");
	return timing->values && timing->samples && timing->more ? 0 : -ENOMEM;
}

/* What the readers and the updater saw, into the timing. */
static int collect(struct timing *timing, struct crew *crew, const struct reader *readers,
		   size_t nr, int repeat)
{
	double ticks = 0, lookups = 0;
	int rc = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t runs = readers[i].nr_runs;

		runs = runs < THREADS_VALUES ? runs : THREADS_VALUES;
		memcpy(timing->values + timing->nr_values, readers[i].values,
		       runs * sizeof(double));
		timing->nr_values += runs;
		ticks += readers[i].ticks;
		lookups += readers[i].lookups;
		rc = readers[i].wrong ? -EILSEQ : rc;
	}
	timing->samples[repeat] = lookups > 0 ? ticks / lookups : NAN;
	json_array_append_new(json_object_get(timing->more, "lookups_per_s"),
			      json_real(lookups / (THREADS_PASS_MS * 1e-3)));
	if (crew->nr_grace)
		json_array_append_new(json_object_get(timing->more, "grace"),
				      json_real(bench_median(crew->grace_ticks, crew->nr_grace)));
	return rc;
}

static int muster(struct crew *crew, struct timing *timing, size_t nr, int repeat)
{
	struct reader *readers = calloc(nr, sizeof(*readers));
	int rc = readers ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < nr; i++) {
		readers[i].values = calloc(THREADS_VALUES, sizeof(double));
		if (!readers[i].values)
			rc = -ENOMEM;
	}
	if (!rc)
		rc = run_crew(crew, readers, nr);
	if (!rc)
		rc = collect(timing, crew, readers, nr, repeat);
	for (size_t i = 0; readers && i < nr; i++)
		free(readers[i].values);
	free(readers);
	return rc;
}

static uint64_t spare_gfn(const struct plan *plan, const struct live *live)
{
	uint64_t gfn = live->free_gfn;

	for (size_t i = 0; i < plan->planned[CLASS_ALL]; i++)
		if (plan->gfns[CLASS_ALL][i] >= gfn)
			gfn = plan->gfns[CLASS_ALL][i] + 1;
	return gfn;
}

/* The readers warm up by themselves: nothing is to be discarded. */
static int pass(struct bench *bench, struct entry *entry, enum replay_class class, int repeat)
{
	struct timing *timing = &entry->timing[class];
	const struct plan *plan = entry->plan;
	struct crew *crew;
	int rc = -ENOMEM;

	(void)bench;
	if (repeat < 0 || !timing->samples)
		return 0;
	crew = calloc(1, sizeof(*crew));
	if (crew)
		rc = live_open(&crew->live, entry->ops, plan->trace, last_window(plan)->segment);
	if (!rc) {
		crew->plan = plan;
		crew->floor = entry->ops->floor;
		crew->place = entry->place;
		crew->spare_gfn = spare_gfn(plan, &crew->live);
		crew->changes_per_s = rate_of(plan->trace);
		crew->live.sets.synchronize = grace_period;
		crew->live.sets.arg = crew;
		rc = muster(crew, timing, readers_of(plan), repeat);
		live_close(&crew->live);
	}
	free(crew);
	return rc;
}

/* The floor is the median run over the null structure: its mean has the scheduler in it. */
static int finish(struct bench *bench, struct entry *entry, enum replay_class class)
{
	struct timing *timing = &entry->timing[class];

	if (!entry->floor && timing->nr_values)
		timing->floor = bench_median(timing->values, timing->nr_values);
	if (!entry->floor)
		return 0;
	timing->floor = entry->floor->timing[class].floor;
	for (size_t i = 0; i < timing->nr_values; i++)
		timing->values[i] -= timing->floor;
	for (unsigned int r = 0; timing->samples && r < bench->repeats; r++)
		timing->samples[r] -= timing->floor;
	return 0;
}

const struct mode_ops mode_threads = {
	.name = "threads",
	.summary = "vCPU threads read under RCU while slots change: throughput, tail, grace period",
	.only_class = "all",
	.prepare = prepare,
	.pass = pass,
	.finish = finish,
};
