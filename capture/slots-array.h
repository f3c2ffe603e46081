/* SPDX-License-Identifier: GPL-2.0-only */
/* Slots out of the array that kernels up to 5.15 keep them in. */
#ifndef CAPTURE_SLOTS_ARRAY_H
#define CAPTURE_SLOTS_ARRAY_H

#include <stdint.h>

#include "capture/record.h"

/* Slot @i < @array->nr of an array that is whole. */
void slots_array_get(const struct record_array *array, uint32_t i, struct record_slot *slot);

#endif
