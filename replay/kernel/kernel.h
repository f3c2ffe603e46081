/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before all else in the kernel's files and in ours beside them: what its user-space shims
 * lack, and RCU for one thread. An index is edited when no reader uses it (sets.h), so nothing has
 * to wait.
 */
#ifndef REPLAY_KERNEL_KERNEL_H
#define REPLAY_KERNEL_KERNEL_H

#define _RCUPDATE_H /* in place of the shim's, which is liburcu */

#include <linux/compiler.h>
#include <linux/types.h>
#include <stdlib.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_dereference_raw(p)		READ_ONCE(p)
#define rcu_dereference_check(p, c)	READ_ONCE(p)
#define rcu_dereference_protected(p, c) (p)
#define rcu_assign_pointer(p, v)	__atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v)		((p) = (v))
#define rcu_read_lock()			((void)0)
#define rcu_read_unlock()		((void)0)
#define call_rcu(head, done)		(done)(head)

/* tools/include/linux/rbtree_augmented.h has the plain one only. */
#define __rb_change_child_rcu(old, new, parent, root) __rb_change_child(old, new, parent, root)

#include <linux/kernel.h>

#ifndef fallthrough
#define fallthrough __attribute__((__fallthrough__))
#endif

#endif
