// SPDX-License-Identifier: GPL-2.0-only
/* slotsim guest: a real KVM guest whose accesses are known. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "workloads/guest/guest.h"

static struct guest_config config = {
	.seed = 1,
	.accesses = 100000,
	.weight = { 70, 10, 20 },
	.ram_bytes = 512 << 20,
	.nr_mapped = 32,
	.mapped_pages = 256,
	.miss_pages = 64,
	.burst = 8,
};
static uint64_t nr_vcpus = 1;

static const struct opt opts[] = {
	{ "seed", 's', OPT_NUMBER, &config.seed, "N", "access list number N (default 1)" },
	{ "accesses", 'n', OPT_NUMBER, &config.accesses, "N", "in all (default 100000)" },
	{ "ram", 0, OPT_NUMBER, &config.weight[GUEST_RAM], "N", "share of RAM (default 70)" },
	{ "mapped", 0, OPT_NUMBER, &config.weight[GUEST_MAPPED], "N",
	  "share of mapped device memory (default 10)" },
	{ "miss", 0, OPT_NUMBER, &config.weight[GUEST_MISS], "N",
	  "share of unbacked device memory (default 20)" },
	{ "slots", 0, OPT_NUMBER, &config.nr_mapped, "N", "device-like slots (default 32)" },
	{ "slot-pages", 0, OPT_NUMBER, &config.mapped_pages, "N",
	  "pages of each device-like slot (default 256)" },
	{ "ram-size", 0, OPT_SIZE, &config.ram_bytes, "SIZE", "RAM, in two slots (default 512M)" },
	{ "miss-pages", 0, OPT_NUMBER, &config.miss_pages, "N", "unbacked pages (default 64)" },
	{ "burst", 0, OPT_NUMBER, &config.burst, "N",
	  "neighbouring pages touched in a row (default 8)" },
	{ "vcpus", 'c', OPT_NUMBER, &nr_vcpus, "N", "vCPUs, each with a share (default 1)" },
	{ "rom", 0, OPT_NUMBER, &config.weight[GUEST_ROM], "N",
	  "share of writes to a read-only slot (default 0)" },
	{ "notify", 0, OPT_NUMBER, &config.weight[GUEST_NOTIFY], "N",
	  "share of writes to ioeventfds on unbacked pages (default 0)" },
	{ "churn", 0, OPT_NUMBER, &config.times[GUEST_CHURN], "N",
	  "times that a spare slot is added and removed meanwhile (default 0)" },
	{ "churn-all", 0, OPT_FLAG, &config.churn_all, NULL,
	  "and in between its flags change and it moves" },
	{ "dirty-log", 0, OPT_NUMBER, &config.times[GUEST_LOG_DIRTY], "N",
	  "times that half the RAM is logged, the log read, and logging ended (default 0)" },
	{ "discard", 0, OPT_NUMBER, &config.times[GUEST_DISCARD], "N",
	  "times that some of this half is given back to the host, to fault anew (default 0)" },
	{ "rate", 'r', OPT_NUMBER, &config.rate_hz, "N",
	  "accesses a second and vCPU (default: as fast as it goes)" },
	{ 0 },
};

static const struct usage usage = {
	.command = "guest",
	.operands = "",
	.summary =
		"Run a real KVM guest that makes a known list of accesses; prints one JSON line.",
	.details =
		"A page is first touched in bursts, each page once before any comes again, so\n"
		"`pages` says how many faults the slots saw. Slot 0 holds the guest's own pages:\n"
		"`own` counts them, and its page tables, which fault under nested paging only.\n"
		"Every 511 accesses, and at the end, a vCPU writes to an unbacked page of its own "
		"to ask for\n"
		"more: these `doorbells` count as misses. The device-like slots are mapped from a "
		"memfd named ivshmem.\n"
		"--churn, --dirty-log and --discard run beside the accesses, a "
		"millisecond "
		"apart, to\n"
		"the end even if the accesses end first; `changes` and `discards` count them. "
		"Slots "
		"that go, move or\n"
		"are given back make pages fault again: then `pages` is the least a capture can "
		"hold.",
	.opts = opts,
};

static void print_classes(const char *what, const uint64_t n[GUEST_NR_CLASSES])
{
	printf("\"%s\":{\"ram\":%" PRIu64 ",\"mapped\":%" PRIu64 ",\"miss\":%" PRIu64
	       ",\"rom\":%" PRIu64 ",\"notify\":%" PRIu64 "},",
	       what, n[GUEST_RAM], n[GUEST_MAPPED], n[GUEST_MISS], n[GUEST_ROM], n[GUEST_NOTIFY]);
}

static void print(const struct guest_report *r)
{
	const uint64_t *times = config.times;
	uint64_t all = config.churn_all ? times[GUEST_CHURN] : 0;

	putchar('{');
	print_classes("accesses", r->accesses);
	print_classes("pages", r->pages);
	printf("\"changes\":{\"create\":%" PRIu64 ",\"delete\":%" PRIu64 ",\"move\":%" PRIu64
	       ",\"flags\":%" PRIu64 "},\"discards\":%" PRIu64 ",",
	       times[GUEST_CHURN], times[GUEST_CHURN], all, all + 2 * times[GUEST_LOG_DIRTY],
	       times[GUEST_DISCARD]);
	printf("\"own\":{\"pages\":%" PRIu64 ",\"tables\":%" PRIu64 "},\"doorbells\":%" PRIu64
	       ",\"miss_repeats\":%" PRIu64 ",\"slots\":%" PRIu64
	       ",\"vcpus\":%u,\"paging\":\"%s\",\"seed\":%" PRIu64 ",\"ns\":%" PRIu64 "}\n",
	       r->own_pages, r->table_pages, r->doorbells, r->miss_repeats, r->slots,
	       config.nr_vcpus, r->nested_paging ? "nested" : "shadow", config.seed, r->ns);
}

int cmd_guest(int argc, char **argv)
{
	int first = cli_parse(&usage, argc, argv);
	struct guest_report report;
	struct diag d;

	if (first < 0)
		return cli_parse_exit(first);
	if (first < argc)
		return cli_error(EXIT_USAGE, "'%s' is not an option; see slotsim guest --help",
				 argv[first]);
	config.nr_vcpus = nr_vcpus > GUEST_MAX_VCPUS ? GUEST_MAX_VCPUS + 1 : (unsigned int)nr_vcpus;
	if (guest_run(&config, &report, &d) < 0)
		return cli_fail(&d);
	print(&report);
	return EXIT_DONE;
}
