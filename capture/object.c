// SPDX-License-Identifier: GPL-2.0-only
/*
 * By names rather than through the generated skeletons, because there are two of them. The
 * programs' global data is one struct in each section, so it lies at the section's start.
 */
#include "capture/object.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/kvm.skel.h"
#include "capture/legacy.skel.h"

static struct bpf_map *map_of(const struct object *object, const char *name)
{
	return bpf_object__find_map_by_name(object->bpf, name);
}

int object_map_fd(const struct object *object, const char *map)
{
	return bpf_map__fd(map_of(object, map));
}

static int set_up(struct object *object, const struct record_settings *settings,
		  uint32_t ring_bytes)
{
	int rc = bpf_map__set_initial_value(map_of(object, ".rodata"), settings, sizeof(*settings));

	if (rc) /* another size: something else is in there */
		return rc;
	return bpf_map__set_max_entries(map_of(object, "ring"), ring_bytes);
}

int object_open(struct object *object, bool legacy, const struct record_settings *settings,
		uint32_t ring_bytes)
{
	const struct bpf_object_open_opts opts = { .sz = sizeof(opts), .object_name = "slotsim" };
	const void *bytes;
	size_t size;
	int rc;

	bytes = legacy ? legacy_bpf__elf_bytes(&size) : kvm_bpf__elf_bytes(&size);
	*object = (struct object){ .bpf = bpf_object__open_mem(bytes, size, &opts) };
	if (!object->bpf)
		return -errno;
	rc = set_up(object, settings, ring_bytes);
	if (rc)
		object_close(object);
	return rc;
}

int object_load(struct object *object)
{
	size_t size = (size_t)getpagesize();
	int rc = bpf_object__load(object->bpf);
	void *data;

	if (rc) {
		object_close(object);
		return rc;
	}
	static_assert(sizeof(struct record_vm) <= 4096, "one page");
	data = mmap(NULL, size, PROT_READ, MAP_SHARED, object_map_fd(object, ".bss"), 0);
	if (data == MAP_FAILED) {
		rc = -errno;
		object_close(object);
		return rc;
	}
	object->vm = data;
	return 0;
}

void object_close(struct object *object)
{
	if (object->vm)
		munmap(object->vm, (size_t)getpagesize());
	bpf_object__close(object->bpf);
	*object = (struct object){ 0 };
}
