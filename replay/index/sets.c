// SPDX-License-Identifier: GPL-2.0-only
/* Mirrors 6.12 kvm_set_memslot() with kvm_replace_memslot() and kvm_swap_active_memslots(), and
 * 5.10 kvm_set_memslot() with kvm_dup_memslots(). Cost: see the table in sets.h. */
#include "replay/index/sets.h"

#include <errno.h>
#include <stddef.h>

int sets_init(struct sets *sets, const struct index_ops *ops, struct index_mem *mem)
{
	struct index *first = ops->create(mem, NULL);
	struct index *second = first && !ops->clone ? ops->create(mem, first) : NULL;

	if (!first || (!second && !ops->clone)) {
		if (first)
			ops->destroy(first);
		return -ENOMEM;
	}
	*sets = (struct sets){ .ops = ops, .mem = mem, .set = { first, second } };
	return 0;
}

void sets_destroy(struct sets *sets)
{
	for (int i = 0; i < 2; i++)
		if (sets->set[i])
			sets->ops->destroy(sets->set[i]);
}

static struct index **inactive(struct sets *sets)
{
	return &sets->set[!sets->active];
}

/* The set to edit out of the readers' sight. */
static int begin(struct sets *sets)
{
	if (sets->ops->clone)
		*inactive(sets) = sets->ops->clone(sets->set[sets->active]);
	return *inactive(sets) ? 0 : -ENOMEM;
}

static void swap_sets(struct sets *sets)
{
	__atomic_store_n(&sets->active, !sets->active, __ATOMIC_RELEASE);
	sets->nr_swaps++;
	if (sets->synchronize)
		sets->synchronize(sets->arg);
}

static void drop_copy(struct sets *sets)
{
	sets->ops->destroy(*inactive(sets));
	*inactive(sets) = NULL;
}

/* Replace @old by @slot in the inactive set; either may be NULL. */
static int edit(struct sets *sets, const struct index_slot *old, const struct index_slot *slot)
{
	struct index *index = *inactive(sets);

	if (!old)
		return sets->ops->insert(index, slot);
	if (!slot)
		return sets->ops->remove(index, old);
	return sets->ops->move(index, old, slot);
}

/* Edit out of sight, publish; on failure nothing was published. */
static int publish(struct sets *sets, const struct index_slot *old, const struct index_slot *slot)
{
	int rc = edit(sets, old, slot);

	if (!rc)
		swap_sets(sets);
	return rc;
}

/* After the last swap: the set that was active still needs the edit, or is not needed any more. */
static int finish(struct sets *sets, const struct index_slot *old, const struct index_slot *slot)
{
	if (!sets->ops->clone)
		return edit(sets, old, slot);
	drop_copy(sets);
	return 0;
}

static int change_once(struct sets *sets, const struct index_slot *old,
		       const struct index_slot *slot)
{
	int rc = begin(sets);

	if (rc)
		return rc;
	rc = publish(sets, old, slot);
	if (!rc)
		return finish(sets, old, slot);
	if (sets->ops->clone)
		drop_copy(sets);
	return rc;
}

static int change_twice(struct sets *sets, const struct index_slot *old,
			const struct index_slot *slot)
{
	struct index_slot invalid = *old;
	int rc = begin(sets);

	invalid.flags |= SETS_INVALID;
	if (rc)
		return rc;
	rc = publish(sets, old, &invalid);
	if (rc) {
		if (sets->ops->clone)
			drop_copy(sets);
		return rc;
	}
	rc = publish(sets, old, slot); /* the old set, which was never marked */
	return rc ? rc : finish(sets, &invalid, slot);
}

int sets_create_slot(struct sets *sets, const struct index_slot *slot)
{
	return change_once(sets, NULL, slot);
}

int sets_change_flags(struct sets *sets, const struct index_slot *old,
		      const struct index_slot *slot)
{
	return change_once(sets, old, slot);
}

int sets_delete_slot(struct sets *sets, const struct index_slot *slot)
{
	return change_twice(sets, slot, NULL);
}

int sets_move_slot(struct sets *sets, const struct index_slot *old, const struct index_slot *slot)
{
	return change_twice(sets, old, slot);
}
