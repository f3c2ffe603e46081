// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text of perf script, with its default fields:
 *
 *	COMM TID [CPU] SECONDS.FRACTION: SYSTEM:NAME: what the kernel's print format makes of it
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/import/tracepoints.h"
#include "trace/stream.h"

enum { MAX_LINE = 4096 };

struct reading {
	struct recording *r;
	struct tracepoints *tracepoints;
	uint64_t line;
	struct diag *d;
};

static bool recognise(const char *head, size_t size)
{
	if (!size || head[0] == '{' || memchr(head, '\0', size))
		return false;
	return memmem(head, size, ": kvm:", 6) || memmem(head, size, " kvm:kvm_", 9) ||
	       memmem(head, size, " kvmmmu:", 8);
}

static int refuse(struct reading *in, int err, const char *why)
{
	return diag_set(in->d, EXIT_INPUT, err, "%s: line %" PRIu64 ": %s", in->r->path, in->line,
			why);
}

/* Where the event's name begins, and its system's; NULL: none of KVM's. */
static char *find_event(char *line)
{
	char *kvm = strstr(line, " kvm:"), *mmu = strstr(line, " kvmmmu:");

	if (!kvm || (mmu && mmu < kvm))
		kvm = mmu;
	return kvm ? kvm + 1 : NULL;
}

static char *skip_back(char *start, char *end, int (*is)(int))
{
	while (end > start && is((unsigned char)end[-1]))
		end--;
	return end;
}

/* "79.860930120" */
static bool parse_time(const char *text, uint64_t *t_ns)
{
	char *point, *end;
	uint64_t seconds = strtoull(text, &point, 10), ns;

	if (point == text || *point != '.' || seconds > UINT64_MAX / 2000000000)
		return false;
	ns = strtoull(point + 1, &end, 10);
	if (*end || end == point + 1 || end - point - 1 > 9)
		return false;
	for (long digits = end - point - 1; digits < 9; digits++)
		ns *= 10;
	*t_ns = seconds * 1000000000 + ns;
	return true;
}

/* Thread and time out of what stands before the event; it is cut up. */
static bool parse_head(char *line, char *event, struct tracepoint *tp)
{
	char *end = skip_back(line, event, isspace), *word;

	if (end == line || end[-1] != ':')
		return false;
	end[-1] = '\0';
	for (word = end - 1; word > line && !isspace((unsigned char)word[-1]); word--)
		;
	if (word == line || !parse_time(word, &tp->t_ns))
		return false;
	end = skip_back(line, word, isspace);
	if (end > line && end[-1] == ']') { /* [CPU] */
		while (end > line && end[-1] != '[')
			end--;
		end = end > line ? skip_back(line, end - 1, isspace) : line;
	}
	word = skip_back(line, end, isdigit);
	if (word == end || (word > line && !isspace((unsigned char)word[-1]) && word[-1] != '/'))
		return false;
	tp->tid = atoi(word);
	return true;
}

/* The text does not name the instruction set; the names of the exits of VMX are in capitals. */
static uint64_t isa_of(const char *text)
{
	const char *reason = strstr(text, "reason ");

	return reason && isupper((unsigned char)reason[7]) && !strstr(reason, " excp rip");
}

static int take_event(struct reading *in, char *line, char *event)
{
	char *name = strchr(event, ':') + 1, *text = strchr(name, ':');
	struct tracepoint tp = { 0 };

	if (!text)
		return 0; /* a word of another program's */
	tp.id = tracepoint_find(event, (size_t)(name - 1 - event), name, (size_t)(text - name));
	if (tp.id == NR_TRACEPOINTS)
		return 0;
	if (!parse_head(line, event, &tp))
		return refuse(in, -EINVAL,
			      "no COMM TID [CPU] TIME: before the event; make the text by perf "
			      "script --ns without -F");
	for (unsigned int i = 0; i < TRACEPOINT_VALUES; i++)
		if (tracepoint_formats[tp.id].values[i].text &&
		    !tracepoint_parse(tp.id, i, text, &tp.values[i]))
			return refuse(in, -EINVAL,
				      "this kernel's print format is not known; record by slotsim "
				      "capture, memslots.bt or trace-cmd, which need no text");
	if (tp.id == TP_EXIT)
		tp.values[0] = isa_of(text);
	return tracepoints_take(in->tracepoints, &tp, in->d);
}

static int take_line(struct reading *in, const char *from, size_t size)
{
	char line[MAX_LINE], *event, *lost;
	uint64_t nr;

	if (size >= sizeof(line))
		return refuse(in, -EFBIG,
			      "longer than any line of perf script; make the text by "
			      "perf script --ns, without -F or -g");
	memcpy(line, from, size);
	line[size] = '\0';
	if (line[0] == '#') {
		sscanf(line, "# os release : %64s", in->r->kernel);
		return 0;
	}
	lost = strstr(line, "PERF_RECORD_LOST");
	if (lost && (lost = strstr(lost, "lost ")) && (nr = strtoull(lost + 5, NULL, 10)))
		in->r->lost += nr;
	event = find_event(line);
	return event ? take_event(in, line, event) : 0;
}

static int read_lines(struct reading *in, struct stream *stream)
{
	const char *line;
	size_t size;
	int rc;

	while ((rc = stream_line(stream, &line, &size)) > 0) {
		bool whole = rc == 1;

		in->line++;
		if (!whole)
			return refuse(in, -ENODATA, "truncated: no newline; copy it again");
		rc = take_line(in, line, size);
		if (rc < 0)
			return rc;
	}
	in->line++;
	return rc < 0 ? refuse(in, rc, strerror(-rc)) : tracepoints_end(in->tracepoints, in->d);
}

static int read_perf(struct recording *r, struct diag *d)
{
	struct reading in = { .r = r, .d = d };
	struct stream *stream;
	int rc = stream_open(r->path, &stream, d);

	if (rc < 0)
		return rc;
	rc = tracepoints_new(r, &in.tracepoints, d);
	if (!rc)
		rc = read_lines(&in, stream);
	tracepoints_free(in.tracepoints);
	stream_close(stream);
	return rc;
}

const struct import_format import_perf = {
	.name = "perf script",
	.recognise = recognise,
	.read = read_perf,
};
