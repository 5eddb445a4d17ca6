# SPDX-License-Identifier: MIT
# Builds the firmware images: `make firmware`. An image is core, ports, boards/bare and one board, with mbedTLS and
# lwIP from source (`make deps`). Included by the Makefile. Each board has a board.mk (boards/README.md).
#
# FIRMWARE_CC      the compiler (arm-none-eabi-gcc)
# FIRMWARE_CFLAGS  its options (for a Cortex-M3)

FIRMWARE_CC ?= arm-none-eabi-gcc
FIRMWARE_CFLAGS ?= -mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections
FIRMWARE_PACKAGES = gcc-arm-none-eabi libnewlib-arm-none-eabi openssl ca-certificates qemu-system-arm
FW = build/firmware
FW_MBEDTLS = $(or $(MBEDTLS_DIR),$(DEPS)/mbedtls)
FW_LWIP = $(or $(LWIP_DIR),$(DEPS)/lwip)

FW_FLAGS = -std=c99 $(FIRMWARE_CFLAGS) -g -flto -MD -MP
FW_INCLUDES = -Iinclude -Iboards/bare -isystem $(FW_MBEDTLS)/include -isystem $(FW_LWIP)/src/include \
              '-DMBEDTLS_CONFIG_FILE=<emrs_mbedtls.h>'
FW_COMPILE = $(FIRMWARE_CC) $(FW_FLAGS) $(FW_INCLUDES)
# Without these two optimisations, which only make long loops faster, the code is 0.6 KB smaller.
# mbedTLS is compiled with them.
FW_SMALL = -fno-tree-loop-optimize -fno-tree-dominator-opts

# An image has no RTOS. So port/lwip/sockets.c compiles to nothing, and names.c and raw.c are used.
FW_SOURCES = $(CORE) $(call sources,port port/tls port/lwip) $(wildcard boards/bare/*.c)
FW_LWIP_SOURCES = $(addprefix src/core/,def.c dns.c inet_chksum.c init.c ip.c mem.c memp.c netif.c pbuf.c \
                  stats.c tcp.c tcp_in.c tcp_out.c timeouts.c udp.c ipv4/dhcp.c ipv4/etharp.c ipv4/icmp.c \
                  ipv4/ip4.c ipv4/ip4_addr.c) src/netif/ethernet.c src/apps/sntp/sntp.c
FW_MBEDTLS_SOURCES = $(filter-out platform.c,$(notdir $(wildcard $(FW_MBEDTLS)/library/*.c))) # arena.c replaces it

# The libraries are compiled once per set of options, and the images share them.
tls_flags_1.2 =
tls_flags_1.3 = -DBARE_TLS_1_3
define mbedtls
$(FW)/mbedtls-$(1)/%.o: $(FW_MBEDTLS)/library/%.c boards/firmware.mk
	@mkdir -p $$(@D)
	@$$(FW_COMPILE) $(tls_flags_$(1)) -I$(FW_MBEDTLS)/library -w -c -o $$@ $$<
# No private key is in an image's memory, so boards/bare/unsigned.c replaces these functions.
$(FW)/mbedtls-$(1)/pk_wrap.o: FW_INCLUDES += \
    -Dmbedtls_rsa_pkcs1_sign=bare_rsa_sign -Dmbedtls_rsa_pkcs1_decrypt=bare_rsa_decrypt \
    -Dmbedtls_rsa_pkcs1_encrypt=bare_rsa_encrypt \
    -Dmbedtls_rsa_check_pub_priv=bare_rsa_check_pair -Dmbedtls_ecp_check_pub_priv=bare_ecp_check_pair
endef
$(eval $(call mbedtls,1.2))
$(eval $(call mbedtls,1.3))
$(FW)/lwip/%.o: $(FW_LWIP)/%.c
	@mkdir -p $(@D)
	@$(FW_COMPILE) $(FW_SMALL) -DLWIP_NOASSERT -w -c -o $@ $<
$(FW)/lwip-asserts/%.o: $(FW_LWIP)/%.c
	@mkdir -p $(@D)
	@$(FW_COMPILE) -w -c -o $@ $<

# The values of variables that neither the image nor its board sets.
default.tls = 1.2
default.lwip = lwip
default.roots = production
IMAGES =
include $(sort $(wildcard boards/*/board.mk))
board_of = $(or $($(1).board),$(1))
of = $(or $($(1).$(2)),$($(board_of).$(2)),$(default.$(2)))

# image NAME
define image
$(FW)/$(1)/%.o: %.c boards/$(board_of)/board.mk
	@mkdir -p $$(@D)
	@$$(FW_COMPILE) $$(FW_SMALL) $$(WARNINGS) -DBOARD_NAME='"$(1)"' -DBOARD_CPU_HZ=$(call of,$(1),cpu_hz)u \
	    $(tls_flags_$(call of,$(1),tls)) $(if $(call of,$(1),identity),-DBARE_IDENTITY) \
	    $(if $(call of,$(1),looks),-DBARE_LOOKS) -c -o $$@ $$<
$(FW)/$(1)/roots.o: $(FW)/roots-$(call of,$(1),roots).c
	@mkdir -p $$(@D)
	@$$(FW_COMPILE) $$(WARNINGS) $(tls_flags_$(call of,$(1),tls)) -c -o $$@ $$<
$(FW)/$(1).elf: $(patsubst %.c,$(FW)/$(1)/%.o,$(FW_SOURCES) $(wildcard boards/$(board_of)/*.c) $(call of,$(1),sources)) \
        $(FW)/$(1)/roots.o $(FW_LWIP_SOURCES:%.c=$(FW)/$(call of,$(1),lwip)/%.o) \
        $(FW_MBEDTLS_SOURCES:%.c=$(FW)/mbedtls-$(call of,$(1),tls)/%.o) \
        boards/bare/bare.ld boards/$(board_of)/board.ld boards/$(board_of)/board.mk
	@$$(FIRMWARE_CC) $$(FW_FLAGS) -flto-partition=one -nostartfiles --specs=nano.specs -Wl,--gc-sections -Wl,-Map=$$(@:.elf=.map) \
	    -Wl,--defsym=STACK_SIZE=$(call of,$(1),stack_size) -Lboards/bare -Tboards/$(board_of)/board.ld -o $$@ $$(filter %.o,$$^)
endef
$(foreach name,$(IMAGES),$(eval $(call image,$(name))))

$(FW)/roots-production.c: port/tls/roots.sh
	@mkdir -p $(@D)
	@port/tls/roots.sh $@
$(FW)/roots-test.c: port/tls/roots.sh $(FW)/trust/ca-rsa.pem
	@port/tls/roots.sh $@ $(FW)/trust/ca-*.pem
$(FW)/trust/ca-rsa.pem: # test CAs; each build folder has its own keys
	@python=$$(tests/peer/python.sh || command -v python3) && $$python tests/peer/certs.py $(@D)

images: $(IMAGES:%=$(FW)/%.elf)
TEST_IMAGES = $(foreach name,$(IMAGES),$(if $(filter test,$(call of,$(name),roots)),$(FW)/$(name).elf))

# If the images cannot be built, `make test` skips their tests.
test-programs: test-images
test-images:
	@tests/peer/python.sh >/dev/null && command -v $(FIRMWARE_CC) >/dev/null && [ -e $(FW_LWIP) ] || exit 0; \
	$(MAKE) $(PARALLEL) images

firmware-packages:
	@tests/install.sh $(FIRMWARE_PACKAGES)

firmware: ## builds the images of the boards, build/firmware/*.elf (installs what it needs)
	@tests/install.sh $(FIRMWARE_PACKAGES)
	@tests/deps.sh $(DEPS)
	@$(MAKE) $(PARALLEL) images
	@$(FIRMWARE_CC:gcc=size) $(IMAGES:%=$(FW)/%.elf)

qemu: firmware ## boots the test images under QEMU: each cancels a job run at moto over verified TLS
	@python=$$(tests/peer/python.sh) && $$python tests/peer/demo.py $(FW)/trust $(TEST_IMAGES)
-include $(shell find $(FW) -name '*.d' 2>/dev/null)
.PHONY: images test-images firmware firmware-packages qemu
