// SPDX-License-Identifier: GPL-2.0-only
#include "capture/slots-array.h"

#include <string.h>

void slots_array_get(const struct record_array *array, uint32_t i, struct record_slot *slot)
{
	const unsigned char *from = array->slots + (size_t)i * array->slot_bytes;

	memset(slot, 0, sizeof(*slot));
	slot->head = array->head;
	slot->as = array->as;
	slot->generation = array->generation;
	memcpy(&slot->base_gfn, from + array->at_base_gfn, sizeof(slot->base_gfn));
	memcpy(&slot->npages, from + array->at_npages, sizeof(slot->npages));
	memcpy(&slot->hva, from + array->at_hva, sizeof(slot->hva));
	memcpy(&slot->flags, from + array->at_flags, sizeof(slot->flags));
	memcpy(&slot->id, from + array->at_id, sizeof(slot->id));
}
