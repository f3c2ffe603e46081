// SPDX-License-Identifier: GPL-2.0-only
#include "replay/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Lookups whose lines are counted, at even distances; fewer where each reads thousands. */
enum { TOUCH_FIRST = 16, TOUCH_SAMPLE = 512, TOUCH_LINES = 1 << 19, INTERRUPT_EVERY = 1 << 16 };

static void slot_name(char name[static 16], unsigned int slot)
{
	if (slot == SLOT_NONE)
		strcpy(name, "none");
	else
		snprintf(name, 16, "slot %u", slot);
}

static int mismatch(const struct subject *subject, const struct plan *plan, size_t i,
		    unsigned int got, struct diag *d)
{
	char want_name[16], got_name[16];

	slot_name(want_name, plan->oracle->slot[i]);
	slot_name(got_name, got);
	return diag_set(
		d, EXIT_RUNTIME, -EILSEQ,
		"%s: event %zu, gfn 0x%llx: %s answers %s, a linear search %s; no number of a "
		"wrong structure is of use",
		plan->trace->name, i, (unsigned long long)plan->trace->events[i].gfn,
		subject->ops->name, got_name, want_name);
}

static int change_failed(const struct subject *subject, int rc, struct diag *d)
{
	return diag_set(d, EXIT_RUNTIME, rc, "%s: slot change %zu of %s failed: %s",
			subject->ops->name, subject->segment, subject->trace->name, strerror(-rc));
}

static int check_events(struct subject *subject, const struct plan *plan, size_t stride,
			int (*interrupted)(void), struct check *check, struct diag *d)
{
	const struct trace *trace = plan->trace;
	size_t nth = 0;

	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct trace_event *event = &trace->events[i];
		unsigned int got;
		int rc = 0;

		while (!rc && subject->segment < trace->nr_changes &&
		       trace->changes[subject->segment].at <= i)
			rc = subject_step(subject);
		if (rc)
			return change_failed(subject, rc, d);
		if (i % INTERRUPT_EVERY == 0 && interrupted && interrupted())
			return diag_set(d, EXIT_INTERRUPTED, -EINTR, "interrupted");
		if (plan->served[i] != CACHE_SEARCHED || nth++ % stride)
			continue;
		got = subject->ops->find(subject->index[event_as(event)], event->gfn);
		if (got != plan->oracle->slot[i] && !subject->ops->floor)
			return mismatch(subject, plan, i, got, d);
		check->answers++;
	}
	return 0;
}

static int touch_sample(struct subject *subject, const struct plan *plan, enum replay_class class,
			size_t sample, struct check *check)
{
	size_t stride = plan->planned[class] / sample + 1, nr = 0;
	double lines = 0, depth = 0;
	int rc = 0;

	check->lines = check->depth = -1;
	for (size_t w = 0; w < plan->nr_windows; w++) {
		const struct plan_part *part = &plan->windows[w].of[class];
		size_t first = (part->start + stride - 1) / stride * stride;

		rc = subject_go(subject, plan->windows[w].segment);
		for (size_t i = first; !rc && i < part->start + part->nr; i += stride) {
			struct index_touch touch = { 0 };

			subject->ops->touch(subject->index[0], plan->gfns[class][i], &touch);
			if (touch.lines == INDEX_TOUCH_UNKNOWN)
				return subject_go(subject, 0);
			lines += touch.lines, depth += touch.depth, nr++;
		}
		if (rc)
			return rc;
	}
	if (nr)
		check->lines = lines / nr, check->depth = depth / nr;
	return subject_go(subject, 0);
}

int check_touch(struct subject *subject, const struct plan *plan, enum replay_class class,
		struct check *check)
{
	int rc = touch_sample(subject, plan, class, TOUCH_FIRST, check);
	size_t sample = check->lines > 0 ? (size_t)(TOUCH_LINES / check->lines) : TOUCH_SAMPLE;

	if (rc || check->lines < 0)
		return rc;
	if (sample > TOUCH_SAMPLE)
		sample = TOUCH_SAMPLE;
	return sample > TOUCH_FIRST ? touch_sample(subject, plan, class, sample, check) : 0;
}

int check_subject(struct subject *subject, const struct plan *plan, int (*interrupted)(void),
		  struct check *check, struct diag *d)
{
	struct check result = *check;
	double lines;
	int rc;

	result.answers = 0;
	lines = (result.lines > 1 ? result.lines : 1) * plan->lookups[CLASS_ALL];
	rc = check_events(subject, plan, (size_t)(lines / CHECK_MAX_LINES) + 1, interrupted,
			  &result, d);
	if (rc)
		return rc;
	rc = subject_go(subject, 0);
	if (rc)
		return change_failed(subject, rc, d);
	*check = result;
	return 0;
}
