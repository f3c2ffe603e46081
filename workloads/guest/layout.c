// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/guest/layout.h"

#include <errno.h>
#include <stddef.h>

#define GIB 1073741824ull

enum { PAGE = 4096, FEW_PAGES = GUEST_MAX_VCPUS };

static const uint64_t low_base = 256ull << 20, high_base = 4 * GIB;
static const uint64_t hole_base = 3 * GIB, hole_end = 0xfe000000, high_mmio_base = 64 * GIB;
static const uint64_t doorbell_base = 0xff000000, rom_base = 0xff200000, notify_base = 0xff400000;
static const uint64_t max_ram_bytes = 56 * GIB, max_miss_pages = 4096; /* hole_end..doorbell_base */

static uint64_t power_of_two_from(uint64_t n)
{
	uint64_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

static const char *refusal(const struct guest_config *c)
{
	if (!c->weight[GUEST_RAM] && !c->weight[GUEST_MAPPED] && !c->weight[GUEST_MISS] &&
	    !c->weight[GUEST_ROM] && !c->weight[GUEST_NOTIFY])
		return "--ram, --mapped, --miss, --rom and --notify are all 0; give one of them a "
		       "share";
	if (c->nr_vcpus < 1 || c->nr_vcpus > GUEST_MAX_VCPUS)
		return "--vcpus takes 1 to 64";
	if (c->nr_mapped > GUEST_MAX_SLOTS - LAYOUT_FIRST_MAPPED - LAYOUT_OTHERS)
		return "--slots takes at most 32759: KVM holds 32764, three are RAM, two have "
		       "other uses";
	if (c->mapped_pages < 1 || c->mapped_pages > 1 << 18)
		return "--slot-pages takes 1 to 262144";
	if (c->ram_bytes / PAGE < 2 * c->nr_vcpus || c->ram_bytes > max_ram_bytes)
		return "--ram-size takes two pages a vCPU to 56G";
	if (c->weight[GUEST_MAPPED] && c->nr_mapped * c->mapped_pages < c->nr_vcpus)
		return "--mapped needs a page a vCPU; give more --slots or --slot-pages";
	if (c->miss_pages < c->nr_vcpus || c->miss_pages > max_miss_pages)
		return "--miss-pages takes one a vCPU to 4096";
	if (c->burst < 1)
		return "--burst takes 1 or more";
	return NULL;
}

int layout_make(const struct guest_config *c, struct layout *layout, struct diag *d)
{
	const char *why = refusal(c);
	uint64_t ram_pages = c->ram_bytes / PAGE;

	if (why)
		return diag_set(d, EXIT_USAGE, -EINVAL, "%s", why);
	layout->nr_pages[GUEST_RAM] = ram_pages;
	layout->nr_pages[GUEST_MAPPED] = c->nr_mapped * c->mapped_pages;
	layout->nr_pages[GUEST_MISS] = c->miss_pages;
	layout->nr_pages[GUEST_ROM] = FEW_PAGES;
	layout->nr_pages[GUEST_NOTIFY] = FEW_PAGES;
	layout->low_pages = ram_pages / 2;
	if (layout->low_pages > (hole_base - low_base) / PAGE)
		layout->low_pages = (hole_base - low_base) / PAGE;
	layout->nr_mapped = c->nr_mapped;
	layout->mapped_pages = c->mapped_pages;
	layout->mapped_stride = power_of_two_from(2 * c->mapped_pages) * PAGE;
	layout->mapped_base = hole_base;
	if (c->nr_mapped * layout->mapped_stride > hole_end - hole_base)
		layout->mapped_base = high_mmio_base;
	return 0;
}

static uint64_t miss_page(const struct layout *l, uint64_t i)
{
	uint64_t hole_pages = l->mapped_stride / PAGE - l->mapped_pages;

	if (l->nr_mapped == 0 || l->nr_pages[GUEST_MISS] > l->nr_mapped * hole_pages)
		return hole_end + i * PAGE;
	return l->mapped_base + i % l->nr_mapped * l->mapped_stride +
	       (l->mapped_pages + i / l->nr_mapped) * PAGE;
}

uint64_t layout_page(const struct layout *l, enum guest_class class, uint64_t i)
{
	switch (class) {
	case GUEST_RAM:
		return i < l->low_pages ? low_base + i * PAGE
					: high_base + (i - l->low_pages) * PAGE;
	case GUEST_MAPPED:
		return l->mapped_base + i / l->mapped_pages * l->mapped_stride +
		       i % l->mapped_pages * PAGE;
	case GUEST_ROM:
		return rom_base + i * PAGE;
	case GUEST_NOTIFY:
		return notify_base + i * PAGE;
	default:
		return miss_page(l, i);
	}
}

uint64_t layout_spare(void)
{
	return 0xff800000;
}

uint64_t layout_doorbell(unsigned int vcpu)
{
	return doorbell_base + (uint64_t)vcpu * PAGE;
}
