# SPDX-License-Identifier: MIT
# Fuzzing with libFuzzer, under ASan and UBSan. Included by Makefile; tests/fuzz/README.md.
#
# FUZZ_S       how many seconds `make fuzz` runs each target (60)
# FUZZ_TARGET  the targets that it runs, without "fuzz_" (all)

FUZZ_NAMES = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGET = $(FUZZ_NAMES)
FUZZ_S = 60
FUZZ_BUILD = build/fuzz
FUZZ_PACKAGES = clang libjansson-dev python3 python3-h11
FUZZ_INSTALL = tests/install.sh $(FUZZ_PACKAGES) && { $(INSTALL_CLANG_RUNTIME); }

fuzz_program = $(FUZZ_BUILD)/tests/fuzz/$(1)
FUZZ_PROGRAMS = $(call fuzz_program,seeds) $(call fuzz_program,reader) $(FUZZ_NAMES:%=$(call fuzz_program,fuzz_%))
FUZZ_SHARED = $(call objects,tests/fuzz/reading.c $(wildcard tests/vectors/*.c))

$(BUILD)/tests/fuzz/%.o: LOCAL += -D_GNU_SOURCE
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_SHARED) $(BUILD)/libemrs.a
	$(LINK) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(BUILD)/libemrs.a $(LIBS) -ljansson
$(BUILD)/tests/fuzz/fuzz_ini: $(BUILD)/boards/host/ini.o $(BUILD)/boards/host/words.o
$(BUILD)/tests/fuzz/seeds $(BUILD)/tests/fuzz/reader: %: %.o $(FUZZ_SHARED) $(BUILD)/libemrs.a
	$(LINK) -o $@ $(filter %.o,$^) $(BUILD)/libemrs.a $(LIBS) -ljansson

fuzz-programs:
	@$(MAKE) $(PARALLEL) BUILD=$(FUZZ_BUILD) CC=clang SANITIZE=1 WERROR=1 \
	    CFLAGS="-O1 -g -fsanitize=fuzzer-no-link" $(FUZZ_PROGRAMS)

fuzz-smoke: ## runs each fuzz target a fixed number of times, and the two differential tests (a minute)
	@$(FUZZ_INSTALL)
	@$(MAKE) $(PARALLEL) fuzz-programs
	@tests/run.sh $(FUZZ_SMOKE_TESTS)

FUZZ_SMOKE_TESTS = $(FUZZ_NAMES:%="tests/fuzz/run.sh %") "tests/fuzz/test_http.sh"

fuzz: ## runs each target, or those of FUZZ_TARGET="call sieve", for FUZZ_S seconds; keeps findings in build/fuzz
	@$(FUZZ_INSTALL)
	@$(MAKE) $(PARALLEL) fuzz-programs
	@tests/run.sh $(FUZZ_TARGET:%="tests/fuzz/run.sh % $(FUZZ_S)")

.PHONY: fuzz-programs fuzz-smoke fuzz
