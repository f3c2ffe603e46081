// SPDX-License-Identifier: GPL-2.0-only
#include "capture/kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KVM_READONLY = 2 }; /* KVM_MEM_READONLY */

struct mapping {
	uint64_t start, end;
	uint32_t vma_flags;
	bool device_file;
};

struct mappings {
	struct mapping *all;
	size_t nr, room;
};

static bool is_device_file(const char *name)
{
	return strstr(name, "vfio") || strstr(name, "ivshmem");
}

static enum trace_kind kind(uint32_t slot_flags, uint32_t vma_flags, bool device_file)
{
	if (slot_flags & KVM_READONLY)
		return TRACE_KIND_ROM;
	return vma_flags & (KIND_VMA_IO | KIND_VMA_PFNMAP) || device_file ? TRACE_KIND_MAPPED
									  : TRACE_KIND_RAM;
}

enum trace_kind kind_of(uint32_t slot_flags, uint32_t vma_flags, const char *file)
{
	return kind(slot_flags, vma_flags, is_device_file(file));
}

/* "55d0-55d1 rw-s 00000000 00:01 1234  /memfd:ivshmem (deleted)" */
static bool add_mapping(struct mappings *m, const char *line)
{
	uint64_t start, end;
	int name = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %n", &start, &end, &name) < 2)
		return true;
	if (m->nr == m->room) {
		size_t room = m->room ? 2 * m->room : 256;
		struct mapping *all = realloc(m->all, room * sizeof(*all));

		if (!all)
			return false;
		m->all = all;
		m->room = room;
	}
	m->all[m->nr++] = (struct mapping){ start, end, 0, name && is_device_file(line + name) };
	return true;
}

static void add_flags(struct mapping *mapping, const char *flags)
{
	if (strstr(flags, " io"))
		mapping->vma_flags |= KIND_VMA_IO;
	if (strstr(flags, " pf"))
		mapping->vma_flags |= KIND_VMA_PFNMAP;
}

struct mappings *mappings_read(pid_t pid)
{
	struct mappings *m = calloc(1, sizeof(*m));
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	in = fopen(path, "re");
	while (m && in && getline(&line, &size, in) > 0) {
		if (!strncmp(line, "VmFlags:", 8)) {
			if (m->nr)
				add_flags(&m->all[m->nr - 1], line + 8);
		} else if (!add_mapping(m, line)) {
			mappings_free(m);
			m = NULL;
		}
	}
	free(line);
	if (in)
		fclose(in);
	return m;
}

void mappings_free(struct mappings *m)
{
	if (m)
		free(m->all);
	free(m);
}

enum trace_kind mappings_kind(const struct mappings *m, uint32_t slot_flags, uint64_t hva)
{
	for (size_t i = 0; m && i < m->nr; i++)
		if (m->all[i].start <= hva && hva < m->all[i].end)
			return kind(slot_flags, m->all[i].vma_flags, m->all[i].device_file);
	return kind(slot_flags, 0, false);
}
