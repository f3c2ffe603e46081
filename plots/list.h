/* SPDX-License-Identifier: GPL-2.0-only */
/* Every figure: plots/NAME.c writes its table, plots/NAME.gp draws it. The order is plot's. */
#ifndef PLOTS_LIST_H
#define PLOTS_LIST_H

#define FIGURE_LIST(FIGURE)                                                                        \
	FIGURE(cycles)                                                                             \
	FIGURE(scaling)                                                                            \
	FIGURE(history)                                                                            \
	FIGURE(mix)                                                                                \
	FIGURE(latency)                                                                            \
	FIGURE(bump)                                                                               \
	FIGURE(lines)                                                                              \
	FIGURE(layers)                                                                             \
	FIGURE(share)                                                                              \
	FIGURE(memory)

#endif
