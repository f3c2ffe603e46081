// SPDX-License-Identifier: GPL-2.0-only
#include "trace/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/pageset.h"

static int count_events(const struct trace *trace, struct trace_summary *sum)
{
	uint64_t pages[TRACE_NR_OPS];
	struct pageset set = { 0 };
	int rc = 0;

	for (size_t i = 0; i < trace->nr_events && rc == 0; i++) {
		const struct trace_event *event = &trace->events[i];

		sum->ops[event->op].events++;
		if (event->op != TRACE_HVA)
			rc = pageset_add(&set, event->gfn, event->op);
	}
	pageset_count(&set, pages);
	for (int op = 0; op < TRACE_NR_OPS; op++)
		sum->ops[op].pages = pages[op];
	sum->pages = set.nr;
	pageset_free(&set);
	return rc;
}

static int count_vcpus(const struct trace *trace, struct trace_summary *sum)
{
	uint64_t *counts = calloc(TRACE_NO_VCPU + 1, sizeof(*counts));

	if (!counts)
		return -ENOMEM;
	for (size_t i = 0; i < trace->nr_events; i++)
		sum->nr_vcpus += !counts[trace->events[i].vcpu]++;
	sum->vcpus = calloc(sum->nr_vcpus + 1, sizeof(*sum->vcpus));
	for (uint32_t vcpu = 0, i = 0; sum->vcpus && vcpu <= TRACE_NO_VCPU; vcpu++)
		if (counts[vcpu])
			sum->vcpus[i++] = (struct vcpu_summary){ vcpu, counts[vcpu] };
	free(counts);
	return sum->vcpus ? 0 : -ENOMEM;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Nearest rank: the smallest value that at least @percent of the values do not exceed. */
static uint32_t percentile(const uint32_t *sorted, uint64_t nr, unsigned int percent)
{
	return sorted[(nr * percent + 99) / 100 - 1];
}

static void time_op(const struct trace *trace, enum trace_op op, uint32_t *durs,
		    struct op_summary *sum)
{
	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct trace_event *event = &trace->events[i];

		if (event->op == op && event->dur_ns != TRACE_NO_DUR) {
			durs[sum->timed++] = event->dur_ns;
			sum->dur_sum_ns += event->dur_ns;
		}
	}
	if (!sum->timed)
		return;
	qsort(durs, sum->timed, sizeof(*durs), by_number);
	sum->dur_p50_ns = percentile(durs, sum->timed, 50);
	sum->dur_p99_ns = percentile(durs, sum->timed, 99);
	sum->dur_max_ns = durs[sum->timed - 1];
}

static int time_events(const struct trace *trace, struct trace_summary *sum)
{
	uint32_t *durs = calloc(trace->nr_events + 1, sizeof(*durs));

	if (!durs)
		return -ENOMEM;
	for (int op = 0; op < TRACE_NR_OPS; op++)
		if (op != TRACE_HVA && sum->ops[op].events)
			time_op(trace, op, durs, &sum->ops[op]);
	free(durs);
	return 0;
}

static int follow_slots(const struct trace *trace, struct trace_summary *sum)
{
	size_t slots = trace->nr_slots;

	sum->over_time = calloc(trace->nr_changes + 1, sizeof(*sum->over_time));
	if (!sum->over_time)
		return -ENOMEM;
	sum->over_time[sum->nr_over_time++].slots = sum->most_slots = slots;
	for (size_t i = 0; i < trace->nr_changes; i++) {
		const struct trace_change *change = &trace->changes[i];

		sum->changes[change->op]++;
		if (change->op == TRACE_CREATE)
			slots++;
		else if (change->op == TRACE_DELETE)
			slots--;
		if (slots > sum->most_slots)
			sum->most_slots = slots;
		sum->over_time[sum->nr_over_time++] = (struct slots_at){ change->t_ns, slots };
	}
	return 0;
}

static void span(const struct trace *trace, struct trace_summary *sum)
{
	sum->first_ns = trace->nr_events + trace->nr_changes ? UINT64_MAX : 0;
	for (size_t i = 0; i < trace->nr_events + trace->nr_changes; i++) {
		uint64_t t_ns = i < trace->nr_events ? trace->events[i].t_ns
						     : trace->changes[i - trace->nr_events].t_ns;

		if (t_ns < sum->first_ns)
			sum->first_ns = t_ns;
		if (t_ns > sum->last_ns)
			sum->last_ns = t_ns;
	}
}

int trace_summarise(const struct trace *trace, struct trace_summary *sum)
{
	*sum = (struct trace_summary){ 0 };
	span(trace, sum);
	if (count_events(trace, sum) || count_vcpus(trace, sum) || time_events(trace, sum) ||
	    follow_slots(trace, sum)) {
		trace_summary_free(sum);
		return -ENOMEM;
	}
	return 0;
}

void trace_summary_free(struct trace_summary *sum)
{
	free(sum->vcpus);
	free(sum->over_time);
	*sum = (struct trace_summary){ 0 };
}

const char *trace_not_observed(const struct trace *trace, enum trace_op op)
{
	const json_t *ops = json_object_get(trace->header, "not_observed");

	return json_string_value(json_object_get(ops, trace_op_names[op]));
}
