# SPDX-License-Identifier: MIT
# The tests of port/lwip: a device with lwIP's own threads, three times over. Included by the Makefile.
#
# LWIP_BUILD  where one of the three goes; its last part says which: plain, asan, tsan

LWIP_VARIANTS = plain asan tsan
LWIP_BUILD ?= build/lwip/plain
LWIP_SANITIZERS = $(if $(findstring asan,$(LWIP_BUILD)),-fsanitize=address$(,)undefined \
    -fno-sanitize-recover=all -fno-omit-frame-pointer) $(if $(findstring tsan,$(LWIP_BUILD)),-fsanitize=thread)
LWIP = $(DEPS)/lwip
LWIP_PATHS = -isystem $(LWIP)/src/include -isystem $(LWIP)/contrib/ports/unix/port/include \
    -isystem $(DEPS)/mbedtls/include -isystem $(DEPS)/jsmn -Itests/lwip \
    -DMBEDTLS_CONFIG_FILE='<mbedtls_client.h>'
, := ,

LWIP_THEIRS = $(wildcard $(LWIP)/src/core/*.c $(LWIP)/src/core/ipv4/*.c $(LWIP)/src/core/ipv6/*.c \
    $(LWIP)/src/api/*.c) $(LWIP)/src/netif/ethernet.c \
    $(LWIP)/contrib/ports/unix/port/sys_arch.c $(LWIP)/contrib/ports/unix/port/netif/tapif.c \
    $(wildcard $(DEPS)/mbedtls/library/*.c)
LWIP_OURS = $(CORE) port/run.c port/tls/tls.c $(wildcard port/lwip/*.c) \
    $(filter-out tests/lwip/test_%,$(wildcard tests/lwip/*.c))
LWIP_OBJECTS = $(patsubst %.c,$(LWIP_BUILD)/%.o,$(LWIP_THEIRS:$(DEPS)/%=%) $(LWIP_OURS))
$(LWIP_OBJECTS): tests/lwip/lwipopts.h tests/lwip/mbedtls_client.h

# What others wrote has its warnings for itself.
$(LWIP_BUILD)/lwip/%.o: $(DEPS)/lwip/%.c
	@mkdir -p $(@D)
	@$(CC) -O1 -g -w $(LWIP_SANITIZERS) -pthread $(LWIP_PATHS) -c -o $@ $<
$(LWIP_BUILD)/mbedtls/%.o: $(DEPS)/mbedtls/%.c
	@mkdir -p $(@D)
	@$(CC) -O1 -g -w $(LWIP_SANITIZERS) -pthread $(LWIP_PATHS) -c -o $@ $<
# Not -iquote core for those who include lwIP: gcc's own limits.h would find core's.
LWIP_COMPILE = $(CC) -std=c99 -O1 -g $(WARNINGS) -Werror $(LWIP_SANITIZERS) -pthread -Iinclude \
    $(LWIP_PATHS) -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -MMD -MP
$(LWIP_BUILD)/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(LWIP_COMPILE) -c -o $@ $<
$(LWIP_BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(LWIP_COMPILE) -iquote port -c -o $@ $<
$(LWIP_BUILD)/device: $(LWIP_OBJECTS)
	$(CC) -g $(LWIP_SANITIZERS) -pthread -o $@ $^
-include $(shell find $(LWIP_BUILD) -name '*.d' 2>/dev/null)
