# SPDX-License-Identifier: MIT
# The tests of port/lwip/raw.c: the real lwIP without an operating system, in three builds by two
# compilers, with a simulated network and peer. Included by the Makefile, after boards/firmware.mk,
# whose list of lwIP's sources is used here. A row is build/lwip-raw/OPTIONS-COMPILER.

RAW = build/lwip-raw
RAW_OPTIONS = small tight wide
RAW_COMPILERS = gcc clang
RAW_ROWS = $(foreach cc,$(RAW_COMPILERS),$(RAW_OPTIONS:%=%-$(cc)))
RAW_TESTS = test_raw test_call
RAW_HERE = tests/lwip/raw
RAW_LWIP_SOURCES = $(filter-out src/apps/% src/core/ipv4/dhcp.c,$(FW_LWIP_SOURCES))
RAW_SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
RAW_FLAGS = -std=c99 -O1 -g $(RAW_SANITIZERS) -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -MMD -MP
RAW_PATHS = -I$(RAW_HERE) -isystem $(FW_LWIP)/src/include
RAW_OURS = $(RAW_FLAGS) $(WARNINGS) -Werror $(INCLUDES) -iquote port
RAW_PORT = $(call sources,port port/lwip)
RAW_OBJECTS = $(RAW_PORT:.c=.o) $(RAW_HERE)/wire.o $(RAW_HERE)/peer.o $(RAW_HERE)/stream.o $(RAW_LWIP_SOURCES:%.c=lwip/%.o)

# raw_compiler COMPILER: files that do not include lwIP are compiled once for all options.
define raw_compiler
$(RAW)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@$(1) $$(RAW_OURS) -iquote core -iquote tests/unit -c -o $$@ $$<
endef

# raw_row OPTIONS COMPILER: all other files. Third-party code is compiled without warnings.
define raw_row
$(RAW)/$(1)-$(2)/lwip/%.o: $(FW_LWIP)/%.c $(RAW_HERE)/lwipopts.h boards/bare/lwipopts.h
	@mkdir -p $$(@D)
	@$(2) $$(RAW_FLAGS) $$(RAW_PATHS) -DRAW_$(1) -w -c -o $$@ $$<
$(RAW)/$(1)-$(2)/%.o: %.c
	@mkdir -p $$(@D)
	@$(2) $$(RAW_OURS) $$(RAW_PATHS) -DRAW_$(1) -iquote tests/unit -c -o $$@ $$<
$(RAW)/$(1)-$(2)/%: $(RAW)/$(1)-$(2)/$(RAW_HERE)/%.o $(RAW_OBJECTS:%=$(RAW)/$(1)-$(2)/%) \
        $(patsubst %.c,$(RAW)/$(2)/%.o,$(CORE) tests/unit/support/bench.c) \
        $(MBEDTLS_LIB)
	@$(2) -g $$(RAW_SANITIZERS) -o $$@ $$(filter %.o,$$^) -lcmocka $$(LIBS)
endef
$(foreach cc,$(RAW_COMPILERS),$(eval $(call raw_compiler,$(cc))))
$(foreach cc,$(RAW_COMPILERS),$(foreach options,$(RAW_OPTIONS),$(eval $(call raw_row,$(options),$(cc)))))

RAW_PROGRAMS = $(foreach row,$(RAW_ROWS),$(RAW_TESTS:%=$(RAW)/$(row)/%))
lwip-raw-programs: $(RAW_PROGRAMS)
test-programs: $(if $(wildcard $(FW_LWIP)/src),lwip-raw-programs)

lwip-raw: ## tests TCP over lwIP's callbacks, on the real lwIP, with a peer that breaks the rules
	@tests/deps.sh $(DEPS)
	@$(MAKE) $(PARALLEL) lwip-raw-programs
	@tests/run.sh $(RAW_PROGRAMS)

-include $(shell find $(RAW) -name '*.d' 2>/dev/null)
.PHONY: lwip-raw lwip-raw-programs
