// SPDX-License-Identifier: GPL-2.0-only
/* slotsim: find the command and run it. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"

struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define CMD(name, summary) { #name, summary, cmd_##name },
	CMD_LIST(CMD)
#undef CMD
};
enum { NR_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct command *command_named(const char *name)
{
	for (int i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void help(FILE *out)
{
	fputs("usage: slotsim COMMAND [options]\n"
	      "Record what a KVM guest asks of its memory slots, and replay it against lookup "
	      "structures.\n\n",
	      out);
	for (int i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nslotsim help COMMAND tells a command's options; slotsim --version the version.\n"
	      "Exit codes: 0 done, 1 runtime error, 2 usage, 3 bad input, 4 this machine cannot do "
	      "it,\n"
	      "5 a comparison gate failed, 130 interrupted with outputs closed properly.\n",
	      out);
}

int main(int argc, char **argv)
{
	const struct command *command;
	char *asked[] = { argc > 2 ? argv[2] : NULL, "--help", NULL };

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("slotsim " SLOTSIM_VERSION);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (!strcmp(argv[1], "help") && argc == 2)) {
		help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "help")) {
		argv = asked;
		argc = 2;
	} else {
		argv++;
		argc--;
	}
	command = command_named(argv[0]);
	if (!command) {
		fprintf(stderr, "slotsim: no command '%s'; slotsim help lists them\n", argv[0]);
		return EXIT_USAGE;
	}
	return command->run(argc, argv);
}
