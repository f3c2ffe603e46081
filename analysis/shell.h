/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands as text that a POSIX shell reads back as the same words. */
#ifndef ANALYSIS_SHELL_H
#define ANALYSIS_SHELL_H

#include <stddef.h>

/* Append a blank and @word, quoted where it must be, to the text of @len bytes in @text. Returns
 * the new length, which exceeds @size where the text was cut. */
size_t shell_append(char *text, size_t size, size_t len, const char *word);

#endif
