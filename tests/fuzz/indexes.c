// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fuzzers' entry for the structures: the first byte chooses one, each four that follow an
 * update. After every update its invariant is checked, and answers are compared with a plain linear
 * search.
 */
#include "replay/index/registry.h"
#include "tests/diff/script.h"
#include "tests/fuzz/fuzz.h"

enum { UPDATE_BYTES = 4, LOOKUPS_EACH = 64 };

static const struct index_ops *chosen(uint8_t byte)
{
	const struct index_ops *ops = index_table[byte % index_table_nr];

	return ops->floor || (ops->lacks && ops->lacks()) ? NULL : ops;
}

static void play(struct script_state *s, const uint8_t *data)
{
	struct script *script = s->script;

	while (script->nr_updates < script->updates && !*script->why) {
		uint32_t word;

		memcpy(&word, data + script->nr_updates * UPDATE_BYTES, UPDATE_BYTES);
		s->random = word;
		script_update(s, word % 3 ? script->ops->max_slots : 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t updates = size ? (size - 1) / UPDATE_BYTES : 0;
	struct script script = { .ops = updates ? chosen(data[0]) : NULL,
				 .updates = updates,
				 .lookups = updates * LOOKUPS_EACH,
				 .check_bytes = SIZE_MAX };
	struct script_state *s;

	if (!script.ops)
		return 0;
	s = script_open(&script);
	play(s, data + 1);
	script_close(s);
	if (!*script.why)
		return 0;
	fprintf(stderr, "%s\n", script.why);
	abort();
}
