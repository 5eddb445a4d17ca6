# SPDX-License-Identifier: MIT
# Installs and builds what the tests need: packages, sources, and test programs in several builds. Included by the
# Makefile. tests/test.sh lists the tests. A suite with its own .mk adds what it needs to test-programs.

DEPS = build/deps
CHECK_BUILD = BUILD=build/check SANITIZE=1 WERROR=1 CFLAGS="-O1 -g"
36_BUILD = BUILD=build/36 MBEDTLS_DIR=$(DEPS)/mbedtls
# In this build mbedTLS's memory can run out, and elliptic curve operations come in pieces.
ROOTS_BUILD = BUILD=build/roots SANITIZE=1 WERROR=1 MBEDTLS_DIR=$(DEPS)/mbedtls \
    CFLAGS="-O1 -g -DMBEDTLS_PLATFORM_MEMORY -DMBEDTLS_ECP_RESTARTABLE"
ROOTS_PROGRAM = build/roots/tests/unit/test_tls

BUILD_PACKAGES = gcc libc6-dev libmbedtls-dev
TEST_PACKAGES = $(BUILD_PACKAGES) openssl binutils clang g++ libcmocka-dev iproute2 util-linux
# clang's sanitizers and libFuzzer. On older releases they are in the package clang, and this package does not exist.
INSTALL_CLANG_RUNTIME = tests/install.sh libclang-rt-$$(clang -dumpversion | cut -d. -f1)-dev || true
# install_or_skip PACKAGES: tests that need a missing package are skipped, by name.
install_or_skip = tests/install.sh $(1) || echo "test: cannot install $(1): tests that need them are skipped" >&2

# The unit tests, and the programs that the peer tests run.
UNIT = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
UNIT_SUPPORT = $(call objects,$(wildcard tests/vectors/*.c tests/unit/support/*.c))
PEERS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/peer/*.c))
unit-programs: $(UNIT)
peer-programs: $(PEERS)

$(BUILD)/tests/%.o: LOCAL = -iquote core -iquote port/tls -iquote boards/host -iquote tests -iquote tests/unit -iquote $(BUILD)/tests/unit \
    -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE
$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(UNIT_SUPPORT) $(BUILD)/libemrs.a $(MBEDTLS_LIB)
	$(LINK) -o $@ $(filter %.o,$^) $(BUILD)/libemrs.a -lcmocka $(LIBS)
$(BUILD)/tests/unit/test_faults: $(call objects,$(wildcard tests/faults/*.c))
$(BUILD)/tests/unit/test_provider: $(BUILD)/tests/faults/page.o
# Parts of the command.
$(BUILD)/tests/unit/test_ini: $(BUILD)/boards/host/ini.o $(BUILD)/boards/host/words.o
$(BUILD)/tests/unit/test_key_file: $(BUILD)/boards/host/key_file.o
$(BUILD)/tests/unit/test_protect: $(BUILD)/boards/host/protect.o
# These use our own SHA-256: to test it, or so that the sanitizers see what it reads. All others use the library's.
$(foreach name,sha256 secrets_plain call request,$(BUILD)/tests/unit/test_$(name)): $(BUILD)/core/sha256.o
# The template's hash, in which the .sed file writes all marked lines.
$(BUILD)/tests/unit/test_check_hash.o: $(BUILD)/tests/unit/sha256_slots.h
$(BUILD)/tests/unit/sha256_slots.h: port/template/sha256_slots.c tests/unit/support/sha256_slots.sed
	@mkdir -p $(@D)
	@sed -f tests/unit/support/sha256_slots.sed $< >$@.new && ! grep -n TODO: $@.new && mv $@.new $@
$(BUILD)/tests/peer/%: $(BUILD)/tests/peer/%.o $(BUILD)/libemrs.a $(MBEDTLS_LIB)
	$(LINK) -o $@ $< $(BUILD)/libemrs.a $(LIBS)

test-packages:
	@tests/install.sh $(TEST_PACKAGES)
	@$(INSTALL_CLANG_RUNTIME)
	@$(call install_or_skip,awscli)
	@$(call install_or_skip,valgrind)
	@$(call install_or_skip,pkgconf cmake git mandoc musl-tools)
	@$(call install_or_skip,$(FIRMWARE_PACKAGES))
	@$(call install_or_skip,gcc-powerpc-linux-gnu libc6-dev-powerpc-cross qemu-user)
	@tests/peer/unpack.sh nginx nginx build/nginx || echo "test: no nginx: tests that need it are skipped" >&2
	@tests/peer/unpack.sh tinyproxy tinyproxy-bin build/tinyproxy || echo "test: no tinyproxy: tests that need it are skipped" >&2
	@tests/deps.sh $(DEPS) || echo "test: no sources of mbedTLS 3.6 and lwIP: tests that need them are skipped" >&2

# Needs a separate make after test-packages, because make looks for the sources when it reads this file.
test-programs: all peer-programs check-programs $(if $(wildcard $(DEPS)/mbedtls/library),36-programs roots-program)
check-programs:
	@$(MAKE) $(PARALLEL) $(CHECK_BUILD) unit-programs sim-programs
36-programs:
	@$(MAKE) $(PARALLEL) $(36_BUILD) build/36/emrs build/36/tests/peer/caller build/36/tests/peer/renewer
roots-program:
	@$(MAKE) $(PARALLEL) $(ROOTS_BUILD) $(ROOTS_PROGRAM)

moto: ## runs only the test of the command against moto (15 s)
	@tests/install.sh $(BUILD_PACKAGES) openssl
	@$(MAKE) $(PARALLEL) all
	@tests/test.sh "test_moto.py build/host"

# Builds anew each time: otherwise counts of earlier runs and of removed objects would stay.
coverage: ## checks that the unit tests execute all lines and branches of core (30 s)
	@tests/install.sh $(TEST_PACKAGES) gcovr
	@rm -rf build/coverage
	@$(MAKE) $(PARALLEL) BUILD=build/coverage CC=gcc CFLAGS="-O0 -g --coverage" unit-programs
	@tests/run.sh $(UNIT:$(BUILD)/%=build/coverage/%)
	@tests/run.sh "tests/coverage.sh build/coverage"

faults: ## runs the fault matrix, and writes its results to tests/FAULTS.md
	@$(MAKE) $(PARALLEL) $(CHECK_BUILD) build/check/tests/unit/test_faults build/check/tests/unit/test_provider
	@build/check/tests/unit/test_faults --write tests/FAULTS.md
	@build/check/tests/unit/test_provider --write tests/FAULTS.md

tls-memory: ## makes each allocation of a call over TLS fail, alone and with all later ones (10 minutes)
	@tests/install.sh $(TEST_PACKAGES)
	@tests/deps.sh $(DEPS)
	@$(MAKE) $(PARALLEL) roots-program
	@tests/run.sh "$(ROOTS_PROGRAM) every"

selftest: ## plants a defect for each test: exactly this test must fail (20 minutes)
	@tests/selftest.sh

debian12: ## runs make demo and make test in a fresh Debian 12 tree, with Debian's packages alone (as root; 20 minutes)
debian13: ## the same in a fresh Debian 13 tree
debian12 debian13:
	@tests/debian.sh $(if $(filter %12,$@),bookworm,trixie) build/$@

deps: ## fetches the sources of mbedTLS 3.6 and lwIP into build/deps, or uses those of MBEDTLS_DIR and LWIP_DIR
	@tests/deps.sh $(DEPS)

.PHONY: unit-programs peer-programs test-packages test-programs check-programs 36-programs roots-program moto coverage \
    faults tls-memory selftest debian12 debian13 deps
