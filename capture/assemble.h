/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From ring records to a trace: slots and accesses in the order of the slots' generations.
 *
 * The header's slots are those alive at the first access. An access whose key is beyond the slots
 * known waits until the change that explains it is made, and a change waits for accesses that were
 * under way.
 */
#ifndef CAPTURE_ASSEMBLE_H
#define CAPTURE_ASSEMBLE_H

#include "capture/capture.h"
#include "capture/hooks.h"

struct assembler;

/* The trace is opened at the first access, or at the end. */
int assembler_new(const struct capture_config *config, const struct hooks *hooks,
		  struct assembler **assembler, struct diag *d);
void assembler_free(struct assembler *assembler); /* drops an unfinished trace */

/* 0, or -errno once nothing more can be written; assembler_commit() tells the cause. */
int assembler_record(struct assembler *assembler, const void *record, size_t size);

/* What was recorded reaches the file, for the case that we are killed. */
void assembler_flush(struct assembler *assembler);

/* All that the probes tried is here or lost. */
bool assembler_is_whole(const struct assembler *assembler);

/* So far; lost is footer_lost() and what fitted no slot. */
void assembler_progress(const struct assembler *assembler, struct capture_progress *progress);

/* Close the trace; @ended goes into the footer. No record may come after hooks_detach(). */
int assembler_commit(struct assembler *assembler, const char *ended, struct capture_report *report,
		     struct diag *d);

#endif
