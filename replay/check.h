/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle pass: the lookups of a plan in the order of the trace, with every slot change made as
 * the trace has it, each answer compared with the linear search.
 *
 * Nothing is left out unless the structure would read more than CHECK_MAX_LINES cache lines (a
 * linear search over thousands of slots); then every n-th answer is compared. Whatever is timed is
 * compared in any case, by checksum, slice by slice.
 */
#ifndef REPLAY_CHECK_H
#define REPLAY_CHECK_H

#include "replay/plan.h"
#include "replay/subject.h"

#define CHECK_MAX_LINES (1ull << 26)

struct check {
	size_t answers;	     /* compared */
	double lines, depth; /* mean of one lookup; < 0 if the structure cannot say */
};

/*
 * @check is what check_touch() said of CLASS_ALL; the answers are added.
 * @subject stands at segment 0, and does so again afterwards. 0; -EILSEQ and EXIT_RUNTIME with the
 * first difference; -EINTR if @interrupted (may be NULL) said so.
 */
int check_subject(struct subject *subject, const struct plan *plan, int (*interrupted)(void),
		  struct check *check, struct diag *d);

/* Mean lines and depth of the planned lookups of @class, by touch(). Deterministic: the structure
 * stands as it was built, at each window's slots. */
int check_touch(struct subject *subject, const struct plan *plan, enum replay_class class,
		struct check *check);

#endif
