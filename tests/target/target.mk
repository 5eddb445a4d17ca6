# SPDX-License-Identifier: MIT
# Builds the vectors for targets: `make target-NAME` builds build/target/NAME; tests/target/run.sh runs it.

TARGET_NAMES = mps2-an385 lm3s6965evb powerpc
TARGET_MBEDTLS = $(or $(MBEDTLS_DIR),$(DEPS)/mbedtls)
TARGET_CONFIG = -Itests/target -DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>'
TARGET_SOURCES = $(CORE) $(wildcard tests/vectors/*.c) $(filter-out tests/target/posix.c tests/target/board.c,\
    $(wildcard tests/target/*.c))
TARGET_BARE = boards/bare/startup.c boards/bare/tick.c boards/qemu/semihosting.c
TARGET_INCLUDES = -Iinclude -iquote core -iquote tests -isystem $(TARGET_MBEDTLS)/include $(TARGET_CONFIG)

# target_rules KIND, COMPILER, FLAGS: objects of one instruction set
define target_rules
build/target/objects/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$(2) -std=c99 $$(WARNINGS) $(3) $$(TARGET_INCLUDES) -MMD -MP -c -o $$@ $$<
build/target/objects/$(1)/mbedtls/%.o: $(TARGET_MBEDTLS)/library/%.c tests/target/mbedtls_config.h
	@mkdir -p $$(@D)
	$(2) -w $(4) $$(TARGET_CONFIG) -I$$(TARGET_MBEDTLS)/include -I$$(TARGET_MBEDTLS)/library -c -o $$@ $$<
endef
target_objects = $(patsubst %.c,build/target/objects/$(1)/%.o,$(TARGET_SOURCES) $(2)) \
    $(patsubst %,build/target/objects/$(1)/mbedtls/%.o,sha256 platform_util)

# The flags of the firmware, where char is unsigned. The tests read no time, so any BOARD_CPU_HZ will do.
$(eval $(call target_rules,cortex_m3,$(FIRMWARE_CC),$(FIRMWARE_CFLAGS) -iquote boards/bare -DBOARD_CPU_HZ=1000000u,\
    $(FIRMWARE_CFLAGS)))

# 32 bits, big-endian. Undefined behaviour and misaligned access trap, so no sanitizer library is needed.
POWERPC_CC = powerpc-linux-gnu-gcc
$(eval $(call target_rules,powerpc,$(POWERPC_CC),-O2 -g -D_POSIX_C_SOURCE=200809L \
    -fsanitize=undefined -fsanitize-undefined-trap-on-error,-O2))

# An image does not link if it is too large or uses a heap. The rest of the RAM is the buffer for input.
build/target/mps2-an385 build/target/lm3s6965evb: build/target/%: \
        $(call target_objects,cortex_m3,tests/target/board.c $(TARGET_BARE)) boards/bare/bare.ld boards/%/board.ld
	$(FIRMWARE_CC) $(FIRMWARE_CFLAGS) -nostartfiles --specs=nano.specs -Wl,--gc-sections \
	    -Wl,--defsym=STACK_SIZE=8192 -Lboards/bare -Tboards/$*/board.ld -o $@ $(filter %.o,$^)

build/target/powerpc: $(call target_objects,powerpc,tests/target/posix.c)
	$(POWERPC_CC) -static -o $@ $(filter %.o,$^)

$(addprefix target-,$(TARGET_NAMES)): target-%: build/target/%
-include $(shell find build/target -name '*.d' 2>/dev/null)
.PHONY: $(addprefix target-,$(TARGET_NAMES))
