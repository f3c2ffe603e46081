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
	{ "churn", 0, OPT_NUMBER, &config.churn, "N",
	  "times that a spare slot is added and removed meanwhile (default 0)" },
	{ "churn-all", 0, OPT_FLAG, &config.churn_all, NULL,
	  "and in between its flags change and it moves" },
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
		"memfd named ivshmem.",
	.opts = opts,
};

static void print(const struct guest_report *r)
{
	printf("{\"accesses\":{\"ram\":%" PRIu64 ",\"mapped\":%" PRIu64 ",\"miss\":%" PRIu64 "},",
	       r->accesses[GUEST_RAM], r->accesses[GUEST_MAPPED], r->accesses[GUEST_MISS]);
	printf("\"pages\":{\"ram\":%" PRIu64 ",\"mapped\":%" PRIu64 ",\"miss\":%" PRIu64 "},",
	       r->pages[GUEST_RAM], r->pages[GUEST_MAPPED], r->pages[GUEST_MISS]);
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
