# SPDX-License-Identifier: MIT
# `make help` lists the targets. A build needs a C compiler, mbedTLS and jsmn, nothing else.
#
# BUILD        where it goes (build/host)
# MBEDTLS_DIR  an mbedTLS source tree to build with, instead of the system's library
# JSMN_DIR     a folder with jsmn.h, instead of the system's
# SANITIZE=1   AddressSanitizer and UndefinedBehaviorSanitizer
# WERROR=1     warnings are errors

BUILD ?= build/host
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wconversion -Wshadow -Wvla -pedantic $(if $(WERROR),-Werror)
ifdef SANITIZE
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
INCLUDES = -Iinclude $(if $(MBEDTLS_DIR),-isystem $(MBEDTLS_DIR)/include) \
           $(if $(JSMN_DIR),-isystem $(JSMN_DIR))
# With this option TLS limits what checking a peer's chain may cost (port/tls/README.md).
MBEDTLS_FLAGS = $(if $(MBEDTLS_DIR),-DMBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
COMPILE = $(CC) -std=c99 $(WARNINGS) $(SANITIZERS) $(CFLAGS) $(CPPFLAGS) $(MBEDTLS_FLAGS) $(INCLUDES) -MMD -MP
LINK = $(CC) $(SANITIZERS) $(CFLAGS) $(LDFLAGS)

CORE = $(filter-out core/sha256.c,$(wildcard core/*.c)) port/mbedtls/sha256.c
PORT = $(wildcard port/*.c port/tls/*.c port/posix/*.c port/verified/*.c port/checker/*.c port/trace/*.c)
HOST = $(wildcard boards/host/*.c)
UNIT = $(wildcard tests/unit/test_*.c)
VECTORS = $(wildcard tests/vectors/*.c) $(wildcard tests/unit/support/*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
MBEDTLS_LIBS = $(if $(MBEDTLS_DIR),$(BUILD)/libmbedtls.a,-lmbedtls -lmbedx509 -lmbedcrypto)
LIBS = $(MBEDTLS_LIBS) -pthread

all: $(BUILD)/emrs $(BUILD)/libemrs.a ## the command build/host/emrs and the library build/host/libemrs.a

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

$(BUILD)/libemrs.a: $(call objects,$(CORE) $(PORT))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/emrs: $(call objects,$(HOST)) $(BUILD)/libemrs.a $(if $(MBEDTLS_DIR),$(BUILD)/libmbedtls.a)
	$(LINK) -o $@ $(call objects,$(HOST)) $(BUILD)/libemrs.a $(LIBS)

# The core is C99 and nothing else; what talks to POSIX says so.
$(BUILD)/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(BUILD)/port/%.o: port/%.c
	@mkdir -p $(@D)
	$(COMPILE) -iquote core -D_POSIX_C_SOURCE=200809L -pthread -c -o $@ $<

$(BUILD)/boards/host/%.o: boards/host/%.c
	@mkdir -p $(@D)
	$(COMPILE) -iquote core -D_POSIX_C_SOURCE=200809L -pthread -c -o $@ $<

$(BUILD)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(COMPILE) -iquote core -iquote port/tls -iquote boards/host -iquote tests -iquote tests/unit \
	    -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -pthread -c -o $@ $<

$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(call objects,$(VECTORS)) $(BUILD)/libemrs.a \
                            $(if $(MBEDTLS_DIR),$(BUILD)/libmbedtls.a)
	$(LINK) -o $@ $(filter %.o,$^) $(BUILD)/libemrs.a -lcmocka $(LIBS)
$(BUILD)/tests/unit/test_faults: $(call objects,$(wildcard tests/faults/*.c))
$(BUILD)/tests/unit/test_sha256 $(BUILD)/tests/unit/test_secrets_plain: $(BUILD)/core/sha256.o

# mbedTLS from source, with its own warnings its own affair.
MBEDTLS_SOURCES = $(wildcard $(MBEDTLS_DIR)/library/*.c)
MBEDTLS_OBJECTS = $(patsubst $(MBEDTLS_DIR)/library/%.c,$(BUILD)/mbedtls/%.o,$(MBEDTLS_SOURCES))
$(BUILD)/mbedtls/%.o: $(MBEDTLS_DIR)/library/%.c
	@mkdir -p $(@D)
	@$(CC) $(SANITIZERS) $(CFLAGS) $(MBEDTLS_FLAGS) -I$(MBEDTLS_DIR)/include -I$(MBEDTLS_DIR)/library -w -c -o $@ $<
$(BUILD)/libmbedtls.a: $(MBEDTLS_OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

# The peers' own programs: they read requests on stdin and write what we would send.
$(BUILD)/tests/peer/%: $(BUILD)/tests/peer/%.o $(BUILD)/libemrs.a $(if $(MBEDTLS_DIR),$(BUILD)/libmbedtls.a)
	$(LINK) -o $@ $< $(BUILD)/libemrs.a $(LIBS)

UNIT_PROGRAMS = $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT))
PEER_PROGRAMS = $(patsubst tests/peer/%.c,$(BUILD)/tests/peer/%,$(wildcard tests/peer/*.c))
unit-programs: $(UNIT_PROGRAMS)
peer-programs: $(PEER_PROGRAMS)

# Two processes unless told otherwise: by -j, or by a make above this one.
PARALLEL = --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

DEPS = build/deps
BUILD_PACKAGES = gcc libc6-dev libmbedtls-dev libjsmn-dev
DEMO_PACKAGES = $(BUILD_PACKAGES) openssl
TEST_PACKAGES = $(DEMO_PACKAGES) binutils clang g++ libcmocka-dev iproute2 util-linux
# clang's sanitizers and libFuzzer. An older release has them in a package that clang itself brings.
INSTALL_CLANG_RUNTIME = tests/install.sh libclang-rt-$$(clang -dumpversion | cut -d. -f1)-dev || true
BIG_ENDIAN_PACKAGES = gcc-powerpc-linux-gnu libc6-dev-powerpc-cross qemu-user

check: ## the fast loop: unit tests under sanitizers, and the rules of the tree (under 20 s)
	@$(MAKE) $(PARALLEL) -s BUILD=build/check SANITIZE=1 WERROR=1 CFLAGS="-O1 -g" unit-programs
	@tests/run.sh $(patsubst tests/unit/%.c,build/check/tests/unit/%,$(UNIT)) tests/rules.sh tests/headers.sh

# Anew each time: what an object counted, and what was an object, would stay.
coverage: ## lines and branches of core that the unit tests take: all of them (30 s)
	@tests/install.sh $(TEST_PACKAGES) gcovr
	@rm -rf build/coverage
	@$(MAKE) $(PARALLEL) -s BUILD=build/coverage CC=gcc CFLAGS="-O0 -g --coverage" unit-programs
	@tests/run.sh $(patsubst tests/unit/%.c,build/coverage/tests/unit/%,$(UNIT))
	@tests/run.sh "tests/coverage.sh build/coverage"

faults: ## runs the fault matrix, and writes tests/FAULTS.md from what the run has seen
	@$(MAKE) $(PARALLEL) -s BUILD=build/check SANITIZE=1 WERROR=1 CFLAGS="-O1 -g" build/check/tests/unit/test_faults
	@build/check/tests/unit/test_faults --write tests/FAULTS.md

# Builds the TLS port's tests with an mbedTLS whose memory can run out, and whose curves come in pieces.
ROOTS_PROGRAM = build/roots/tests/unit/test_tls
roots-program:
	@$(MAKE) $(PARALLEL) -s BUILD=build/roots SANITIZE=1 WERROR=1 MBEDTLS_DIR=$(DEPS)/mbedtls \
	    CFLAGS="-O1 -g -DMBEDTLS_PLATFORM_MEMORY -DMBEDTLS_ECP_RESTARTABLE" $(ROOTS_PROGRAM)

tls-memory: ## fails each allocation of a call over TLS in turn, alone and with all behind it (10 minutes of a core)
	@tests/install.sh $(TEST_PACKAGES)
	@$(MAKE) $(PARALLEL) -s deps
	@$(MAKE) $(PARALLEL) -s roots-program
	@tests/run.sh "$(ROOTS_PROGRAM) every"

demo: ## cancel job runs at moto over verified TLS, from here and from a board (installs what it needs)
	@tests/install.sh $(DEMO_PACKAGES)
	@$(MAKE) $(PARALLEL) -s all
	@image=$(FW)/lm3s6965evb.elf; trust=$(FW)/trust; \
	$(MAKE) $(PARALLEL) -s deps && tests/install.sh $(FIRMWARE_PACKAGES) && \
	    $(MAKE) $(PARALLEL) -s $$image || { echo "demo: no firmware here: this computer only" >&2; image= trust=-; }; \
	python=$$(tests/peer/python.sh) || { echo "demo: skipped: there is no Python with moto here (see above)" >&2; exit 0; }; \
	$$python tests/peer/demo.py $$trust build/host/emrs $$image

test: ## everything that proves the product (installs what it needs; 12 minutes at most on two processors)
	@tests/install.sh $(TEST_PACKAGES)
	@$(INSTALL_CLANG_RUNTIME)
	@tests/install.sh awscli || echo "test: no package awscli: what needs it is skipped" >&2
	@tests/peer/nginx.sh build/nginx || echo "test: no nginx: what needs it is skipped" >&2
	@tests/install.sh $(FIRMWARE_PACKAGES) || echo "test: no compiler or emulator for Cortex-M: skipped" >&2
	@tests/install.sh valgrind || echo "test: no package valgrind: what needs it is skipped" >&2
	@tests/install.sh $(BIG_ENDIAN_PACKAGES) || echo "test: no big-endian target: skipped" >&2
	@$(MAKE) $(PARALLEL) -s deps || echo "test: no sources of mbedTLS 3.6 and lwIP: what needs them is skipped" >&2
	@$(MAKE) $(PARALLEL) -s all peer-programs
	@$(MAKE) $(PARALLEL) -s BUILD=build/check SANITIZE=1 WERROR=1 CFLAGS="-O1 -g" unit-programs sim-programs
	@$(MAKE) $(PARALLEL) -s sim-programs
	@[ ! -e $(DEPS)/mbedtls ] || \
	    $(MAKE) $(PARALLEL) -s BUILD=build/36 MBEDTLS_DIR=$(DEPS)/mbedtls build/36/emrs build/36/tests/peer/caller
	@[ ! -e $(DEPS)/mbedtls ] || $(MAKE) $(PARALLEL) -s roots-program
	@[ ! -e $(DEPS)/lwip ] || $(MAKE) $(PARALLEL) -s lwip-raw-programs
	@[ ! -e $(DEPS)/lwip ] || $(MAKE) $(PARALLEL) -s lwip-programs
	@$(WITH_PYTHON); \
	if [ -n "$$EMRS_PYTHON" ] && [ -e $(DEPS)/lwip ] && command -v $(FIRMWARE_CC) >/dev/null; then \
	    $(MAKE) $(PARALLEL) -s images || exit 1; fi; \
	tests/run.sh $(LONG_TESTS) $(SHORT_TESTS)

moto: ## the command against moto alone (15 s)
	@tests/install.sh $(DEMO_PACKAGES)
	@$(MAKE) $(PARALLEL) -s all
	@$(WITH_PYTHON); tests/run.sh $(MOTO_TEST)

# Looked for once. If there is none, each test that needs it is skipped by name.
WITH_PYTHON = EMRS_PYTHON=$$(tests/peer/python.sh) || echo "no Python with moto: what needs it is skipped" >&2; \
    export EMRS_PYTHON; python=$${EMRS_PYTHON:-tests/optional.sh Python-with-moto}
MOTO_TEST = "$$python tests/peer/test_moto.py build/host/emrs"

# The long ones come first, so that short ones fill the processors at the end.
LONG_TESTS = $(FIRMWARE_TESTS) tests/size/size.sh "$$python tests/peer/test_awscli.py build/host/emrs" $(LWIP_TESTS) \
    "$$python tests/peer/test_faults.py build/host/tests/peer/caller" \
    "tests/optional.sh build/36/tests/peer/caller $$python tests/peer/test_faults.py build/36/tests/peer/caller tls=13" \
    "$$python tests/peer/test_checker.py build/host/tests/peer/checked" \
    $(MATRIX_ROWS:%="tests/matrix.sh $(DEPS)/mbedtls %") tests/secrets/run.sh
MATRIX_ROWS = gcc-36 clang-36 gcc-system clang-system
SHORT_TESTS = \
    $(patsubst tests/unit/%.c,build/check/tests/unit/%,$(UNIT)) tests/rules.sh tests/headers.sh tests/readme.sh tests/template.sh \
    "tests/optional.sh $(ROOTS_PROGRAM) $(ROOTS_PROGRAM)" \
    $(foreach program,$(RAW_PROGRAMS),"tests/optional.sh $(program) $(program)") \
    "$$python tests/peer/test_sign.py build/host/tests/peer/signer" \
    "$$python tests/peer/test_endpoint.py build/host/tests/peer/resolver" \
    $(MOTO_TEST) \
    "tests/optional.sh build/36/emrs $$python tests/peer/test_moto.py build/36/emrs" \
    "$$python tests/peer/test_tls.py build/host/emrs" \
    "tests/optional.sh build/36/emrs $$python tests/peer/test_tls.py build/36/emrs" \
    "$$python tests/peer/test_calls.py build/host/tests/peer/caller" \
    "tests/optional.sh build/36/tests/peer/caller $$python tests/peer/test_calls.py build/36/tests/peer/caller" \
    "$$python tests/peer/test_command.py build/host/emrs" \
    $(SIM_TESTS) "tests/target/run.sh powerpc" "tests/target/run.sh mps2-an385" "tests/target/run.sh lm3s6965evb"

selftest: ## plant a defect a gate: exactly that gate must turn red (20 minutes)
	@tests/selftest.sh

debian12: ## both of the README's commands in a fresh Debian 12 tree, with Debian's packages alone (as root; 20 minutes)
debian13: ## the same in a fresh Debian 13 tree
debian12 debian13:
	@tests/debian.sh $(if $(filter %12,$@),bookworm,trixie) build/$@

deps: ## fetch the sources of mbedTLS 3.6, lwIP and jsmn into build/deps, or use MBEDTLS_DIR, LWIP_DIR, JSMN_DIR
	@tests/deps.sh $(DEPS)

clean: ## removes build/
	rm -rf build

include $(sort $(wildcard boards/*.mk tests/*/*.mk tests/*/*/*.mk))

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all help check coverage faults tls-memory demo test moto selftest debian12 debian13 deps clean unit-programs peer-programs roots-program
.SECONDARY:
