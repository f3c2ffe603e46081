// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recorder behind LOAD() in the touch build.
 *
 * A line's depth is the number of distinct lines that must have arrived, one after the other,
 * before its address is known, plus itself. `chain` is the depth of the latest load: a dependent
 * load of a new line is one deeper; of a line already here it waits for nothing more. A load beside
 * another one takes that one's place in the chain.
 *
 * Lines are kept in a hash table; an entry of an older lookup is recognised by its stamp, so that
 * nothing needs to be cleared. Cost: O(1) per load. One lookup at a time per thread.
 */
#define INDEX_TOUCH /* for the prototypes */
#include "replay/index/loops.h"

/* A linear search over 32764 slots of 80 bytes reads 40956 lines. */
enum { TABLE_BITS = 17, TABLE = 1 << TABLE_BITS, LINE_BYTES = 64 };

struct seen {
	uintptr_t line;
	unsigned int stamp, depth;
};

static _Thread_local struct {
	struct index_touch *touch;
	unsigned int stamp, chain, before; /* depth of the latest load, and of what it waited for */
	struct seen seen[TABLE];
} rec;

void index_touch_begin(struct index_touch *touch)
{
	touch->lines = touch->depth = 0;
	rec.touch = touch;
	rec.stamp++;
	rec.chain = rec.before = 0;
}

void index_touch_end(void)
{
	rec.touch = NULL;
}

void index_touch_unknown(void)
{
	rec.touch->lines = rec.touch->depth = INDEX_TOUCH_UNKNOWN;
}

static struct seen *slot_of(uintptr_t line)
{
	size_t i = line * 0x9e3779b97f4a7c15u >> (64 - TABLE_BITS);

	while (rec.seen[i].stamp == rec.stamp && rec.seen[i].line != line)
		i = (i + 1) % TABLE;
	return &rec.seen[i];
}

/* Depth of @line, which is read after @before lines in a row. */
static unsigned int read_line(uintptr_t line, unsigned int before)
{
	struct index_touch *touch = rec.touch;
	struct seen *seen = slot_of(line);

	if (seen->stamp == rec.stamp)
		return seen->depth > before ? seen->depth : before;
	*seen = (struct seen){ line, rec.stamp, before + 1 };
	if (touch->line && touch->lines < touch->cap)
		touch->line[touch->lines] = line;
	touch->lines++;
	if (seen->depth > touch->depth)
		touch->depth = seen->depth;
	return seen->depth;
}

void index_touch_read(const void *p, size_t bytes, bool dependent)
{
	uintptr_t first = (uintptr_t)p / LINE_BYTES, last = ((uintptr_t)p + bytes - 1) / LINE_BYTES;
	unsigned int chain = 0;

	if (!rec.touch || rec.touch->lines >= TABLE / 2) /* no such lookup exists; never loop */
		return;
	if (dependent)
		rec.before = rec.chain;
	for (uintptr_t line = first; line <= last; line++) {
		unsigned int depth = read_line(line, rec.before);

		chain = depth > chain ? depth : chain;
	}
	rec.chain = dependent || chain > rec.chain ? chain : rec.chain;
}
