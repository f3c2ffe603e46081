/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is right: the slot of every access by a plain linear search over the slots alive at that
 * moment, and its agreement with what the kernel recorded.
 *
 * The search itself has no shortcut. Its answers are remembered by gfn until the next slot change,
 * so the cost is slots x distinct gfns, not slots x accesses.
 */
#ifndef REPLAY_ORACLE_H
#define REPLAY_ORACLE_H

#include <stdint.h>

#include "trace/diag.h"
#include "trace/trace.h"

/* Classes of accesses, by what backs the gfn. */
enum replay_class {
	CLASS_ALL,
	CLASS_RAM, /* and ROM, which is found as RAM is */
	CLASS_MAPPED,
	CLASS_MISS,
	NR_CLASSES,
	CLASS_NONE = NR_CLASSES, /* hva: no gfn is looked up */
};
extern const char *const replay_class_names[NR_CLASSES];

/* One entry an event. */
struct oracle {
	uint16_t *slot; /* id, or TRACE_NO_SLOT */
	uint8_t *class; /* never CLASS_ALL */
};

/* 0; -EILSEQ and EXIT_RUNTIME if the kernel recorded another slot than the search finds; -ENOMEM.
 */
int oracle_ask(const struct trace *trace, struct oracle *oracle, struct diag *d);
void oracle_free(struct oracle *oracle);

/* The address space of an access. */
static inline unsigned int event_as(const struct trace_event *event)
{
	return event->flags & TRACE_SMM ? 1 : 0;
}

#endif
