// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed records that no writer makes are refused for what they are, not only by the checksum at
 * the end: the loader holds nothing of them by then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants some of these before it */
#include <cmocka.h>

#include "trace/codec.h"
#include "trace/packed.h"
#include "trace/trace.h"

#define OP(op)	  ((uint64_t)(op) << TRACE_GFN_BITS)
#define SLOT(id)  ((uint64_t)(id) << 48)
#define MAX_STEPS 4

struct damage {
	const char *says;
	struct packed_preamble preamble; /* version 0: the right one */
	struct packed_record records[MAX_STEPS];
	size_t nr_records;
};

#define GOOD                                                                                       \
	{                                                                                          \
		{                                                                                  \
			5, 0                                                                       \
		}                                                                                  \
	}
#define OURS                                                                                       \
	{                                                                                          \
		"", 0                                                                              \
	} /* as the writer makes it, with a header */
#define RIGHT PACKED_MAGIC, PACKED_VERSION, sizeof(struct packed_record)

static const struct damage table[] = {
	{ "wrong magic bytes", { "\x8fSLOTPX\n", 1, 16 } },
	{ "packed version 2 is newer than 1", { PACKED_MAGIC, 2, 16 } },
	{ "version 1 with 24 bytes a record; it must be 1 with 16", { PACKED_MAGIC, 1, 24 } },
	{ "JSON of 18446744073709551615 bytes", { RIGHT, UINT64_MAX } },
	{ "record 1: the file is cut here", { RIGHT, 1 << 20 } },
	{ "record 1: not JSON", { RIGHT, 3 } },
	{ "unknown op 10", OURS, { GOOD, { { OP(10), 0 } } }, 2 },
	{ "record 2: unknown record 13", OURS, { { { OP(PACKED_END), 0 } } }, 1 },
	{ "slot 32767; it must be at most 32766", OURS, { { { 5, SLOT(32767) } } }, 1 },
	{ "record 4: gfn 16+1 is not in slot 0", OURS, { GOOD, GOOD, { { 16, 0 } } }, 3 },
	{ "slot 9 does not exist", OURS, { { { 5, SLOT(9) } } }, 1 },
	{ "op \"miss\" with slot 0", OURS, { { { OP(TRACE_MISS), 0 } } }, 1 },
	{ "JSON of 4503599627370495 bytes",
	  OURS,
	  { { { OP(PACKED_JSON) | TRACE_MAX_GFN, 0 } } },
	  1 },
	{ "not JSON", OURS, { { { OP(PACKED_JSON) | 4, 0 } }, { { 0x41414141, 0 } } }, 2 },
	{ "t_ns 9223372036854775808; it must be below 2^63",
	  OURS,
	  { { { OP(PACKED_WIDE), 1ull << 63 } }, GOOD },
	  2 },
	{ "t_ns runs over 2^63",
	  OURS,
	  { { { OP(PACKED_WIDE), INT64_MAX } }, GOOD, { { 5, 1 << 20 } } },
	  3 },
	{ "unknown op 15", OURS, { { { OP(PACKED_WIDE), 1 } }, { { OP(PACKED_WIDE), 1 } } }, 2 },
	{ "t_ns 3 of vCPU 0 is before its last event at 9",
	  OURS,
	  { { { OP(PACKED_WIDE), 9 } }, GOOD, { { OP(PACKED_WIDE), 3 } }, GOOD },
	  4 },
	{ "truncated: the file ends without its footer; 1 whole events",
	  OURS,
	  { GOOD, { { OP(PACKED_WIDE), 9 } } },
	  2 },
};

static void put(FILE *out, const struct damage *damage)
{
	const struct trace_slot slot = { .npages = 16 };
	struct packed_preamble preamble = damage->preamble;
	json_t *header = encode_header(NULL, &slot, 1);
	size_t size;
	char *text = encode_text(header, &size);

	if (!preamble.version)
		preamble = (struct packed_preamble){ RIGHT, size };
	fwrite(&preamble, sizeof(preamble), 1, out);
	fprintf(out, "%s%.*s", text, (int)(packed_padded(size) - size), "                ");
	fwrite(damage->records, sizeof(damage->records[0]), damage->nr_records, out);
	free(text);
	json_decref(header);
}

static void refused(void **state)
{
	char path[] = "/tmp/slotsim-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		FILE *out = fopen(path, "we");
		struct diag d = { 0 };
		struct trace *trace;

		put(out, &table[i]);
		fclose(out);
		if (trace_load(path, 0, &trace, &d) == 0)
			fail_msg("accepted, but: %s", table[i].says);
		if (d.code != EXIT_INPUT || !strstr(d.text, table[i].says))
			fail_msg("\"%s\" instead of \"%s\"", d.text, table[i].says);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
