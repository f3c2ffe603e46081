// SPDX-License-Identifier: GPL-2.0-only
/* The words of the trace format, by enum. */
#include "trace/trace.h"

const char *const trace_op_names[TRACE_NR_OPS] = {
#define OP(sym, name) [TRACE_##sym] = name,
	TRACE_OPS(OP)
#undef OP
};

const char *const trace_kind_names[TRACE_NR_KINDS] = {
	[TRACE_KIND_RAM] = "ram",
	[TRACE_KIND_MAPPED] = "mapped",
	[TRACE_KIND_ROM] = "rom",
};

const char *const trace_change_names[TRACE_NR_CHANGE_OPS] = {
	[TRACE_CREATE] = "create",
	[TRACE_DELETE] = "delete",
	[TRACE_MOVE] = "move",
	[TRACE_FLAGS] = "flags",
};
