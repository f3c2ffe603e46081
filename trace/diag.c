// SPDX-License-Identifier: GPL-2.0-only
#include "trace/diag.h"

#include <stdarg.h>
#include <stdio.h>

int diag_set(struct diag *d, enum exit_code code, int err, const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return err;
	d->code = code;
	va_start(ap, fmt);
	vsnprintf(d->text, sizeof(d->text), fmt, ap);
	va_end(ap);
	return err;
}
