/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A place in a JSON document, so that every complaint names its path: $.layout.slots[1].npages.
 *
 * Objects are read by a table of fields; a key that is not in the table is refused. A field that is
 * absent leaves its default alone.
 */
#ifndef WORKLOADS_NODE_H
#define WORKLOADS_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/diag.h"

struct node {
	const char *file;
	const struct node *up; /* NULL for the root */
	const char *key;       /* NULL for an array's element */
	size_t index;
	json_t *json; /* NULL if absent */
};

enum field_type {
	FIELD_UINT,   /* uint64_t within min..max */
	FIELD_FIXED,  /* uint64_t in fixed point, SHARE_ONE is 1; a real within min..max */
	FIELD_BOOL,   /* bool */
	FIELD_STRING, /* const char *, owned by the document */
	FIELD_CUSTOM, /* read() is called with the object's base */
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	uint64_t min, max;
	int (*read)(const struct node *node, void *base, struct diag *d);
};

#define FIELD_END                                                                                  \
	{                                                                                          \
		NULL                                                                               \
	}

struct node node_key(const struct node *up, const char *key);
struct node node_item(const struct node *up, size_t index);

/* EXIT_INPUT and -EINVAL: "FILE: PATH: what was wrong". */
int node_error(const struct node *node, struct diag *d, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Read an object's fields into @base by @fields; whatever the table does not name is an error. */
int node_fields(const struct node *node, const struct field *fields, void *base, struct diag *d);

/* Its two halves, for an object that several tables describe (NULL ends @tables). */
int node_known(const struct node *node, const struct field *const *tables, struct diag *d);
int node_read(const struct node *node, const struct field *fields, void *base, struct diag *d);

int node_uint(const struct node *node, uint64_t min, uint64_t max, uint64_t *value, struct diag *d);
int node_fixed(const struct node *node, uint64_t min, uint64_t max, uint64_t *value,
	       struct diag *d);

/* How many elements the array has, within min..max. */
int node_array(const struct node *node, size_t min, size_t max, size_t *nr, struct diag *d);

/* The position of the node's string in @names (NULL ends them). */
int node_choice(const struct node *node, const char *const *names, int *choice, struct diag *d);

#endif
