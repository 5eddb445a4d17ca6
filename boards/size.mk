# SPDX-License-Identifier: MIT
# What a firmware is built with, and the size of what comes of it.
FIRMWARE_CC ?= arm-none-eabi-gcc
FIRMWARE_CFLAGS ?= -mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections

# Ports that a firmware may use. Those over lwIP also need a board's lwipopts.h and mbedTLS configuration:
# name their folders and -D in FIRMWARE_INCLUDES.
SIZE_SOURCES = $(CORE) $(wildcard port/*.c port/tls/*.c port/lwip/*.c port/verified/*.c)
SIZE_HEADERS = $(wildcard include/*.h port/*.h port/tls/tls.h port/lwip/*.h port/verified/*.h)
FIRMWARE_INCLUDES ?= -isystem $(or $(LWIP_DIR),$(DEPS)/lwip)/src/include
SIZE_INCLUDES = -Iinclude -iquote core -iquote port -isystem $(TARGET_MBEDTLS)/include -isystem $(TARGET_JSMN)
SIZE_OUT = boards/SIZE.md
SIZE_FLAGS =

size: ## write boards/SIZE.md: flash, stack and structs of core and ports on a Cortex-M3
	@python3 boards/size.py $(SIZE_FLAGS) --out $(SIZE_OUT) --cc "$(FIRMWARE_CC) $(FIRMWARE_CFLAGS)" \
	    --ports "$(SIZE_INCLUDES) $(FIRMWARE_INCLUDES)" --hash "$(SIZE_INCLUDES) $(TARGET_CONFIG)" \
	    --mbedtls $(TARGET_MBEDTLS) --headers "$(SIZE_HEADERS)" $(SIZE_SOURCES)
.PHONY: size
