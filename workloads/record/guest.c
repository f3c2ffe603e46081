// SPDX-License-Identifier: GPL-2.0-only
/*
 * The work that a recorded Linux guest does, each kind an argument: `guest KIND NUMBER...`.
 *
 * memory MIB ACCESSES: touch each page once, then ACCESSES of them at random.
 *
 * rr NUMBER MIB TOUCHES: request and response of one byte to 10.0.2.100:7, NUMBER times; after each
 * ten the next TOUCHES pages of MIB are written, spread over them. Then each answer is acknowledged
 * at once: TCP would wait up to 40 ms for the next request to go with it, about as long as these
 * writes take, so it would go by the clock whether that is one packet or two.
 *
 * echo USEC: the other side of it, in the host: each byte goes back, so much later. So it does not
 * meet the acknowledgement of the request at the guest, or meet it, by chance.
 *
 * bars ACCESSES MIB IO: at random a page of an ivshmem BAR or of MIB, and IO % of the time a
 * register of the VGA adapter, which is emulated.
 *
 * write MIB: in each round all pages are written.
 *
 * remap MIB: in each round memory decoding of an ivshmem device goes off and on, and its BAR and
 * MIB are touched.
 *
 * Rounds are made as the host asks for them, so that what it does meanwhile, and how much work
 * there is, does not go by the clock: it writes a number to the console, and reads "did TOTAL" when
 * they are made; 0 ends the work.
 *
 * Static and small, for it is part of the guest's initramfs. Random numbers are the same in each
 * run.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, MAX_DEVICES = 256, ECHO_PORT = 7, REGISTER_BYTES = 4, TOUCHES = 64 };
enum { PCI_COMMAND = 4, PCI_COMMAND_MEMORY = 2 };

#define IVSHMEM 0x1af41110
#define VGA	0x12341111
#define PCI	"/sys/bus/pci/devices/"

struct region {
	volatile unsigned char *memory;
	uint64_t bytes;
};

static uint64_t next_random(void) /* xorshift64* */
{
	static uint64_t x = 0x9e3779b97f4a7c15;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return x * 0x2545f4914f6cdd1d >> 16;
}

/* ---- memory ---- */

static struct region new_memory(uint64_t mib)
{
	struct region r = { .bytes = mib << 20 };
	void *p = mmap(NULL, r.bytes ? r.bytes : PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		error(1, errno, "%u MiB", (unsigned int)mib);
	madvise(p, r.bytes, MADV_NOHUGEPAGE);
	r.memory = p;
	return r;
}

static void touch(const struct region *r, uint64_t page)
{
	r->memory[page * PAGE % r->bytes]++;
}

static void do_memory(const uint64_t *arg)
{
	struct region r = new_memory(arg[0]);

	for (uint64_t i = 0; i < r.bytes / PAGE; i++)
		touch(&r, i);
	for (uint64_t i = 0; i < arg[1]; i++)
		touch(&r, next_random());
}

/* ---- rounds ---- */

/* False: the host asks for no more. */
static bool next_round(void)
{
	static unsigned int left, total;

	if (!left) {
		if (total)
			printf("did %u\n", total);
		fflush(stdout);
		if (scanf("%u", &left) != 1 || !left)
			return false;
	}
	left--;
	total++;
	return true;
}

static void do_write(const uint64_t *arg)
{
	struct region r = new_memory(arg[0]);

	while (next_round())
		for (uint64_t i = 0; i < r.bytes / PAGE; i++)
			touch(&r, i);
}

/* ---- network ---- */

static int dial(void)
{
	struct sockaddr_in echo = { .sin_family = AF_INET, .sin_port = htons(ECHO_PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	inet_pton(AF_INET, "10.0.2.100", &echo.sin_addr);
	if (fd < 0 || connect(fd, (struct sockaddr *)&echo, sizeof(echo)))
		error(1, errno, "10.0.2.100 port %d", ECHO_PORT);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* What is still to be acknowledged of what was read: tcp(7), TCP_QUICKACK. */
static void acknowledge(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static void do_rr(const uint64_t *arg)
{
	struct region r = new_memory(arg[1]);
	uint64_t page = 0;
	int fd = dial();
	char byte = 'x';

	for (uint64_t i = 0; i < arg[0]; i++) {
		if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
			error(1, errno, "request %u", (unsigned int)i);
		if (arg[2])
			acknowledge(fd);
		for (; page < (i + 1) * arg[2] / 10; page++)
			touch(&r, page);
	}
	close(fd);
}

static void do_echo(const uint64_t *arg)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) == 1) {
		usleep((useconds_t)arg[0]);
		if (write(STDOUT_FILENO, &byte, 1) != 1)
			error(1, errno, "echo");
	}
}

/* ---- devices ---- */

/* 0: there is no such device, or no longer. */
static uint64_t attribute(const char *device, const char *name)
{
	char path[300];
	unsigned int value = 0;
	FILE *in;

	snprintf(path, sizeof(path), PCI "%s/%s", device, name);
	in = fopen(path, "re");
	if (in && fscanf(in, "%x", &value) != 1)
		value = 0;
	if (in)
		fclose(in);
	return value;
}

/* Names of the devices that are vendor << 16 | device, sorted as the bus is. */
static unsigned int find_devices(unsigned int id, char names[MAX_DEVICES][16])
{
	struct dirent **entries;
	int all = scandir(PCI, &entries, NULL, alphasort);
	unsigned int nr = 0;

	for (int i = 0; i < all; i++) {
		const char *name = entries[i]->d_name;

		if (nr < MAX_DEVICES && name[0] != '.' &&
		    (attribute(name, "vendor") << 16 | attribute(name, "device")) == id)
			snprintf(names[nr++], 16, "%.15s", name);
		free(entries[i]);
	}
	free(entries);
	if (!nr)
		error(1, 0, "no PCI device %08x", id);
	return nr;
}

static int open_attribute(const char *device, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), PCI "%s/%s", device, name);
	return open(path, O_RDWR);
}

/* False: the device is gone. */
static bool set_decoding(const char *device, bool on)
{
	int fd = open_attribute(device, "config");
	uint16_t command;
	bool done = pread(fd, &command, sizeof(command), PCI_COMMAND) == sizeof(command);

	command = (uint16_t)(on ? command | PCI_COMMAND_MEMORY : command & ~PCI_COMMAND_MEMORY);
	done = done && pwrite(fd, &command, sizeof(command), PCI_COMMAND) == sizeof(command);
	close(fd);
	return done;
}

/* Of 0 bytes where the device is gone. */
static struct region map_bar(const char *device)
{
	int fd = open_attribute(device, "resource2");
	struct region r = { .bytes = 0 };
	struct stat st;
	void *p = MAP_FAILED;

	if (set_decoding(device, true) && !fstat(fd, &st)) /* no driver has claimed it */
		p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		r = (struct region){ .memory = p, .bytes = (uint64_t)st.st_size };
	return r;
}

static struct region map_bar_surely(const char *device)
{
	struct region r = map_bar(device);

	if (!r.bytes)
		error(1, errno, "%s", device);
	return r;
}

static void do_bars(const uint64_t *arg)
{
	static char names[MAX_DEVICES][16];
	static struct region bars[MAX_DEVICES];
	unsigned int nr = find_devices(VGA, names);
	struct region vga = map_bar_surely(names[0]), ram = new_memory(arg[1]);
	volatile uint32_t *registers = (volatile uint32_t *)(volatile void *)vga.memory;

	nr = find_devices(IVSHMEM, names);
	for (unsigned int i = 0; i < nr; i++)
		bars[i] = map_bar_surely(names[i]);
	for (uint64_t i = 0; i < arg[0]; i++) {
		uint64_t place = next_random() % 100;

		if (place < arg[2])
			(void)registers[next_random() % vga.bytes / REGISTER_BYTES];
		else if (place % 2)
			touch(&ram, next_random());
		else
			touch(&bars[next_random() % nr], next_random());
	}
}

/* While decoding is off the BAR is unbacked; when it is on again its slot is new, and nothing of it
 * mapped. */
static void remap(const char *device, const struct region *ram)
{
	struct region bar = map_bar(device);

	if (!bar.bytes)
		return;
	set_decoding(device, false);
	touch(&bar, 0);
	set_decoding(device, true);
	for (uint64_t page = 0; page < TOUCHES; page++)
		touch(&bar, page);
	for (uint64_t page = 0; page < ram->bytes / PAGE; page++)
		touch(ram, page);
	munmap((void *)bar.memory, bar.bytes);
}

static void do_remap(const uint64_t *arg)
{
	static char names[MAX_DEVICES][16];
	struct region ram = new_memory(arg[0]);

	for (uint64_t i = 0; next_round(); i++) {
		unsigned int nr = find_devices(IVSHMEM, names);

		remap(names[i % nr], &ram);
	}
}

static const struct work {
	const char *name;
	int nr_args;
	void (*run)(const uint64_t *arg);
} works[] = {
	{ "memory", 2, do_memory }, { "rr", 3, do_rr },	      { "bars", 3, do_bars },
	{ "write", 1, do_write },   { "remap", 1, do_remap }, { "echo", 1, do_echo },
};

int main(int argc, char **argv)
{
	uint64_t arg[3] = { 0 };

	for (const struct work *w = works; w < works + sizeof(works) / sizeof(works[0]); w++) {
		if (argc < 2 || strcmp(argv[1], w->name) || argc != w->nr_args + 2)
			continue;
		for (int i = 0; i < w->nr_args; i++)
			arg[i] = strtoull(argv[i + 2], NULL, 10);
		w->run(arg);
		return 0;
	}
	error(2, 0, "no such work");
}
