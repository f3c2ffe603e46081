/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object for this kernel: kvm.bpf.c or legacy.bpf.c, which have the same maps. */
#ifndef CAPTURE_OBJECT_H
#define CAPTURE_OBJECT_H

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "capture/record.h"

struct object {
	struct bpf_object *bpf;
	struct record_vm *vm; /* the programs' own, once loaded */
};

/* 0 or -errno; @object is closed then. Between the two, programs may be left out. */
int object_open(struct object *object, bool legacy, const struct record_settings *settings,
		uint32_t ring_bytes);
int object_load(struct object *object);
void object_close(struct object *object); /* one that is not open is allowed */

int object_map_fd(const struct object *object, const char *map);

#endif
