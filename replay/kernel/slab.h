/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's allocator over an index_mem, so that its memory is counted and can fail. */
#ifndef REPLAY_KERNEL_SLAB_H
#define REPLAY_KERNEL_SLAB_H

#include "replay/index/index.h"

/* Whose memory kmem_cache_alloc() takes: set it before each update. */
extern _Thread_local struct index_mem *slab_mem;

#endif
