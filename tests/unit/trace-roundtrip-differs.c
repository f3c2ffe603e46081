// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random traces written in each form and loaded again are what they were, at the edges of every
 * packed field too. SEED= replays a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants some of these before it */
#include <cmocka.h>

#include "trace/packed.h"
#include "trace/trace.h"

enum { NR_EVENTS = 20000, NR_SLOTS = 40 };

static uint64_t state;

static uint64_t draw(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dull >> 32) % below;
}

#define PICK(array) array[draw(sizeof(array) / sizeof((array)[0]))]

static void make_slots(struct trace_slot *slots)
{
	for (uint16_t i = 0; i < NR_SLOTS; i++)
		slots[i] = (struct trace_slot){ .id = i,
						.as = i & 1,
						.kind = i % TRACE_NR_KINDS,
						.flags = i % 4,
						.hva = i % 3 ? 0 : 1ull << 46,
						.base_gfn = (uint64_t)i << 40,
						.npages = 1ull << 40 };
	slots[NR_SLOTS - 1].id = TRACE_MAX_SLOT;
	slots[NR_SLOTS - 1].base_gfn = TRACE_MAX_GFN;
	slots[NR_SLOTS - 1].npages = 1;
}

/* Values on both sides of what a packed field holds. */
static const uint64_t steps[] = { 0, 1, 999, PACKED_MAX_DT, PACKED_MAX_DT + 1, 5000000000 };
static const uint32_t durs[] = {
	0, 1, PACKED_NO_DUR - 1, PACKED_NO_DUR, PACKED_NO_DUR + 1, TRACE_NO_DUR - 1, TRACE_NO_DUR
};
static const uint16_t vcpus[] = { 0, 1, 254, 255, 256, TRACE_NO_VCPU - 1, TRACE_NO_VCPU };

static struct trace_event make_event(const struct trace_slot *slots, uint64_t *t_ns)
{
	const struct trace_slot *slot = &slots[draw(NR_SLOTS)];
	struct trace_event event = { .op = (unsigned int)draw(TRACE_NR_OPS),
				     .vcpu = PICK(vcpus),
				     .slot = slot->id,
				     .dur_ns = PICK(durs) };
	bool miss = event.op >= TRACE_MISS && event.op <= TRACE_MISS_FAST;

	*t_ns += PICK(steps);
	event.t_ns = *t_ns;
	/* What no vCPU did may stand out of order. */
	if (event.vcpu == TRACE_NO_VCPU && draw(2))
		event.t_ns /= 2;
	event.gfn = slot->base_gfn + (slot->npages > 1 ? draw(1 << 30) : 0);
	event.flags = draw(64) & ~(unsigned int)TRACE_SMM;
	event.flags |= slot->as ? TRACE_SMM : 0;
	if (event.op == TRACE_HVA && event.npages > slot->npages - (event.gfn - slot->base_gfn))
		event.npages = 1;
	if (miss || !draw(20))
		event.slot = TRACE_NO_SLOT;
	return event;
}

static struct trace_change make_change(uint64_t t_ns, enum trace_change_op op)
{
	struct trace_change change = { .t_ns = t_ns, .op = op, .generation = draw(100) };

	change.slot = (struct trace_slot){ .id = 1000, .base_gfn = 1ull << 51, .npages = 512 };
	if (op == TRACE_FLAGS || op == TRACE_MOVE) {
		change.old = change.slot;
		change.slot.flags = 1;
	}
	if (op == TRACE_DELETE)
		change.slot.flags = 1;
	return change;
}

struct made {
	struct trace_slot slots[NR_SLOTS];
	struct trace_event events[NR_EVENTS];
	struct trace_change changes[NR_EVENTS / 100];
};

static void make(struct made *made)
{
	static const enum trace_change_op script[] = { TRACE_CREATE, TRACE_FLAGS, TRACE_MOVE,
						       TRACE_DELETE };
	uint64_t t_ns = 0;

	make_slots(made->slots);
	for (size_t i = 0; i < NR_EVENTS; i++) {
		made->events[i] = make_event(made->slots, &t_ns);
		if (i % 100 == 0) {
			made->changes[i / 100] = make_change(t_ns, script[i / 100 % 4]);
			made->changes[i / 100].at = i;
		}
	}
}

static void save(const struct made *made, const char *path)
{
	json_t *header = json_pack("{s:{s:s}}", "host", "kernel", "6.1 \"quoted\" \xc3\xa9");
	struct trace_writer *writer;
	struct diag d;

	assert_int_equal(trace_writer_open(path, true, header, made->slots, NR_SLOTS, &writer, &d),
			 0);
	for (size_t i = 0; i < NR_EVENTS; i++) {
		if (i % 100 == 0)
			trace_writer_change(writer, &made->changes[i / 100]);
		trace_writer_event(writer, &made->events[i]);
	}
	assert_int_equal(trace_writer_commit(writer, NULL, &d), 0);
	json_decref(header);
}

static void compare_event(const struct trace_event *a, const struct trace_event *b, size_t i)
{
	if (a->t_ns == b->t_ns && a->gfn == b->gfn && a->op == b->op && a->flags == b->flags &&
	    a->dur_ns == b->dur_ns && a->slot == b->slot && a->vcpu == b->vcpu)
		return;
	fail_msg("event %zu differs", i);
}

static void compare_slot(const struct trace_slot *a, const struct trace_slot *b)
{
	assert_int_equal(a->base_gfn, b->base_gfn);
	assert_int_equal(a->npages, b->npages);
	assert_int_equal(a->hva, b->hva);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->as, b->as);
	assert_int_equal(a->kind, b->kind);
}

static void compare(const struct made *made, const struct trace *trace)
{
	assert_int_equal(trace->nr_slots, NR_SLOTS);
	for (size_t i = 0; i < NR_SLOTS; i++)
		compare_slot(&trace->slots[i], &made->slots[i]);
	assert_int_equal(trace->nr_events, NR_EVENTS);
	for (size_t i = 0; i < NR_EVENTS; i++)
		compare_event(&trace->events[i], &made->events[i], i);
	assert_int_equal(trace->nr_changes, NR_EVENTS / 100);
	for (size_t i = 0; i < trace->nr_changes; i++) {
		assert_int_equal(trace->changes[i].at, made->changes[i].at);
		assert_int_equal(trace->changes[i].op, made->changes[i].op);
		assert_int_equal(trace->changes[i].t_ns, made->changes[i].t_ns);
		assert_int_equal(trace->changes[i].generation, made->changes[i].generation);
		compare_slot(&trace->changes[i].slot, &made->changes[i].slot);
		assert_int_equal(trace->changes[i].old.npages, made->changes[i].old.npages);
	}
	assert_string_equal(trace->name, "roundtrip");
	assert_int_equal(strlen(trace->sha256), 64);
}

/* cmocka hands @state over as it is for each test. */
static void form(void **suffix)
{
	struct made *made = calloc(1, sizeof(*made));
	struct trace *trace;
	struct diag d;
	char dir[] = "/tmp/slotsim-XXXXXX", path[64];

	make(made);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/roundtrip%s", dir, (const char *)*suffix);
	save(made, path);
	if (trace_load(path, 0, &trace, &d) < 0)
		fail_msg("%s", d.text);
	compare(made, trace);
	trace_free(trace);
	unlink(path);
	rmdir(dir);
	free(made);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		{ "json", form, NULL, NULL, (void *)".json" },
		{ "json.zst", form, NULL, NULL, (void *)".json.zst" },
		{ "pack", form, NULL, NULL, (void *)".pack" },
		{ "pack.zst", form, NULL, NULL, (void *)".pack.zst" },
	};

	state = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : 1;
	printf("SEED=%#llx\n", (unsigned long long)state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
