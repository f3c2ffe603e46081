/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for structures, in the kernel's manner: kmalloc's power-of-two classes up to a page, each
 * naturally aligned, and whole pages above. `bytes` counts what the class costs, as it would cost
 * the kernel, so a slot object of 264 bytes is 512.
 */
#ifndef REPLAY_INDEX_HEAP_H
#define REPLAY_INDEX_HEAP_H

#include "replay/index/index.h"

struct heap;

struct heap *heap_create(void);		       /* NULL when out of memory */
struct index_mem *heap_mem(struct heap *heap); /* for ops->create(); not for threads */
void heap_destroy(struct heap *heap);	       /* with all that was not freed */

#endif
