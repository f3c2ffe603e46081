/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace's header: host, kvm, vm, hooks, and the ops that cannot be seen here. */
#ifndef CAPTURE_HEADER_H
#define CAPTURE_HEADER_H

#include <jansson.h>

#include "capture/hooks.h"

/* @timed: KVM tells of entries and exits here. NULL when out of memory. */
json_t *header_json(const struct capture_config *config, const struct hooks *hooks, bool timed);

#endif
