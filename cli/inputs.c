// SPDX-License-Identifier: GPL-2.0-only
#include "cli/inputs.h"

#include <stdlib.h>

#include "cli/cli.h"

int inputs_load(struct inputs *inputs, int nr, char *const *paths)
{
	*inputs = (struct inputs){ 0 };
	if (!nr)
		return cli_error(EXIT_USAGE, "no results named; slotsim replay -o FILE makes them");
	inputs->files = calloc((size_t)nr, sizeof(*inputs->files));
	if (!inputs->files)
		return cli_error(EXIT_RUNTIME, "out of memory");
	for (int i = 0; i < nr; i++) {
		struct results *file;
		struct diag d;

		if (results_load(paths[i], &file, &d) < 0) {
			inputs_free(inputs);
			return cli_fail(&d);
		}
		inputs->files[inputs->nr++] = file;
	}
	return EXIT_DONE;
}

void inputs_free(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->nr; i++)
		results_free((struct results *)inputs->files[i]);
	free(inputs->files);
}
