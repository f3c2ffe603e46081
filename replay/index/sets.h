/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slot changes as KVM makes them, over any structure.
 *
 * 5.17 and later keep two sets of the same content: an edit goes to the inactive one, the pointer
 * is swapped, readers of the old set are waited for, and the edit is repeated there. Earlier
 * kernels (structures with a clone op) copy the active set, edit the copy, swap, and free the old.
 * Delete and move swap twice: first a copy of the slot that is marked invalid goes live, so that no
 * new mapping can be made while the old ones are zapped.
 *
 *	           two sets                                copied set
 *	create     edit, swap, edit                        copy, edit, swap, free
 *	flags      edit, swap, edit                        copy, edit, swap, free
 *	delete     mark, swap, remove, swap, remove        copy, mark, swap, remove in the old,
 *swap, free move       mark, swap, move, swap, move            copy, mark, swap, move in the old,
 *swap, free
 */
#ifndef REPLAY_INDEX_SETS_H
#define REPLAY_INDEX_SETS_H

#include "replay/index/index.h"

#define SETS_INVALID (1u << 16) /* KVM_MEMSLOT_INVALID */

struct sets {
	const struct index_ops *ops;
	struct index_mem *mem;
	struct index *set[2]; /* the inactive one is NULL while sets are copied */
	unsigned int active;  /* atomic: readers take it with sets_active() */
	unsigned int nr_swaps;
	/* Called after each swap, to wait until no reader uses the old set; NULL if there are none.
	 */
	void (*synchronize)(void *arg);
	void *arg;
};

/* 0 or -ENOMEM. */
int sets_init(struct sets *sets, const struct index_ops *ops, struct index_mem *mem);
void sets_destroy(struct sets *sets);

/*
 * 0 or -errno. Before the first swap a failure leaves all as it was. After it the two sets may
 * differ (KVM allocates beforehand instead): then only sets_destroy() may follow, which nr_swaps
 * tells.
 */
int sets_create_slot(struct sets *sets, const struct index_slot *slot);
int sets_delete_slot(struct sets *sets, const struct index_slot *slot);
int sets_move_slot(struct sets *sets, const struct index_slot *old, const struct index_slot *slot);
int sets_change_flags(struct sets *sets, const struct index_slot *old,
		      const struct index_slot *slot);

static inline struct index *sets_active(const struct sets *sets)
{
	return sets->set[__atomic_load_n(&sets->active, __ATOMIC_ACQUIRE)];
}

#endif
