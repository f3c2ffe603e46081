// SPDX-License-Identifier: GPL-2.0-only
/* The table as comma-separated values (RFC 4180): one line a cell; a missing number is empty. */
#include "analysis/record.h"
#include "analysis/report.h"

struct csv {
	FILE *out;
	bool headed;
};

static void put_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_value(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		put_text(out, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		fprintf(out, "%.9g", json_real_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", out);
}

static int put_line(void *to, const json_t *record)
{
	struct csv *csv = to;
	const char *key, *comma = "";
	json_t *value;

	if (!csv->headed)
		json_object_foreach ((json_t *)record, key, value) {
			fprintf(csv->out, "%s%s", comma, key);
			comma = ",";
		}
	if (!csv->headed)
		fputs("\r\n", csv->out);
	csv->headed = true;
	comma = "";
	json_object_foreach ((json_t *)record, key, value) {
		fputs(comma, csv->out);
		put_value(csv->out, value);
		comma = ",";
	}
	fputs("\r\n", csv->out);
	return 0;
}

int report_csv(FILE *out, const struct table *table)
{
	struct csv csv = { out, false };

	return record_each(table, put_line, &csv);
}
