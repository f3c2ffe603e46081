// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a slot come in bursts: the vCPU's share is cut into blocks of `burst` pages, the blocks
 * are shuffled, and the pages of a block follow one another. All pages are touched before the first
 * comes again, so accesses up to the share's size are all first touches. Pages that KVM emulates
 * are drawn at random each time, as a driver pokes at registers.
 */
#include "workloads/guest/list.h"

#include <errno.h>
#include <stdlib.h>

enum { PAGE = 4096 };

#define NO_MISS	 UINT64_MAX
#define DOORBELL (UINT64_MAX - 1)

struct walk { /* over a vCPU's share of a class */
	uint64_t first, nr;
	uint64_t *blocks, nr_blocks;
	uint64_t at;	 /* place in the walk */
	uint64_t visits; /* accesses so far */
};

struct list {
	struct guest_config config;
	const struct layout *layout;
	uint64_t random, left;
	bool started;
	struct walk walks[GUEST_NR_CLASSES];
	bool *seen[GUEST_NR_CLASSES]; /* emulated ones: by page of the class */
	uint64_t seen_pages[GUEST_NR_CLASSES];
	uint64_t miss_repeats, last_miss; /* address of the page, or one of the two below */
	uint64_t doorbells;
};

/* splitmix64 */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static uint64_t draw(struct list *list, uint64_t below)
{
	list->random += 0x9e3779b97f4a7c15ull;
	return (uint64_t)(((unsigned __int128)mix(list->random) * below) >> 64);
}

void list_share(const struct guest_config *config, const struct layout *layout,
		enum guest_class class, unsigned int vcpu, uint64_t *first, uint64_t *end)
{
	*first = layout->nr_pages[class] * vcpu / config->nr_vcpus;
	*end = layout->nr_pages[class] * (vcpu + 1) / config->nr_vcpus;
}

static int walk_make(struct list *list, enum guest_class class, unsigned int vcpu)
{
	struct walk *walk = &list->walks[class];
	uint64_t end, burst = list->config.burst;

	list_share(&list->config, list->layout, class, vcpu, &walk->first, &end);
	walk->nr = end - walk->first;
	if (class >
	    GUEST_MISS) /* not walked; nor is MISS, but a seed's list is to stay what it was */
		return 0;
	walk->nr_blocks = (walk->nr + burst - 1) / burst;
	walk->blocks = calloc(walk->nr_blocks + 1, sizeof(*walk->blocks));
	if (!walk->blocks)
		return -ENOMEM;
	for (uint64_t i = 0; i < walk->nr_blocks; i++) { /* Fisher-Yates, inside out */
		uint64_t j = draw(list, i + 1);

		walk->blocks[i] = walk->blocks[j];
		walk->blocks[j] = i;
	}
	return 0;
}

/* The last block of the share may be short; its missing pages are skipped. */
static uint64_t walk_next(struct walk *walk, uint64_t burst)
{
	uint64_t page;

	do {
		page = walk->blocks[walk->at / burst % walk->nr_blocks] * burst + walk->at % burst;
		walk->at++;
	} while (page >= walk->nr);
	walk->visits++;
	return walk->first + page;
}

int list_make(const struct guest_config *config, const struct layout *layout, unsigned int vcpu,
	      struct list **result, struct diag *d)
{
	struct list *list = calloc(1, sizeof(*list));
	int rc = list ? 0 : -ENOMEM;

	if (list) {
		list->config = *config;
		list->layout = layout;
		list->random = mix(config->seed + 1) + vcpu;
		list->last_miss = NO_MISS;
		list->left = config->accesses * (vcpu + 1) / config->nr_vcpus -
			     config->accesses * vcpu / config->nr_vcpus;
	}
	for (int class = 0; !rc && class < GUEST_NR_CLASSES; class ++) {
		uint64_t emulated = class < GUEST_MISS ? 0 : layout->nr_pages[class];

		list->seen[class] = calloc(emulated + 1, sizeof(bool));
		rc = list->seen[class] ? walk_make(list, class, vcpu) : -ENOMEM;
	}
	if (rc) {
		list_free(list);
		return diag_set(d, EXIT_RUNTIME, rc, "out of memory for the access list");
	}
	*result = list;
	return 0;
}

void list_free(struct list *list)
{
	if (!list)
		return;
	for (int class = 0; class < GUEST_NR_CLASSES; class ++) {
		free(list->walks[class].blocks);
		free(list->seen[class]);
	}
	free(list);
}

static enum guest_class draw_class(struct list *list)
{
	const uint64_t *weight = list->config.weight;
	uint64_t all = 0, x;
	int class = 0;

	for (int i = 0; i < GUEST_NR_CLASSES; i++)
		all += weight[i];
	for (x = draw(list, all); x >= weight[class]; class ++)
		x -= weight[class];
	return class;
}

/* What KVM emulates. */
static uint64_t draw_page(struct list *list, enum guest_class class)
{
	struct walk *walk = &list->walks[class];
	uint64_t page = walk->first + draw(list, walk->nr);

	walk->visits++;
	list->seen_pages[class] += !list->seen[class][page];
	list->seen[class][page] = true;
	return page;
}

static uint64_t next_access(struct list *list)
{
	enum guest_class class = draw_class(list);
	uint64_t page = class < GUEST_MISS ? walk_next(&list->walks[class], list->config.burst)
					   : draw_page(list, class);
	uint64_t address = layout_page(list->layout, class, page);
	bool write = true;

	if (class == GUEST_MISS)
		write = draw(list, 2);
	else if (class < GUEST_MISS) /* a page is read or written */
		write = mix(list->config.seed ^ address) & 1;
	if (class == GUEST_MISS || class == GUEST_NOTIFY) {
		list->miss_repeats += address == list->last_miss;
		list->last_miss = address;
	}
	return address | (write ? LIST_WRITE : 0);
}

static void count_doorbell(struct list *list)
{
	list->seen_pages[GUEST_MISS] += !list->doorbells++;
	list->miss_repeats += list->last_miss == DOORBELL;
	list->last_miss = DOORBELL;
}

unsigned int list_next(struct list *list, uint64_t *accesses, unsigned int max)
{
	unsigned int nr = list->left < max ? (unsigned int)list->left : max;

	if (list->started)
		count_doorbell(list);
	list->started = true;
	for (unsigned int i = 0; i < nr; i++)
		accesses[i] = next_access(list);
	list->left -= nr;
	return nr;
}

void list_report(const struct list *list, struct guest_report *report)
{
	for (int class = 0; class < GUEST_NR_CLASSES; class ++) {
		const struct walk *walk = &list->walks[class];

		report->accesses[class] += walk->visits;
		if (class >= GUEST_MISS)
			report->pages[class] += list->seen_pages[class];
		else
			report->pages[class] += walk->visits < walk->nr ? walk->visits : walk->nr;
	}
	report->accesses[GUEST_MISS] += list->doorbells;
	report->doorbells += list->doorbells;
	report->miss_repeats += list->miss_repeats;
}
