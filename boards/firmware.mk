# SPDX-License-Identifier: MIT
# The images: `make firmware`. Every image is core, ports, boards/bare and one board, with mbedTLS and
# lwIP from source (`make deps`). An image is build/firmware/NAME.elf.
#
# FIRMWARE_CC      the compiler (arm-none-eabi-gcc)
# FIRMWARE_CFLAGS  for a Cortex-M3

FIRMWARE_CC ?= arm-none-eabi-gcc
FIRMWARE_CFLAGS ?= -mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections
FIRMWARE_PACKAGES = gcc-arm-none-eabi libnewlib-arm-none-eabi openssl ca-certificates qemu-system-arm
FW = build/firmware
FW_MBEDTLS = $(or $(MBEDTLS_DIR),$(DEPS)/mbedtls)
FW_LWIP = $(or $(LWIP_DIR),$(DEPS)/lwip)
FW_JSMN = $(or $(JSMN_DIR),$(DEPS)/jsmn)

FW_FLAGS = -std=c99 $(FIRMWARE_CFLAGS) -g -flto -MD -MP
FW_INCLUDES = -Iinclude -iquote core -Iboards/bare -isystem $(FW_JSMN) \
              -isystem $(FW_MBEDTLS)/include -isystem $(FW_LWIP)/src/include \
              '-DMBEDTLS_CONFIG_FILE=<emrs_mbedtls.h>'
FW_COMPILE = $(FIRMWARE_CC) $(FW_FLAGS) $(FW_INCLUDES)
# Turns off two optimisations that make the code 0.6 KB larger, and faster only in long loops. mbedTLS keeps them.
FW_SMALL = -fno-tree-loop-optimize -fno-tree-dominator-opts

FW_SOURCES = $(CORE) port/run.c $(wildcard port/tls/*.c) port/lwip/raw.c port/lwip/names.c \
             $(filter-out $(EMULATED),$(wildcard boards/bare/*.c))
# BOARD_SOURCES: the sources of a board outside its own folder. A board that is emulated gets console,
# entropy and exit from the emulator.
EMULATED = boards/qemu/semihosting.c
lm3s6965evb_SOURCES = $(EMULATED)
mps2-an385_SOURCES = $(EMULATED)
FW_LWIP_SOURCES = $(addprefix src/core/,def.c dns.c inet_chksum.c init.c ip.c mem.c memp.c netif.c pbuf.c \
                  stats.c tcp.c tcp_in.c tcp_out.c timeouts.c udp.c ipv4/dhcp.c ipv4/etharp.c ipv4/icmp.c \
                  ipv4/ip4.c ipv4/ip4_addr.c) src/netif/ethernet.c src/apps/sntp/sntp.c
FW_MBEDTLS_SOURCES = $(filter-out platform.c,$(notdir $(wildcard $(FW_MBEDTLS)/library/*.c))) # arena.c stands in

# The libraries stand once for all images of the same options, which stand here.
$(FW)/mbedtls-1.2/%.o: $(FW_MBEDTLS)/library/%.c boards/firmware.mk
	@mkdir -p $(@D)
	@$(FW_COMPILE) -I$(FW_MBEDTLS)/library -w -c -o $@ $<
$(FW)/mbedtls-1.3/%.o: $(FW_MBEDTLS)/library/%.c boards/firmware.mk
	@mkdir -p $(@D)
	@$(FW_COMPILE) -DBARE_TLS_1_3 -I$(FW_MBEDTLS)/library -w -c -o $@ $<
$(FW)/lwip/%.o: $(FW_LWIP)/%.c
	@mkdir -p $(@D)
	@$(FW_COMPILE) $(FW_SMALL) -DLWIP_NOASSERT -w -c -o $@ $<
$(FW)/lwip-asserts/%.o: $(FW_LWIP)/%.c
	@mkdir -p $(@D)
	@$(FW_COMPILE) -w -c -o $@ $<

# A client that never signs: boards/bare/unsigned.c.
$(FW)/mbedtls-1.2/pk_wrap.o $(FW)/mbedtls-1.3/pk_wrap.o: FW_INCLUDES += \
    -Dmbedtls_rsa_pkcs1_sign=bare_rsa_sign -Dmbedtls_rsa_pkcs1_decrypt=bare_rsa_decrypt \
    -Dmbedtls_rsa_pkcs1_encrypt=bare_rsa_encrypt \
    -Dmbedtls_rsa_check_pub_priv=bare_rsa_check_pair -Dmbedtls_ecp_check_pub_priv=bare_ecp_check_pair

# image NAME BOARD CPU_HZ STACK_SIZE MBEDTLS LWIP FLAGS ROOTS
define image
$(FW)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@$$(FW_COMPILE) $$(FW_SMALL) $$(WARNINGS) -DBOARD_NAME='"$(1)"' -DBOARD_CPU_HZ=$(3)u $(7) -c -o $$@ $$<
$(FW)/$(1)/roots.o: $(FW)/roots-$(8).c
	@mkdir -p $$(@D)
	@$$(FW_COMPILE) $$(WARNINGS) $(7) -c -o $$@ $$<
$(FW)/$(1).elf: $(patsubst %.c,$(FW)/$(1)/%.o,$(FW_SOURCES) $(wildcard boards/$(2)/*.c) $($(2)_SOURCES)) $(FW)/$(1)/roots.o \
        $(FW_LWIP_SOURCES:%.c=$(FW)/$(6)/%.o) $(FW_MBEDTLS_SOURCES:%.c=$(FW)/$(5)/%.o) \
        boards/bare/bare.ld boards/$(2)/board.ld
	@$$(FIRMWARE_CC) $$(FW_FLAGS) -flto-partition=one -nostartfiles --specs=nano.specs -Wl,--gc-sections -Wl,-Map=$$(@:.elf=.map) \
	    -Wl,--defsym=STACK_SIZE=$(4) -Lboards/bare -Tboards/$(2)/board.ld -o $$@ $$(filter %.o,$$^)
endef
$(eval $(call image,lm3s6965evb,lm3s6965evb,12500000,3072,mbedtls-1.2,lwip,,test))
$(eval $(call image,lm3s6965evb-tls13,lm3s6965evb,12500000,6144,mbedtls-1.3,lwip,-DBARE_TLS_1_3,test))
$(eval $(call image,lm3s6965evb-production,lm3s6965evb,12500000,3072,mbedtls-1.2,lwip,,production))
$(eval $(call image,mps2-an385,mps2-an385,25000000,8192,mbedtls-1.3,lwip-asserts,-DBARE_TLS_1_3,test))
IMAGES = lm3s6965evb lm3s6965evb-tls13 lm3s6965evb-production mps2-an385

$(FW)/roots-production.c: port/tls/roots.sh
	@mkdir -p $(@D)
	@port/tls/roots.sh $@
$(FW)/roots-test.c: port/tls/roots.sh $(FW)/trust/ca-rsa.pem
	@port/tls/roots.sh $@ $(FW)/trust/ca-*.pem
$(FW)/trust/ca-rsa.pem: # every folder that is cleaned makes CAs of its own: nobody's keys are kept
	@python=$$(tests/peer/python.sh) && $$python tests/peer/certs.py $(@D)

images: $(IMAGES:%=$(FW)/%.elf)
TEST_IMAGES = $(filter-out %-production.elf,$(IMAGES:%=$(FW)/%.elf))

FIRMWARE_TESTS = "tests/optional.sh $(FW)/lm3s6965evb.elf tests/images.sh" \
    "tests/optional.sh $(FW)/lm3s6965evb.elf $$python tests/peer/test_board.py $(FW)/trust $(TEST_IMAGES)"

firmware: ## build the boards' images, build/firmware/*.elf (installs what it needs)
	@tests/install.sh $(FIRMWARE_PACKAGES)
	@$(MAKE) $(PARALLEL) -s deps
	@$(MAKE) $(PARALLEL) -s images
	@$(FIRMWARE_CC:gcc=size) $(IMAGES:%=$(FW)/%.elf)

qemu: firmware ## boot the images under QEMU; each cancels a job run at moto over verified TLS
	@python=$$(tests/peer/python.sh) && $$python tests/peer/demo.py $(FW)/trust $(TEST_IMAGES)
-include $(shell find $(FW) -name '*.d' 2>/dev/null)
.PHONY: images firmware qemu
