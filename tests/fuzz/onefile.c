// SPDX-License-Identifier: GPL-2.0-only
/* Replay saved inputs without libFuzzer: the files named, or all that the fuzzer starts from. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

enum { MAX_INPUT = 1 << 20 };

static int replay(const char *path)
{
	static uint8_t data[MAX_INPUT];
	FILE *in = fopen(path, "re");
	size_t size;

	if (!in) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, sizeof(data), in);
	fclose(in);
	printf("%s: %zu bytes\n", path, size);
	fflush(stdout);
	return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
	glob_t corpus = { 0 };
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	if (argc > 1)
		return failed;
	if (glob("tests/fuzz/corpus/*", 0, NULL, &corpus) ||
	    glob("tests/cli/recordings/*", GLOB_APPEND, NULL, &corpus)) {
		fputs("no inputs in tests/fuzz/corpus and tests/cli/recordings; run from the "
		      "project's root\n",
		      stderr);
		return 1;
	}
	for (size_t i = 0; i < corpus.gl_pathc; i++)
		failed |= replay(corpus.gl_pathv[i]);
	globfree(&corpus);
	return failed;
}
