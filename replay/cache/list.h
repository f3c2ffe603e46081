/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's cache layers above the slots, one line and one file each (dashes become underscores), in
 * the order in which an access meets them: the fault path asks the vCPU's MMIO entry, then the mmio
 * SPTE, and only then searches.
 */
#ifndef REPLAY_CACHE_LIST_H
#define REPLAY_CACHE_LIST_H

#define CACHE_LIST(CACHE)                                                                          \
	CACHE(mmio_vcpu)                                                                           \
	CACHE(mmio_spte)                                                                           \
	CACHE(last_vcpu)                                                                           \
	CACHE(last_vcpu_index)                                                                     \
	CACHE(last_vm)

#endif
