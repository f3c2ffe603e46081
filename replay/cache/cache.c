// SPDX-License-Identifier: GPL-2.0-only
/*
 * An access goes down the layers until one serves it, then each layer that was asked learns the
 * outcome. What a layer above has served it never sees, as in KVM, so its state is what its
 * kernel's would be.
 *
 * Cost: O(1) per access and layer, O(slots) per slot change.
 */
#include "replay/cache/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/cache/list.h"
#include "replay/cache/walk.h"

#define CACHE(name) extern const struct cache_ops cache_##name;
CACHE_LIST(CACHE)
#undef CACHE

const struct cache_ops *const cache_table[] = {
#define CACHE(name) &cache_##name,
	CACHE_LIST(CACHE)
#undef CACHE
		NULL,
};

/* Is @name in the comma list @names? */
static bool listed(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = names; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, name, length) && (p[length] == ',' || !p[length]))
			return true;
	}
	return false;
}

static bool known(const char *name, size_t length)
{
	for (const struct cache_ops *const *ops = cache_table; *ops; ops++)
		if (strlen((*ops)->name) == length && !strncmp((*ops)->name, name, length))
			return true;
	return false;
}

int cache_parse(const char *names, struct cache_layers *layers, struct diag *d)
{
	*layers = (struct cache_layers){ 0 };
	if (!*names || !strcmp(names, "none"))
		return 0;
	for (const char *p = names; *p;) {
		size_t length = strcspn(p, ",");

		if (!known(p, length))
			return diag_set(d, EXIT_USAGE, -EINVAL,
					"no cache layer is called '%.*s'; see slotsim list caches",
					(int)length, p);
		p += length + (p[length] == ',');
	}
	for (const struct cache_ops *const *ops = cache_table; *ops; ops++)
		if (listed(names, (*ops)->name))
			layers->ops[layers->nr++] = *ops;
	return 0;
}

unsigned int cache_nr_vcpus(const struct trace *trace)
{
	unsigned int nr = 1;

	for (size_t i = 0; i < trace->nr_events; i++)
		if (trace->events[i].vcpu >= nr)
			nr = trace->events[i].vcpu + 1;
	return nr;
}

static bool has_accesses(const struct trace *trace)
{
	for (size_t i = 0; i < trace->nr_events; i++)
		if (trace->events[i].op != TRACE_LOOKUP && trace->events[i].op != TRACE_HVA)
			return true;
	return false;
}

/* Go down the layers: CACHE_SEARCHED, or 1 + the one that serves. */
static uint8_t serve(struct cache *const *caches, const struct cache_layers *layers,
		     const struct cache_access *access)
{
	for (size_t i = 0; i < layers->nr; i++)
		if (layers->ops[i]->ask(caches[i], access) == CACHE_SERVES)
			return 1 + i;
	return CACHE_SEARCHED;
}

static int learn(struct cache *const *caches, const struct cache_layers *layers,
		 const struct cache_access *access, uint8_t served)
{
	size_t asked = served == CACHE_SEARCHED ? layers->nr : served;

	for (size_t i = 0; i < asked; i++) {
		int rc = layers->ops[i]->learn(caches[i], access);

		if (rc)
			return rc;
	}
	return 0;
}

static int serve_all(const struct trace *trace, const uint16_t *answers,
		     const struct cache_layers *layers, struct cache *const *caches,
		     uint8_t *served)
{
	bool lookups_count = !has_accesses(trace);
	struct cache_walk walk;
	int rc = cache_walk_start(&walk, trace);

	for (size_t i = 0; !rc && i < trace->nr_events; i++) {
		const struct trace_event *event = &trace->events[i];
		struct cache_access access;
		enum trace_change_op op;

		while (cache_walk_change(&walk, i, &op))
			for (size_t l = 0; l < layers->nr; l++)
				layers->ops[l]->change(caches[l], op);
		served[i] = CACHE_NO_LOOKUP;
		if (event->op == TRACE_HVA || event->op == TRACE_MISS_FAST ||
		    (event->op == TRACE_LOOKUP && !lookups_count))
			continue;
		cache_walk_access(&walk, event, &access);
		access.slot = answers[i];
		served[i] = serve(caches, layers, &access);
		rc = learn(caches, layers, &access, served[i]);
	}
	cache_walk_end(&walk);
	return rc;
}

int cache_serve(const struct trace *trace, const uint16_t *answers,
		const struct cache_layers *layers, uint8_t *served, struct diag *d)
{
	struct cache *caches[CACHE_MAX_LAYERS] = { NULL };
	unsigned int nr_vcpus = cache_nr_vcpus(trace);
	int rc = 0;

	for (size_t i = 0; !rc && i < layers->nr; i++) {
		caches[i] = layers->ops[i]->create(nr_vcpus);
		rc = caches[i] ? 0 : -ENOMEM;
	}
	if (!rc)
		rc = serve_all(trace, answers, layers, caches, served);
	for (size_t i = 0; i < layers->nr; i++)
		if (caches[i])
			layers->ops[i]->destroy(caches[i]);
	return rc ? diag_set(d, EXIT_RUNTIME, rc, "%s: out of memory for the cache layers",
			     trace->name)
		  : 0;
}
