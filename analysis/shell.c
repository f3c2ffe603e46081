// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/shell.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_plain(const char *word)
{
	return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_@%+=:,./-")];
}

static size_t append(char *text, size_t size, size_t len, const char *what, int bytes)
{
	return len + (size_t)snprintf(len < size ? text + len : NULL, len < size ? size - len : 0,
				      "%.*s", bytes, what);
}

/* Within single quotes all stands for itself; a quote itself goes outside: '\'' */
size_t shell_append(char *text, size_t size, size_t len, const char *word)
{
	if (len)
		len = append(text, size, len, " ", 1);
	if (is_plain(word))
		return append(text, size, len, word, (int)strlen(word));
	len = append(text, size, len, "'", 1);
	for (; *word; word++)
		len = *word == '\'' ? append(text, size, len, "'\\''", 4)
				    : append(text, size, len, word, 1);
	return append(text, size, len, "'", 1);
}
