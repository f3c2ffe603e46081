# SPDX-License-Identifier: GPL-2.0-only
# slotsim: one Makefile, no recursion; `make help` lists the targets.
#
# A variant is the same tree with other flags, in a folder of its own: `make VARIANT=asan` leaves build/asan/slotsim.

VERSION  := 1.0
VARIANT  ?=
O        := build$(if $(VARIANT),/$(VARIANT))
prefix   ?= /usr/local
CC       := gcc
CFLAGS   ?= -O2 -g
BPF_CC   := clang

ifeq ($(VARIANT),asan)
SANITIZE := address,undefined
endif
ifeq ($(VARIANT),tsan)
SANITIZE := thread
endif
ifeq ($(VARIANT),clang)
CC := clang
endif
ifeq ($(VARIANT),fuzz)
CC := clang
SANITIZE := fuzzer-no-link,address,undefined
endif

WARN := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith -Wundef -Wvla \
	-Wno-missing-field-initializers $(if $(filter 0,$(WERROR)),,-Werror)
ALL_CFLAGS := -std=gnu11 $(CFLAGS) $(WARN) -I. -I$(O) -D_GNU_SOURCE -DSLOTSIM_VERSION='"$(VERSION)"' \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
LDLIBS := -lJudy -ljansson -lzstd -lurcu-memb -lnettle -lm -lpthread
, := ,

# Called by structures that are loaded at run time.
EXPORTS := $(patsubst %,-Wl$(,)--export-dynamic-symbol=index_touch_%,begin read unknown end)

# Capture needs a BPF compiler, bpftool and libbpf; without them all else is built, and it says so.
CAPTURE := $(if $(and $(shell command -v $(BPF_CC)),$(shell command -v bpftool),$(wildcard /usr/include/bpf/libbpf.h)),y)
ifeq ($(CAPTURE),y)
ALL_CFLAGS += -DHAVE_CAPTURE
LDLIBS += -lbpf -lelf -lz
else
$(info slotsim: clang, bpftool or libbpf-dev is missing: building without capture)
endif

# Reading files of trace-cmd needs its library.
ifeq ($(shell pkg-config --exists libtracecmd libtraceevent && echo y),y)
ALL_CFLAGS += -DHAVE_TRACE_CMD $(shell pkg-config --cflags libtracecmd libtraceevent)
LDLIBS += $(shell pkg-config --libs libtracecmd libtraceevent)
else
$(info slotsim: libtracecmd-dev or libtraceevent-dev is missing: building without its reader)
endif

# Each station's sources; adding a file needs no edit here.
STATIONS := trace trace/import $(if $(CAPTURE),capture) workloads workloads/guest replay replay/index replay/cache replay/counters analysis plots
LIB_SRC  := $(filter-out %.bpf.c,$(foreach d,$(STATIONS),$(wildcard $(d)/*.c)))
CLI_SRC  := $(wildcard cli/*.c)
# Every structure of list.h a second time, with its loads recorded, for touch().
INDEXES  := $(subst _,-,$(shell sed -n 's/^[[:space:]]*INDEX(\([a-z0-9_]*\)).*/\1/p' replay/index/list.h))
LIB_OBJ  := $(LIB_SRC:%.c=$(O)/obj/%.o) $(INDEXES:%=$(O)/obj/replay/index/%.touch.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(O)/obj/%.o)
BPF_SRC  := $(if $(CAPTURE),$(wildcard capture/*.bpf.c))
SKEL     := $(BPF_SRC:%.bpf.c=$(O)/%.skel.h)
HEADERS  := $(filter-out %.bpf.h,$(foreach d,$(STATIONS) cli,$(wildcard $(d)/*.h)))

TEST_SRC := $(filter-out $(if $(CAPTURE),,tests/unit/capture-%),$(wildcard tests/unit/*.c tests/diff/*.c))
TESTS    := $(TEST_SRC:%.c=$(O)/%) $(O)/tests/fuzz/onefile

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' '$(1)' '$(2)')

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all build deps tests test soak soak-capture vmtest vmtest-slots fuzz bench bench-load bench-generate bench-candidate bench-capture demo answer compare-same dial twins traces traces-again kernel-indexes check-headers format lint install uninstall man deb clean help FORCE

all: build
build: $(O)/slotsim

# ---- compile ------------------------------------------------------------------------------------------------

# Objects depend on this stamp, which changes when the compiler or the flags do.
$(O)/flags: FORCE
	$(Q)mkdir -p $(O)
	$(Q)echo '$(CC) $(ALL_CFLAGS) $(BPF_CC)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(BPF_CC)' > $@

$(O)/obj/%.o: %.c $(O)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# These look for installed files; they alone depend on where to.
PREFIXED := $(patsubst %,$(O)/obj/%.o,plots/gnuplot cli/build cli/list)
$(PREFIXED): ALL_CFLAGS += -DSLOTSIM_PREFIX='"$(prefix)"'
$(PREFIXED): $(O)/prefix
$(O)/prefix: FORCE
	$(Q)mkdir -p $(O)
	$(Q)echo '$(prefix)' | cmp -s - $@ || echo '$(prefix)' > $@

# What `slotsim build` compiles with: as the structures here, so that the comparison is fair.
INDEX_CFLAGS := $(filter-out -Werror -I% -DSLOTSIM_% -DHAVE_%,$(ALL_CFLAGS))
$(O)/obj/cli/build.o: ALL_CFLAGS += -DBUILD_CC='"$(CC)"' -DBUILD_CFLAGS='"$(INDEX_CFLAGS)"'

# SIMD structures; each asks the CPU before it is used.
$(O)/obj/replay/index/%-avx2.o $(O)/obj/replay/index/%-avx2.touch.o: ALL_CFLAGS += -mavx2 -mpopcnt
$(O)/obj/replay/index/%-avx512.o $(O)/obj/replay/index/%-avx512.touch.o: ALL_CFLAGS += -mavx512f -mpopcnt

$(O)/obj/%.touch.o: %.c $(O)/flags
	$(call say,TOUCH,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -DINDEX_TOUCH -MMD -MP -c -o $@ $<

$(O)/%.bpf.o: %.bpf.c $(O)/flags
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPF_CC) -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -Wall -Werror -I. -I/usr/include/x86_64-linux-gnu \
		-MMD -MP -c -o $@ $<
	$(Q)llvm-strip -g $@

$(O)/%.skel.h: $(O)/%.bpf.o
	$(Q)bpftool gen skeleton $< name $(notdir $*)_bpf > $@

$(filter $(O)/obj/capture/%,$(LIB_OBJ)): $(SKEL)

$(O)/libslotsim.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/slotsim: $(CLI_OBJ) $(O)/libslotsim.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXPORTS) -o $@ $^ $(LDLIBS)

$(O)/tests/%: $(O)/obj/tests/%.o $(O)/libslotsim.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(O)/tests/fuzz/onefile: $(O)/obj/tests/fuzz/onefile.o $(O)/obj/tests/fuzz/loader.o $(O)/libslotsim.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS)

FUZZERS := loader indexes
$(FUZZERS:%=$(O)/tests/fuzz/%): $(O)/tests/fuzz/%: $(O)/obj/tests/fuzz/%.o $(O)/libslotsim.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(subst fuzzer-no-link,fuzzer,$(ALL_CFLAGS)) -o $@ $^ $(LDLIBS)

# It makes allocations of ours fail.
$(O)/tests/unit/trace-out-of-memory: LDLIBS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup,--wrap=strndup

-include $(wildcard $(O)/obj/tests/fuzz/*.d) $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TEST_SRC:%.c=$(O)/obj/%.d) $(BPF_SRC:%.c=$(O)/%.d)

# ---- use and test -------------------------------------------------------------------------------------------

deps:
	$(Q)deps/install.sh

tests: $(TESTS)

# Every variant first, so that a broken build is seen before the first test runs.
test: deps
	$(Q)$(MAKE) --no-print-directory build
	$(Q)$(MAKE) --no-print-directory VARIANT=clang build
	$(Q)$(MAKE) --no-print-directory VARIANT=asan build tests
	$(Q)tests/run.sh $(ONLY)

demo: deps
	$(Q)$(MAKE) --no-print-directory build
	$(Q)workloads/demo.sh

KERNEL ?= 6.1
NPT    ?= 1
vmtest-slots: build # attaching to a running QEMU guest of SLOTS=500 slots, here and on KERNEL= NPT=
	$(Q)SLOTS='$(or $(SLOTS),500)' tests/run.sh capture/slots-of-running-guest-differ.sh
	$(Q)SLOTS='$(or $(SLOTS),500)' JOBS=1 tests/vm/run -t 900 $(KERNEL) $(NPT) tests/run.sh capture/slots-of-running-guest-differ.sh
vmtest: build # the capture tests on KERNEL=5.10|6.1|6.12|7.2 with NPT=1|0, emulated
	$(Q)ROOT=$(CURDIR) VM='$(KERNEL) $(NPT)' tests/vm/capture-differs-from-guest.sh

# libFuzzer over the trace loader, both forms, the importers, and the structures, each checked after every update. What it finds
# lands in build/fuzz; onefile replays what the loader got.
FUZZ_SECONDS ?= 60
FUZZ_FLAGS   := -len_control=0 -max_len=4096 -rss_limit_mb=1024 -print_final_stats=1
fuzz:
	$(Q)$(MAKE) --no-print-directory VARIANT=fuzz $(FUZZERS:%=build/fuzz/tests/fuzz/%)
	$(Q)for fuzzer in $(FUZZERS); do mkdir -p build/fuzz/corpus/$$fuzzer; \
		build/fuzz/tests/fuzz/$$fuzzer $(FUZZ_FLAGS) -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/fuzz/$$fuzzer- \
		build/fuzz/corpus/$$fuzzer tests/fuzz/corpus tests/cli/recordings || exit 1; done

# Every structure against a plain linear search: 10^5 updates, 10^8 lookups each. SEED=, INDEX= as in docs/adding.md.
soak: SEED ?= $(shell date +%s)
soak:
	$(Q)$(MAKE) --no-print-directory VARIANT=asan build/asan/tests/diff/indexes
	$(Q)printf '%s\n' $(or $(INDEX),$(filter-out null,$(INDEXES))) | SEED=$(SEED) CHECK_BYTES=4194304 OPS=100000 LOOKUPS=100000000 \
		xargs -P "$$(nproc)" -I{} env INDEX={} build/asan/tests/diff/indexes

soak-capture: build # capture of a guest at full speed for SOAK=60 seconds: events/s and lost
	$(Q)SOAK='$(SOAK)' tests/bench/soak-capture.sh

answer: build # the 2011 questions for four recorded traces, asked twice; TRACES= SLOTS=
	$(Q)TRACES='$(TRACES)' SLOTS='$(SLOTS)' tests/bench/answer-twice.sh

dial: build # cycles per access against mix, one line per era
	$(Q)workloads/dial.sh

compare-same: build # 30 replays of one trace compared with each other; REPLAYS= TRACE=
	$(Q)REPLAYS='$(REPLAYS)' TRACE='$(TRACE)' tests/bench/compare-same.sh

twins: build # do synthetic twins rank the structures as the recorded traces do?
	$(Q)workloads/twins.sh

# Real guests, recorded in the emulated host of tests/vm. ONLY= names some.
traces: build # into workloads/traces, with their cards
	$(Q)workloads/record/make.sh workloads/traces $(ONLY)

traces-again: build # into build/traces; are their shares those of workloads/traces?
	$(Q)rm -rf build/traces
	$(Q)workloads/record/make.sh build/traces $(ONLY) || true # compare misses what failed
	$(Q)workloads/record/compare.sh workloads/traces build/traces $(ONLY)

bench: build # every structure on 9 to 32764 slots; do the known orders come out? TRACES= for others
	$(Q)tests/bench/orders.sh

bench-candidate: build # the candidate of replay/index/granule.c against its targets: docs/candidate.md
	$(Q)tests/bench/candidate.sh

bench-capture: build # what recording costs the guest, against perf, trace-cmd and bpftrace; ROUNDS= ACCESSES= VM='6.12 1'
	$(Q)ROUNDS='$(ROUNDS)' ACCESSES='$(ACCESSES)' VM='$(VM)' tests/bench/capture.sh

bench-generate: build # events/s of slotsim generate
	$(Q)tests/bench/generate.sh

bench-load: build $(O)/tests/bench/load # how fast traces load, against bare jansson
	$(Q)mkdir -p $(O)/bench
	$(Q)$(O)/tests/bench/load $(O)/bench

# Structures from the kernel's own sources, for replay -x kernel-rbtree,kernel-maple,kernel-xarray.
KDIR ?= build/linux-source
kernel-indexes: build
	$(Q)CC='$(CC)' CFLAGS='$(INDEX_CFLAGS)' replay/kernel/build.sh $(KDIR) $(O)

check-headers: # each header compiles alone
	$(Q)for h in $(HEADERS); do \
		echo "#include \"$$h\"" | $(CC) $(ALL_CFLAGS) -Wno-unused -fsyntax-only -x c - || exit 1; done

format: # rewrite the sources in the project's style
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

# ---- install ------------------------------------------------------------------------------------------------

# One list for install, uninstall and deb: SOURCE:DESTINATION below the prefix.
COMMANDS := $(shell sed -n 's/^.CMD.\([a-z]*\),.*/\1/p' cli/commands.h)
MAN1     := $(patsubst %,slotsim%.1,$(addprefix -,$(COMMANDS))) slotsim.1
MAN5     := slotsim-trace.5 slotsim-recipe.5 slotsim-results.5
INSTALLED = $(O)/slotsim:bin/slotsim \
	$(foreach p,$(MAN1),$(O)/man/$(p):share/man/man1/$(p)) \
	$(foreach p,$(MAN5),$(O)/man/$(p):share/man/man5/$(p)) \
	$(foreach f,$(wildcard plots/*.gp),$(f):share/slotsim/$(f)) \
	$(foreach f,$(wildcard workloads/recipes/*.json),$(f):share/slotsim/recipes/$(notdir $(f))) \
	$(foreach f,$(wildcard docs/*.schema.json),$(f):share/slotsim/$(notdir $(f))) \
	$(foreach f,$(wildcard replay/index/*.h),$(f):include/slotsim/$(f)) \
	workloads/sweep.sbatch:share/slotsim/sweep.sbatch \
	capture/memslots.bt:share/slotsim/memslots.bt \
	docs/template.c:share/slotsim/template.c \
	man/slotsim.bash:share/bash-completion/completions/slotsim \
	man/_slotsim:share/zsh/site-functions/_slotsim
into = $(DESTDIR)$(prefix)/$(lastword $(subst :, ,$(1)))

man: $(O)/man/slotsim.1
$(O)/man/slotsim.1: $(O)/slotsim man/make.sh man/page1.awk man/page5.awk $(wildcard docs/*-format.md)
	$(call say,MAN,$(O)/man)
	$(Q)man/make.sh $(O)/slotsim $(O)/man

install: $(O)/slotsim man
	$(Q)$(foreach i,$(INSTALLED),install -D -m $(if $(filter %/slotsim,$(firstword $(subst :, ,$(i)))),755,644) \
		$(firstword $(subst :, ,$(i))) '$(call into,$(i))' &&) true

# Folders that are empty then and that only this program uses go too.
uninstall:
	$(Q)rm -f $(foreach i,$(INSTALLED),'$(call into,$(i))')
	$(Q)for dir in share/slotsim include/slotsim; do \
		! [ -d '$(DESTDIR)$(prefix)'/$$dir ] || find '$(DESTDIR)$(prefix)'/$$dir -depth -type d -empty -delete; done

# A package of what install installs; the libraries it needs are those of the build section of deps/packages.txt.
DEB = $(O)/slotsim_$(VERSION)_$(shell dpkg --print-architecture).deb
deb: man
	$(Q)rm -rf $(O)/deb && mkdir -p $(O)/deb/DEBIAN
	$(Q)$(MAKE) --no-print-directory O=$(O)/usr prefix=/usr DESTDIR=$(CURDIR)/$(O)/deb install
	$(Q)sed 's/@VERSION@/$(VERSION)/; s/@ARCH@/$(shell dpkg --print-architecture)/' man/control.in >$(O)/deb/DEBIAN/control
	$(Q)dpkg-deb --root-owner-group --build $(O)/deb $(DEB) >/dev/null
	$(Q)rm -rf $(O)/deb && echo $(DEB)

clean:
	rm -rf build

help:
	@echo 'make             the program, build/slotsim'
	@echo 'make demo        guest -> trace -> replay -> table and figures, in build/demo'
	@echo 'make test        all tests; ONLY=cli or ONLY=cli/check-rejects.sh runs some'
	@echo 'make vmtest      the capture tests on KERNEL=5.10|6.1|6.12|7.2 NPT=1|0, emulated'
	@echo 'make vmtest-slots  a running QEMU guest of 500 slots, here and on KERNEL= NPT='
	@echo 'make soak        every structure, 10^8 lookups and 10^5 updates against a linear search; SEED= INDEX='
	@echo 'make soak-capture  capture of a guest at full speed for SOAK=60 seconds: events/s and lost'
	@echo 'make fuzz        libFuzzer over the trace loader, the importers and the structures; FUZZ_SECONDS=60'
	@echo 'make answer      the 2011 questions for four recorded traces, asked twice, in build/answer'
	@echo 'make compare-same  30 replays of one trace: how often does compare call them different?'
	@echo 'make dial        cycles per access against mix, one line per era, in build/dial'
	@echo 'make twins       do synthetic twins rank the structures as the recorded traces do?'
	@echo 'make traces      record the traces of real guests, workloads/record/scenarios; ONLY="boot memory" some of them'
	@echo 'make traces-again  record them anew, in build/traces, and compare the shares; ONLY='
	@echo 'make bench       every structure on 9 to 32764 slots: do the known orders come out?'
	@echo 'make bench-candidate  granule against rbtree, target by target (docs/candidate.md)'
	@echo 'make bench-capture  what recording costs the guest, against perf, trace-cmd and bpftrace; ROUNDS= ACCESSES= VM='
	@echo 'make bench-generate  events/s of slotsim generate'
	@echo 'make bench-load  how fast traces load, against bare jansson'
	@echo 'make kernel-indexes KDIR=TREE   the rbtree, maple tree and xarray of a kernel tree, for replay -x'
	@echo 'make VARIANT=asan|tsan|clang   another build, in build/VARIANT'
	@echo 'make install uninstall DESTDIR= prefix=/usr/local'
	@echo 'make deb         a Debian package of the same files, in build/'
