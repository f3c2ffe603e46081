// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a layout is built, from low gfns to high ones (not to scale):
 *
 *   base machine      | 4 GiB: RAM above | 1 GiB aligned: DIMMs, ladder | 1 GiB aligned: BARs |
 *
 * Each range keeps the JSON key it came from, so that an overlap names both sides.
 */
#include "workloads/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/rng.h"

#define PAGES_PER_MIB 256ull
#define PAGES_PER_GIB (1024 * PAGES_PER_MIB)
#define GFN_4G	      (4 * PAGES_PER_GIB)

enum what { SLOT, MMIO, NOTIFY };

struct range {
	uint64_t base_gfn, npages;
	enum what what;
	uint8_t kind;
	uint32_t flags, id;
	const char *key; /* of the layout object */
	size_t index;	 /* within it, or SIZE_MAX */
};

enum base { BASE_NONE, BASE_QEMU_PC, BASE_FIRECRACKER };

struct builder {
	const struct node *node;
	struct diag *d;
	struct range *ranges;
	size_t nr, room, nr_slots;
	uint64_t top_gfn; /* where the next thing above RAM goes */
	int rc;		  /* the first failure; everything after it does nothing */

	enum base base;
	uint64_t ram_mib, virtio, synic_vcpus, fill;
	uint64_t dimm_count, dimm_mib, bar_count, bar_kib, ladder;
	bool vga, msix;
};

static void fail(struct builder *b, const char *key, size_t index, const char *text)
{
	struct node at = node_key(b->node, key), item = node_item(&at, index);

	if (!b->rc)
		b->rc = node_error(index == SIZE_MAX ? &at : &item, b->d, "%s", text);
}

static struct range *add(struct builder *b, enum what what, uint64_t base_gfn, uint64_t npages,
			 const char *key)
{
	if (b->rc)
		return NULL;
	if (b->nr == b->room) {
		size_t room = b->room ? 2 * b->room : 64;
		struct range *ranges = realloc(b->ranges, room * sizeof(*ranges));

		if (!ranges) {
			b->rc = diag_set(b->d, EXIT_RUNTIME, -ENOMEM, "out of memory");
			return NULL;
		}
		b->ranges = ranges;
		b->room = room;
	}
	b->ranges[b->nr] = (struct range){ base_gfn, npages, what, .key = key, .index = SIZE_MAX };
	if (what == SLOT)
		b->ranges[b->nr].id = (uint32_t)b->nr_slots++;
	return &b->ranges[b->nr++];
}

static void add_slot(struct builder *b, uint64_t base_gfn, uint64_t npages, enum trace_kind kind,
		     const char *key)
{
	struct range *r = add(b, SLOT, base_gfn, npages, key);

	if (r) {
		r->kind = (uint8_t)kind;
		r->flags = kind == TRACE_KIND_ROM ? 2 : 0; /* KVM_MEM_READONLY */
	}
}

/*
 * RAM in which Hyper-V guests placed their SynIC pages: two a vCPU, one-page slots each, and the
 * RAM around them falls into pieces (QEMU overlays them).
 */
static void add_ram(struct builder *b, uint64_t base_gfn, uint64_t npages, uint64_t synic_vcpus)
{
	const uint64_t apart = 64;
	uint64_t at = base_gfn, end = base_gfn + npages;

	if (synic_vcpus * apart >= npages) {
		if (synic_vcpus)
			fail(b, "synic_vcpus", SIZE_MAX,
			     "the RAM is too small for that many pages");
		synic_vcpus = 0;
	}
	for (uint64_t vcpu = 0; vcpu < synic_vcpus; vcpu++, at += apart) {
		add_slot(b, at, apart - 2, TRACE_KIND_RAM, "ram_mib");
		add_slot(b, at + apart - 2, 1, TRACE_KIND_RAM, "synic_vcpus");
		add_slot(b, at + apart - 1, 1, TRACE_KIND_RAM, "synic_vcpus");
	}
	add_slot(b, at, end - at, TRACE_KIND_RAM, "ram_mib");
}

/* RAM from @base_gfn up to the 32-bit hole at @hole_gfn, and the rest above 4 GiB. */
static void add_split_ram(struct builder *b, uint64_t base_gfn, uint64_t hole_gfn)
{
	uint64_t all = b->ram_mib * PAGES_PER_MIB, low = all < hole_gfn ? all : hole_gfn;

	add_ram(b, base_gfn, low - base_gfn, all > low ? 0 : b->synic_vcpus);
	if (all > low)
		add_ram(b, GFN_4G, all - low, b->synic_vcpus);
	b->top_gfn = GFN_4G + (all - low);
}

/*
 * QEMU 7.2, machine pc, once SeaBIOS has run: the flat view that `info mtree -f` prints. The 32-bit
 * hole begins at 3 GiB, the shadowed ROM areas split the first MiB.
 */
static void add_qemu_pc(struct builder *b)
{
	add_slot(b, 0x0, 0xa0, TRACE_KIND_RAM, "base");
	add(b, MMIO, 0xa0, 0x20, "base"); /* vga-lowmem */
	add_slot(b, 0xc0, 0x0b, TRACE_KIND_ROM, "base");
	add_slot(b, 0xcb, 0x03, TRACE_KIND_RAM, "base");
	add_slot(b, 0xce, 0x1a, TRACE_KIND_ROM, "base");
	add_slot(b, 0xe8, 0x08, TRACE_KIND_RAM, "base");
	add_slot(b, 0xf0, 0x10, TRACE_KIND_ROM, "base");
	add_split_ram(b, 0x100, 3 * PAGES_PER_GIB);
	if (b->vga)
		add_slot(b, 0xfd000, 0x1000, TRACE_KIND_RAM, "base");
	add(b, MMIO, 0xfebc0, 0x20, "base"); /* e1000 */
	add(b, MMIO, 0xfebf0, 1, "base");    /* vga.mmio */
	add(b, MMIO, 0xfec00, 1, "base");    /* ioapic */
	add(b, MMIO, 0xfed00, 1, "base");    /* hpet */
	add_slot(b, 0xfffc0, 0x40, TRACE_KIND_ROM, "base");
}

/* One or two RAM slots around the 32-bit MMIO gap, virtio-mmio devices at its start, no ROM. */
static void add_firecracker(struct builder *b)
{
	add_split_ram(b, 0, 3 * PAGES_PER_GIB);
	add(b, MMIO, 0xc0001, 4, "base");
	add(b, MMIO, 0xfec00, 1, "base"); /* ioapic */
}

/* virtio 1 over PCI: common, isr, device and notify, a page each; notify is a fast-MMIO ioeventfd.
 */
static void add_virtio(struct builder *b)
{
	for (uint64_t i = 0; i < b->virtio; i++) {
		add(b, MMIO, 0xfe000 + 4 * i, 3, "virtio");
		add(b, NOTIFY, 0xfe000 + 4 * i + 3, 1, "virtio");
	}
}

static uint64_t align_up(uint64_t x, uint64_t to)
{
	return (x + to - 1) / to * to;
}

static void add_dimms(struct builder *b)
{
	uint64_t npages = b->dimm_mib * PAGES_PER_MIB;

	b->top_gfn = align_up(b->top_gfn, PAGES_PER_GIB);
	for (uint64_t i = 0; i < b->dimm_count; i++, b->top_gfn += npages)
		add_slot(b, b->top_gfn, npages, TRACE_KIND_RAM, "dimms");
}

/*
 * The layout that hurts: RAM slots of 1, 2, 3, ... pages with a hole of one emulated page after
 * each. Sizes rise with the gfn, so that a tree ordered by size degenerates, and each miss lies
 * beside small slots.
 */
static void add_ladder(struct builder *b)
{
	for (uint64_t i = 0; i < b->ladder; i++) {
		add_slot(b, b->top_gfn, i + 1, TRACE_KIND_RAM, "ladder");
		add(b, MMIO, b->top_gfn + i + 1, 1, "ladder");
		b->top_gfn += i + 2;
	}
}

/* 64-bit BARs, naturally aligned, every other one free; MSI-X tables are emulated pages behind. */
static void add_bars(struct builder *b)
{
	uint64_t npages = align_up(b->bar_kib, 4) / 4;

	if (b->fill > b->nr_slots)
		b->bar_count += b->fill - b->nr_slots - b->bar_count;
	else if (b->fill)
		fail(b, "fill", SIZE_MAX, "the layout has that many slots or more without it");
	b->top_gfn = align_up(b->top_gfn, PAGES_PER_GIB);
	for (uint64_t i = 0; i < b->bar_count; i++, b->top_gfn += 2 * npages) {
		add_slot(b, b->top_gfn, npages, TRACE_KIND_MAPPED, "bars");
		if (b->msix)
			add(b, MMIO, b->top_gfn + npages, 1, "bars");
	}
}

struct explicit
{
	uint64_t id, base_gfn, npages, flags;
	int kind;
};

static int read_kind(const struct node *node, void *base, struct diag *d)
{
	static const char *const names[] = { "ram", "mapped", "rom", NULL };

	return node_choice(node, names, &((struct explicit *)base)->kind, d);
}

static const struct field slot_fields[] = {
	{ "id", FIELD_UINT, offsetof(struct explicit, id), 0, TRACE_MAX_SLOT },
	{ "base_gfn", FIELD_UINT, offsetof(struct explicit, base_gfn), 0, TRACE_MAX_GFN },
	{ "npages", FIELD_UINT, offsetof(struct explicit, npages), 1, TRACE_MAX_GFN },
	{ "flags", FIELD_UINT, offsetof(struct explicit, flags), 0, UINT32_MAX },
	{ "kind", FIELD_CUSTOM, .read = read_kind },
	FIELD_END,
};

static const struct field window_fields[] = {
	{ "base_gfn", FIELD_UINT, offsetof(struct explicit, base_gfn), 0, TRACE_MAX_GFN },
	{ "npages", FIELD_UINT, offsetof(struct explicit, npages), 1, TRACE_MAX_GFN },
	FIELD_END,
};

static int read_ranges(const struct node *node, struct builder *b, enum what what)
{
	size_t nr;
	int rc = node_array(node, 0, 1 << 20, &nr, b->d);

	for (size_t i = 0; !rc && i < nr; i++) {
		struct node item = node_item(node, i);
		struct explicit x = { .id = b->nr_slots, .base_gfn = UINT64_MAX };
		struct range *r;

		rc = node_fields(&item, what == SLOT ? slot_fields : window_fields, &x, b->d);
		if (!rc && (x.base_gfn == UINT64_MAX || !x.npages))
			rc = node_error(&item, b->d, "base_gfn and npages are required");
		r = rc ? NULL : add(b, what, x.base_gfn, x.npages, node->key);
		if (!r)
			return rc ? rc : b->rc;
		r->index = i;
		r->id = (uint32_t)x.id;
		r->kind = (uint8_t)x.kind;
		r->flags = (uint32_t)x.flags | (x.kind == TRACE_KIND_ROM ? 2u : 0u);
	}
	return rc;
}

static int read_slots(const struct node *node, void *base, struct diag *d)
{
	(void)d;
	return read_ranges(node, base, SLOT);
}

static int read_mmio(const struct node *node, void *base, struct diag *d)
{
	(void)d;
	return read_ranges(node, base, MMIO);
}

static int read_notify(const struct node *node, void *base, struct diag *d)
{
	(void)d;
	return read_ranges(node, base, NOTIFY);
}

static int read_base(const struct node *node, void *base, struct diag *d)
{
	static const char *const names[] = { "none", "qemu-pc", "firecracker", NULL };
	int choice = 0, rc = node_choice(node, names, &choice, d);

	((struct builder *)base)->base = (enum base)choice;
	return rc;
}

static int read_dimms(const struct node *node, void *base, struct diag *d)
{
	static const struct field fields[] = {
		{ "count", FIELD_UINT, offsetof(struct builder, dimm_count), 0, TRACE_MAX_SLOT },
		{ "mib", FIELD_UINT, offsetof(struct builder, dimm_mib), 1, 1 << 20 },
		FIELD_END,
	};

	return node_fields(node, fields, base, d);
}

static int read_bars(const struct node *node, void *base, struct diag *d)
{
	static const struct field fields[] = {
		{ "count", FIELD_UINT, offsetof(struct builder, bar_count), 0, TRACE_MAX_SLOT },
		{ "kib", FIELD_UINT, offsetof(struct builder, bar_kib), 4, 1 << 24 },
		{ "msix", FIELD_BOOL, offsetof(struct builder, msix) },
		FIELD_END,
	};

	return node_fields(node, fields, base, d);
}

static const struct field layout_fields[] = {
	{ "base", FIELD_CUSTOM, .read = read_base },
	{ "ram_mib", FIELD_UINT, offsetof(struct builder, ram_mib), 2, 1 << 24 },
	{ "vga", FIELD_BOOL, offsetof(struct builder, vga) },
	{ "virtio", FIELD_UINT, offsetof(struct builder, virtio), 0, 256 },
	{ "synic_vcpus", FIELD_UINT, offsetof(struct builder, synic_vcpus), 0, 8192 },
	{ "ladder", FIELD_UINT, offsetof(struct builder, ladder), 0, TRACE_MAX_SLOT },
	{ "fill", FIELD_UINT, offsetof(struct builder, fill), 1, LAYOUT_MAX_SLOTS },
	{ "dimms", FIELD_CUSTOM, .read = read_dimms },
	{ "bars", FIELD_CUSTOM, .read = read_bars },
	{ "slots", FIELD_CUSTOM, .read = read_slots },
	{ "mmio", FIELD_CUSTOM, .read = read_mmio },
	{ "notify", FIELD_CUSTOM, .read = read_notify },
	FIELD_END,
};

/* The explicit ranges are there already: node_fields() adds them while it reads. */
static void build(struct builder *b)
{
	b->top_gfn = GFN_4G;
	if (b->base == BASE_QEMU_PC)
		add_qemu_pc(b);
	else if (b->base == BASE_FIRECRACKER)
		add_firecracker(b);
	else if (b->synic_vcpus)
		fail(b, "synic_vcpus", SIZE_MAX, "needs a base with RAM");
	add_virtio(b);
	add_dimms(b);
	add_ladder(b);
	add_bars(b);
}

static int by_gfn(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->base_gfn > y->base_gfn) - (x->base_gfn < y->base_gfn);
}

static int by_id(const void *a, const void *b)
{
	const struct trace_slot *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void check_overlap(struct builder *b, const struct range *low, const struct range *high)
{
	char text[200], index[32] = "";
	/* the later one in the document is the one to blame; derived ranges have no index */
	const struct range *blame = high->index != SIZE_MAX ? high : low;
	const struct range *other = blame == high ? low : high;

	if (high->base_gfn - low->base_gfn >= low->npages)
		return;
	if (other->index != SIZE_MAX)
		snprintf(index, sizeof(index), "[%zu]", other->index);
	snprintf(text, sizeof(text), "overlaps $.layout.%s%s (gfn %llu, %llu pages)", other->key,
		 index, (unsigned long long)other->base_gfn, (unsigned long long)other->npages);
	fail(b, blame->key, blame->index, text);
}

static void check_emulated(struct builder *b)
{
	uint64_t npages = 0;

	for (size_t i = 0; i < b->nr; i++) {
		const struct range *r = &b->ranges[i];

		if (r->what == MMIO && r->npages <= LAYOUT_MAX_MMIO_PAGES)
			npages += r->npages;
		else if (r->what == MMIO)
			npages = UINT32_MAX;
		if (npages > LAYOUT_MAX_MMIO_PAGES)
			fail(b, r->key, r->index, "more than 2^24 emulated pages");
	}
}

static void check(struct builder *b)
{
	if (!b->rc && !b->nr_slots)
		b->rc = node_error(b->node, b->d, "has 0 slots; at least 1 is needed");
	if (!b->rc && b->nr_slots > LAYOUT_MAX_SLOTS)
		b->rc = node_error(b->node, b->d, "has %zu slots; KVM takes 32764", b->nr_slots);
	if (b->rc)
		return;
	qsort(b->ranges, b->nr, sizeof(*b->ranges), by_gfn);
	for (size_t i = 0; i < b->nr; i++) {
		const struct range *r = &b->ranges[i];

		if (r->npages > TRACE_MAX_GFN + 1 - r->base_gfn)
			fail(b, r->key, r->index, "gfn overflow: it ends beyond gfn 2^52 - 1");
		if (i)
			check_overlap(b, r - 1, r);
	}
	check_emulated(b);
}

static void put_window(struct windows *windows, const struct range *r)
{
	windows->at[windows->nr++] = (struct window){ r->base_gfn, r->npages };
}

static int finish(struct builder *b, struct layout *layout)
{
	*layout = (struct layout){
		.slots = calloc(b->nr, sizeof(*layout->slots)),
		.mmio.at = calloc(b->nr, sizeof(struct window)),
		.notify.at = calloc(b->nr, sizeof(struct window)),
	};
	if (!layout->slots || !layout->mmio.at || !layout->notify.at) {
		layout_free(layout);
		return diag_set(b->d, EXIT_RUNTIME, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < b->nr; i++) {
		const struct range *r = &b->ranges[i];

		if (r->what == SLOT)
			layout->slots[layout->nr_slots++] = (struct trace_slot){
				.base_gfn = r->base_gfn,
				.npages = r->npages,
				.flags = r->flags,
				.id = (uint16_t)r->id,
				.kind = r->kind,
			};
		else
			put_window(r->what == MMIO ? &layout->mmio : &layout->notify, r);
	}
	qsort(layout->slots, layout->nr_slots, sizeof(*layout->slots), by_id);
	for (size_t i = 1; i < layout->nr_slots; i++)
		if (layout->slots[i].id == layout->slots[i - 1].id) {
			unsigned int id = layout->slots[i].id;

			layout_free(layout);
			return node_error(b->node, b->d, "slot id %u is used twice", id);
		}
	return 0;
}

int layout_read(const struct node *node, struct layout *layout, struct diag *d)
{
	struct builder b = {
		.node = node, .d = d, .ram_mib = 4096, .vga = true, .dimm_mib = 128, .bar_kib = 16
	};

	b.rc = node->json ? node_fields(node, layout_fields, &b, d)
			  : node_error(node, d, "is required");
	if (!b.rc)
		build(&b);
	check(&b);
	if (!b.rc)
		b.rc = finish(&b, layout);
	free(b.ranges);
	return b.rc;
}

void layout_free(struct layout *layout)
{
	free(layout->slots);
	free(layout->mmio.at);
	free(layout->notify.at);
	*layout = (struct layout){ 0 };
}

int layout_scaled(uint64_t nr_slots, struct layout *layout, struct diag *d)
{
	const uint64_t pc = 10; /* slots of QEMU's PC with more than 3 GiB */
	uint64_t rest = nr_slots > pc ? nr_slots - pc : 0, dimms = rest / 2 < 256 ? rest / 2 : 256;
	struct node node = { .file = "layout" };
	int rc;

	/* beside the devices' pages a PCI window that has room for those of any trace */
	if (nr_slots > pc)
		node.json = json_pack("{s:s,s:i,s:i,s:{s:I,s:i},s:I,s:{s:i,s:b},s:[{s:i,s:i}]}",
				      "base", "qemu-pc", "ram_mib", 8192, "virtio", 8, "dimms",
				      "count", (json_int_t)dimms, "mib", 128, "fill",
				      (json_int_t)nr_slots, "bars", "kib", 4096, "msix", 1, "mmio",
				      "base_gfn", 0xf0000, "npages", 256);
	else
		node.json = json_pack("{s:s,s:i,s:i,s:I,s:{s:i},s:[{s:i,s:i,s:s}],s:[{s:i,s:i}]}",
				      "base", "firecracker", "ram_mib", 8192, "virtio", 8, "fill",
				      (json_int_t)nr_slots, "bars", "kib", 4096, "slots",
				      "base_gfn", 0xffe00, "npages", 0x200, "kind", "rom", "mmio",
				      "base_gfn", 0xf0000, "npages", 256);
	rc = layout_read(&node, layout, d);
	json_decref(node.json);
	return rc;
}
