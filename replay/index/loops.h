/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every structure's file has in common: the timed loops, the loads that touch() sees, the ops.
 *
 * A file NAME.c is compiled twice. The normal build gives index_NAME. The second, with
 * -DINDEX_TOUCH, gives index_NAME_touch() only: there LOAD() also records the line it reads, so the
 * lines are those of the very source that is timed.
 *
 * A file provides `static inline unsigned int NAME_find(struct index *, uint64_t gfn)` and the
 * static functions that INDEX_FUNCTIONS() names; its struct index has a member `mem`. It ends in
 *
 *	INDEX_LOOPS(NAME)
 *
 *	INDEX_DEFINE(NAME) = {
 *		INDEX_FUNCTIONS(NAME),
 *		.name = "NAME",
 *		...
 *	};
 */
#ifndef REPLAY_INDEX_LOOPS_H
#define REPLAY_INDEX_LOOPS_H

#include "replay/index/index.h"

/*
 * LOAD(x) reads the lvalue x, whose address depends on what the LOAD before it gave. LOAD_ALSO(x)
 * reads one whose address was known when the address of the LOAD before it was: both can be under
 * way at once. A branch that chooses the next address counts as a dependence, though a CPU may
 * guess it. LINES(p, n) and LINES_ALSO(p, n) say that n bytes at p are read by other means,
 * LINES_UNKNOWN() that a library reads nobody knows what.
 */
#ifdef INDEX_TOUCH
void index_touch_begin(struct index_touch *touch);
void index_touch_read(const void *p, size_t bytes, bool dependent);
void index_touch_end(void);
void index_touch_unknown(void);
#define LINES_UNKNOWN()	 index_touch_unknown()
#define LINES(p, n)	 index_touch_read(p, n, true)
#define LINES_ALSO(p, n) index_touch_read(p, n, false)
#else
#define LINES_UNKNOWN()	 ((void)0)
#define LINES(p, n)	 ((void)0)
#define LINES_ALSO(p, n) ((void)0)
#endif
/* Readers keep a hint. They do so side by side, and touch() must leave it as it was. */
#ifdef INDEX_TOUCH
#define REMEMBER(hint, value) ((void)(value))
#else
#define REMEMBER(hint, value) __atomic_store_n(&(hint), value, __ATOMIC_RELAXED)
#endif
#define LOAD(x)	     (*(LINES(&(x), sizeof(x)), &(x)))
#define LOAD_ALSO(x) (*(LINES_ALSO(&(x), sizeof(x)), &(x)))

/* The compiler must believe that @x could have changed here; costs no instruction. */
#define OPAQUE(x) __asm__ volatile("" : "+r"(x))

/*
 * Both loops hide index, gfn and answer from the compiler, so that every lookup starts at the
 * handle as a single one would: nothing is hoisted, vectorised across lookups or folded. In
 * name_chain the next gfn is an addition away from the answer; `zero` is 0, which only we know.
 *
 * Where in a cache line a loop's branches lie can double its time (measured here: one rbtree at 6
 * and at 10 ticks a lookup, 16 bytes further on), and it is whatever was linked before that decides
 * it. So each loop is there INDEX_PLACES times, at 0, 16, 32 and 48 bytes past a line's start, and
 * every process runs another one: luck of that kind is part of the interval.
 */
#define INDEX_LOOP_AT(name, loop, place)                                                           \
	__attribute__((__noinline__, __aligned__(64))) static uint64_t name##_##loop##_at_##place( \
		struct index *index, const uint64_t *gfns, size_t nr)                              \
	{                                                                                          \
		__asm__ volatile(".fill " #place " * 16, 1, 0x90");                                \
		return name##_##loop(index, gfns, nr);                                             \
	}
#define INDEX_LOOP_PLACED(name, loop)                                                              \
	INDEX_LOOP_AT(name, loop, 0)                                                               \
	INDEX_LOOP_AT(name, loop, 1)                                                               \
	INDEX_LOOP_AT(name, loop, 2)                                                               \
	INDEX_LOOP_AT(name, loop, 3)                                                               \
	static uint64_t name##_find_##loop(struct index *index, const uint64_t *gfns, size_t nr,   \
					   unsigned int place)                                     \
	{                                                                                          \
		switch (place % INDEX_PLACES) {                                                    \
		case 0:                                                                            \
			return name##_##loop##_at_0(index, gfns, nr);                              \
		case 1:                                                                            \
			return name##_##loop##_at_1(index, gfns, nr);                              \
		case 2:                                                                            \
			return name##_##loop##_at_2(index, gfns, nr);                              \
		default:                                                                           \
			return name##_##loop##_at_3(index, gfns, nr);                              \
		}                                                                                  \
	}

#define INDEX_LOOPS_RUN(name)                                                                      \
	static unsigned int name##_find_op(struct index *index, uint64_t gfn)                      \
	{                                                                                          \
		return name##_find(index, gfn);                                                    \
	}                                                                                          \
	static inline __attribute__((__always_inline__))                                           \
	uint64_t name##_run(struct index *index, const uint64_t *gfns, size_t nr)                  \
	{                                                                                          \
		uint64_t sum = 0;                                                                  \
                                                                                                   \
		for (size_t i = 0; i < nr; i++) {                                                  \
			uint64_t gfn = gfns[i];                                                    \
			unsigned int answer;                                                       \
                                                                                                   \
			OPAQUE(index);                                                             \
			OPAQUE(gfn);                                                               \
			answer = name##_find(index, gfn);                                          \
			OPAQUE(answer);                                                            \
			sum = index_checksum(sum, answer);                                         \
		}                                                                                  \
		return sum;                                                                        \
	}                                                                                          \
	static inline __attribute__((__always_inline__))                                           \
	uint64_t name##_chain(struct index *index, const uint64_t *gfns, size_t nr)                \
	{                                                                                          \
		uint64_t sum = 0, zero = 0, wait = 0;                                              \
                                                                                                   \
		OPAQUE(zero);                                                                      \
		for (size_t i = 0; i < nr; i++) {                                                  \
			uint64_t gfn = gfns[i] + wait;                                             \
			unsigned int answer;                                                       \
                                                                                                   \
			OPAQUE(index);                                                             \
			OPAQUE(gfn);                                                               \
			answer = name##_find(index, gfn);                                          \
			OPAQUE(answer);                                                            \
			sum = index_checksum(sum, answer);                                         \
			wait = answer & zero;                                                      \
		}                                                                                  \
		return sum;                                                                        \
	}                                                                                          \
	INDEX_LOOP_PLACED(name, run)                                                               \
	INDEX_LOOP_PLACED(name, chain)                                                             \
	static size_t name##_bytes(const struct index *index)                                      \
	{                                                                                          \
		return index->mem->bytes;                                                          \
	}

/* A variant that differs in its find only names another file's updates with INDEX_UPDATES(). */
#define INDEX_CHANGES(fn)                                                                          \
	.destroy = fn##_destroy, .insert = fn##_insert, .remove = fn##_remove, .move = fn##_move,  \
	.check = fn##_check
#define INDEX_UPDATES(fn) .create = fn##_create, INDEX_CHANGES(fn)
#define INDEX_READS(fn)                                                                            \
	.abi = INDEX_ABI, .find = fn##_find_op, .find_run = fn##_find_run,                         \
	.find_chain = fn##_find_chain, .bytes = fn##_bytes, .touch = index_##fn##_touch
#define INDEX_FUNCTIONS(fn) INDEX_UPDATES(fn), INDEX_READS(fn)

#define INDEX_TOUCH_PROTOTYPE(name)                                                                \
	void index_##name##_touch(struct index *index, uint64_t gfn, struct index_touch *touch);

#ifdef INDEX_TOUCH
#define INDEX_LOOPS(name)                                                                          \
	INDEX_TOUCH_PROTOTYPE(name)                                                                \
	INDEX_LOOPS_RUN(name)                                                                      \
	void index_##name##_touch(struct index *index, uint64_t gfn, struct index_touch *touch)    \
	{                                                                                          \
		index_touch_begin(touch);                                                          \
		name##_find(index, gfn);                                                           \
		index_touch_end();                                                                 \
	}
#define INDEX_DEFINE(name) static const struct index_ops index_##name __attribute__((unused))
#else
#define INDEX_LOOPS(name)                                                                          \
	INDEX_TOUCH_PROTOTYPE(name)                                                                \
	INDEX_LOOPS_RUN(name)
#define INDEX_DEFINE(name)                                                                         \
	INDEX_EXPORT(name)                                                                         \
	extern const struct index_ops index_##name;                                                \
	const struct index_ops index_##name
#endif

/* `slotsim build` makes a shared object of one file; this is the symbol that is looked up in it. */
#ifdef INDEX_PLUGIN
#define INDEX_EXPORT(name)                                                                         \
	extern const struct index_ops slotsim_index                                                \
		__attribute__((alias("index_" #name), visibility("default")));
#else
#define INDEX_EXPORT(name)
#endif

#endif
