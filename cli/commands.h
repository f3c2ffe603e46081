/* SPDX-License-Identifier: GPL-2.0-only */
/* One line a command; cli/NAME.c holds it. The order is the order of `slotsim help`: the way of the
 * data. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#define CMD_LIST(CMD)                                                                              \
	CMD(guest, "run a real KVM guest that makes a known list of accesses")                     \
	CMD(capture, "record what a live KVM guest asks of its memory slots")                      \
	CMD(generate, "a synthetic trace from a recipe")                                           \
	CMD(fit, "the recipe whose synthetic traces resemble a recorded one")                      \
	CMD(check, "is a trace valid, complete and lossless?")                                     \
	CMD(info, "what a trace holds: mix, slots over time, working set, rates, loss")            \
	CMD(convert, "a trace in the other form, whole or filtered")                               \
	CMD(build, "a structure of your own, from a C file, for replay -x")                        \
	CMD(replay, "traces against lookup structures: checked, measured, written as results")     \
	CMD(answer, "the memory slot questions of 2011, for these traces")                         \
	CMD(compare, "what differs between results, before and after")                             \
	CMD(report, "results as a table for a review thread")                                      \
	CMD(plot, "results as figures: svg, png, pdf or text")                                     \
	CMD(list, "structures, cache layers, eras, modes, counters or recipes")                    \
	CMD(env, "what this machine can capture and measure, and why not")                         \
	CMD(selftest, "this machine's noise floor: a structure compared with itself")

#define CMD(name, summary) int cmd_##name(int argc, char **argv);
CMD_LIST(CMD)
#undef CMD

#endif
