# SPDX-License-Identifier: MIT
# Builds the command emrs and the library libemrs.a. `make help` lists all targets.
#
#     make                                    needs only a C compiler and mbedTLS 2.28 or 3.6
#     make MBEDTLS_DIR=/path/to/mbedtls       builds mbedTLS from this source tree instead of using the system's
#     make BUILD=build/debug CFLAGS="-O0 -g"  builds into another folder, with other options
#     make SANITIZE=1                         uses AddressSanitizer and UndefinedBehaviorSanitizer
#     make WERROR=1                           treats warnings as errors
#     make CPPFLAGS="-DEMRS_JSMN='<jsmn.h>'"  uses another jsmn.h than core/jsmn.h
#
# If you change an option, make does not rebuild: use another BUILD, or run `make clean` first.

BUILD ?= build/host
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wconversion -Wshadow -Wvla -pedantic $(if $(WERROR),-Werror)
ifdef SANITIZE
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
INCLUDES = -Iinclude $(if $(MBEDTLS_DIR),-isystem $(MBEDTLS_DIR)/include)
# This option lets port/tls limit how much work the check of a peer's certificate chain may take (port/tls/README.md).
MBEDTLS_FLAGS = $(if $(MBEDTLS_DIR),-DMBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
COMPILE = $(CC) -std=c99 $(WARNINGS) $(SANITIZERS) $(CFLAGS) $(CPPFLAGS) $(MBEDTLS_FLAGS) $(INCLUDES) -pthread -MMD -MP
LINK = $(CC) $(SANITIZERS) $(CFLAGS) $(LDFLAGS)
MBEDTLS_LIB = $(if $(MBEDTLS_DIR),$(BUILD)/libmbedtls.a)
LIBS = $(or $(MBEDTLS_LIB),-lmbedtls -lmbedx509 -lmbedcrypto) -pthread

# The .c files of core and port are listed in the sources.txt of their folder, and nowhere else.
sources = $(shell cat $(1:%=%/sources.txt))
SOURCES := $(shell cat core/sources.txt port/sources.txt port/*/sources.txt)
# mbedTLS is here, so its SHA-256 replaces our own.
CORE := $(filter-out $(if $(filter port/mbedtls/%,$(SOURCES)),core/sha256.c),$(filter core/% port/mbedtls/%,$(SOURCES)))
# port/lwip is not in the library, because it is compiled with the lwipopts.h of an application.
LIBRARY := $(CORE) $(filter-out port/lwip/% port/mbedtls/%,$(filter port/%,$(SOURCES)))
HOST := $(wildcard boards/host/*.c)
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

all: $(BUILD)/emrs $(BUILD)/libemrs.a ## builds the command build/host/emrs and the library build/host/libemrs.a

$(BUILD)/emrs: $(call objects,$(HOST)) $(BUILD)/libemrs.a $(MBEDTLS_LIB)
	$(LINK) -o $@ $(call objects,$(HOST)) $(BUILD)/libemrs.a $(LIBS)
$(BUILD)/libemrs.a: $(call objects,$(LIBRARY))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) $(LOCAL) -c -o $@ $<
$(BUILD)/boards/host/%.o: LOCAL = -D_POSIX_C_SOURCE=200809L

MBEDTLS_SOURCES = $(wildcard $(MBEDTLS_DIR)/library/*.c)
$(BUILD)/libmbedtls.a: $(MBEDTLS_SOURCES:$(MBEDTLS_DIR)/library/%.c=$(BUILD)/mbedtls/%.o)
	@rm -f $@
	@$(AR) rcs $@ $^
$(BUILD)/mbedtls/%.o: $(MBEDTLS_DIR)/library/%.c
	@mkdir -p $(@D)
	@$(CC) $(SANITIZERS) $(CFLAGS) $(MBEDTLS_FLAGS) -I$(MBEDTLS_DIR)/include -I$(MBEDTLS_DIR)/library -w -c -o $@ $<

check: ## runs the unit tests with sanitizers, and checks the rules of the tree: use it after each edit (20 s)
	@$(MAKE) $(PARALLEL) $(CHECK_BUILD) unit-programs
	@tests/test.sh build/check/tests/unit/ tests/rules.sh tests/headers.sh

test: ## runs all tests that prove the product (installs what it needs; 12 minutes at most on two processors)
	@$(MAKE) $(PARALLEL) test-packages
	@$(MAKE) $(PARALLEL) test-programs
	@tests/test.sh

demo: ## cancels job runs at moto, or at our simulated service, from this computer and a board (installs what it needs)
	@tests/demo.sh

help: ## prints this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

clean: ## removes build/
	rm -rf build

# Options for a make that a recipe calls: quiet, and on all processors unless this make has a -j option.
PARALLEL = --no-print-directory -s $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

include $(wildcard boards/host/*.mk) tests/test.mk boards/firmware.mk tests/size/size.mk
include $(filter-out tests/size/%,$(sort $(wildcard tests/*/*.mk tests/*/*/*.mk)))
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all check test demo help clean
.SECONDARY:
