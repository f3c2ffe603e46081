/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recipe: what a synthetic trace is made of. docs/recipe-format.md describes the JSON, this the
 * same in memory. Shares are fixed point (SHARE_ONE is 1); the shares of a phase sum to exactly 1.
 */
#ifndef WORKLOADS_RECIPE_H
#define WORKLOADS_RECIPE_H

#include "workloads/dist.h"
#include "workloads/layout.h"

#define RECIPE_SCHEMA	"slotsim.recipe"
#define RECIPE_VERSION	1
#define RECIPE_MAX_CPUS 4096

/* What is accessed. UNMAPPED and NOTIFY have no slot; SWAP is not an access but an hva range. */
enum access_class {
	CLASS_RAM,
	CLASS_MAPPED,
	CLASS_ROM,
	CLASS_UNMAPPED,
	CLASS_NOTIFY,
	CLASS_SWAP,
	NR_CLASSES,
};
extern const char *const class_names[NR_CLASSES + 1]; /* NULL ends them */

/* How a page is chosen when it is neither the next one nor one of the last ones. */
enum popularity {
	POPULARITY_UNIFORM,
	POPULARITY_ZIPF,
	POPULARITY_SWEEP, /* the next page not seen yet: first touches */
};

/* Where a class's working set lies: spread over its slots by their size, the same in each, or as
 * the list of extents says. */
enum spread { SPREAD_SIZE, SPREAD_EQUAL, SPREAD_EXTENTS };

struct extent {
	uint64_t base_gfn, npages;
	uint64_t weight;
};

struct locality {
	uint64_t working_set; /* pages */
	uint64_t sequential;  /* share of accesses that take the vCPU's last page + 1 */
	int popularity;
	uint64_t exponent; /* zipf's, fixed point */
	int spread;
	struct extent *extents;
	size_t nr_extents;
	/* Share of accesses that return to a page last seen 2^k .. accesses ago; may sum to less
	 * than 1. */
	struct octaves reuse;
};

#define RECIPE_ANY_SLOT UINT64_MAX

/* Length of a run of accesses of one class by one vCPU. */
struct burst {
	uint64_t mean;		/* fixed point; geometric where there are no octaves */
	uint64_t stop;		/* 1 / mean: chance that an access is the burst's last */
	struct octaves octaves; /* nr 0: none */
};

struct churn {
	uint64_t every; /* accesses between changes; 0: none */
	int remap;	/* delete and create again; otherwise one flags change */
	uint64_t slot;	/* id of the one that changes, or RECIPE_ANY_SLOT */
};

struct phase {
	const char *name;
	uint64_t events; /* length; 0: to the end */
	uint64_t *next;	 /* weight of each phase, nr_phases of them */
	uint64_t share[NR_CLASSES];
	uint64_t weight[NR_CLASSES];	       /* share / mean burst: how often a burst begins */
	uint64_t then[NR_CLASSES][NR_CLASSES]; /* weight of the class after a run of another */
	bool has_then;
	struct burst burst[NR_CLASSES];
	struct locality locality[NR_CLASSES];
	struct quantiles arrival;
	struct churn churn;
	uint64_t dirty_every, dirty_for; /* dirty logging: on each so many events, for so many */
	uint64_t swap_share, swap_pages, swap_refault;
	uint64_t writes; /* share of RAM and mapped accesses */
};

/* What the kernel of the era put between an access to an emulated page and the slots. */
enum era_caches { ERA_NONE, ERA_ZAPPED, ERA_GENERATION };

struct recipe {
	const char *name, *purpose;
	const char *era;
	enum era_caches caches;
	uint64_t events, seed;
	uint64_t nr_vcpus, vcpu_burst; /* vcpu_burst: fixed point */
	uint64_t vcpu_weights[RECIPE_MAX_CPUS];
	bool shadow;
	struct layout layout;
	struct phase *phases;
	size_t nr_phases;
	json_t *json; /* as read; owns the strings */
};

/* EXIT_INPUT with one line that names file and JSON path. @dial (may be NULL) replaces the mix. */
int recipe_load(const char *path, const double *dial, struct recipe **recipe, struct diag *d);
/* Takes over @json; @name stands for the file in messages. */
int recipe_from_json(const char *name, json_t *json, struct recipe **recipe, struct diag *d);
void recipe_free(struct recipe *recipe);

/* The layout alone: of a recipe file, or of a number of slots (layout_scaled()). */
int recipe_layout(const char *path_or_number, struct layout *layout, struct diag *d);

#endif
