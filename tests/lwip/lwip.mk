# SPDX-License-Identifier: MIT
# The tests of port/lwip: a device with lwIP's own threads, built three times. Included by Makefile.
#
# LWIP_BUILD     the folder of one build; its last part is the variant: plain, asan or tsan
# LWIP_VARIANTS  the variants that `make lwip` builds and runs

LWIP_VARIANTS = plain asan tsan
LWIP_BUILD = build/lwip/plain
LWIP_VARIANT = $(notdir $(LWIP_BUILD))
LWIP = $(DEPS)/lwip
LWIP_PATHS = -isystem $(LWIP)/src/include -isystem $(LWIP)/contrib/ports/unix/port/include \
    -isystem $(DEPS)/mbedtls/include -Itests/lwip \
    -DMBEDTLS_CONFIG_FILE='<mbedtls_client.h>'

# Only the TSan build has TLS 1.3, and so PSA, because TSan tests what the tasks share. mbedTLS is not
# compiled with UBSan: that alone would take longer than all the rest.
lwip_san_plain =
lwip_san_asan = -fsanitize=address -fno-sanitize-recover=all -fno-omit-frame-pointer
lwip_san_tsan = -fsanitize=thread -DDEVICE_TLS_1_3
LWIP_SANITIZERS = $(lwip_san_$(LWIP_VARIANT))
LWIP_UNDEFINED = $(if $(filter asan,$(LWIP_VARIANT)),-fsanitize=undefined)

LWIP_THEIRS = $(wildcard $(LWIP)/src/core/*.c $(LWIP)/src/core/ipv4/*.c $(LWIP)/src/core/ipv6/*.c \
    $(LWIP)/src/api/*.c) $(LWIP)/src/netif/ethernet.c $(LWIP)/contrib/ports/unix/port/sys_arch.c \
    $(LWIP)/contrib/ports/unix/port/netif/tapif.c $(wildcard $(DEPS)/mbedtls/library/*.c)
LWIP_DEVICE = device link memory foreign loop
LWIP_PORT = $(call sources,port port/tls port/lwip)
LWIP_OURS = $(CORE) $(LWIP_PORT) $(LWIP_DEVICE:%=tests/lwip/%.c)
LWIP_OBJECTS = $(patsubst %.c,$(LWIP_BUILD)/%.o,$(LWIP_THEIRS:$(DEPS)/%=%) $(LWIP_OURS))

$(LWIP_OBJECTS): tests/lwip/lwipopts.h tests/lwip/mbedtls_client.h

# Third-party code is compiled without warnings.
LWIP_COMPILE = $(CC) -O1 -g $(LWIP_SANITIZERS) -pthread $(LWIP_PATHS)
$(LWIP_BUILD)/mbedtls/%.o: $(DEPS)/mbedtls/%.c
	@mkdir -p $(@D)
	@$(LWIP_COMPILE) -w -c -o $@ $<
$(LWIP_BUILD)/lwip/%.o: $(DEPS)/lwip/%.c
	@mkdir -p $(@D)
	@$(LWIP_COMPILE) $(LWIP_UNDEFINED) -w -c -o $@ $<

LWIP_COMPILE_OURS = $(LWIP_COMPILE) $(LWIP_UNDEFINED) -std=c99 $(WARNINGS) -Werror -Iinclude \
    -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -MMD -MP
$(LWIP_BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(LWIP_COMPILE_OURS) -iquote port -c -o $@ $<
$(LWIP_BUILD)/device: $(LWIP_OBJECTS)
	$(CC) -g $(LWIP_SANITIZERS) $(LWIP_UNDEFINED) -pthread -o $@ $^

# port/lwip/names.c with NO_SYS=1. Of lwIP it has only the headers: the test itself is the DNS.
build/lwip/test_names: tests/lwip/test_names.c port/lwip/names.c port/lwip/names.h include/emrs_port.h \
    tests/lwip/lwipopts.h
	@mkdir -p $(@D)
	$(CC) -std=c99 -O1 -g $(WARNINGS) -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -iquote port -Iinclude $(LWIP_PATHS) -DNO_SYS=1 -D_POSIX_C_SOURCE=200809L -o $@ \
	    tests/lwip/test_names.c port/lwip/names.c

lwip-programs:
	@for each in $(LWIP_VARIANTS); do \
	    $(MAKE) $(PARALLEL) LWIP_BUILD=build/lwip/$$each build/lwip/$$each/device || exit 1; done
	@$(MAKE) $(PARALLEL) build/lwip/test_names

test-programs: $(if $(wildcard $(LWIP)/src),lwip-programs)

lwip: ## tests the sockets port on lwIP's own threads: plain, with ASan and UBSan, with TSan
	@tests/deps.sh $(DEPS)
	@$(MAKE) $(PARALLEL) lwip-programs
	@tests/test.sh build/lwip/test_names tests/lwip/builds.sh $(LWIP_VARIANTS:%=build/lwip/%/device)

-include $(shell find $(LWIP_BUILD) -name '*.d' 2>/dev/null)
.PHONY: lwip lwip-programs
