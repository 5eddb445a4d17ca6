# SPDX-License-Identifier: MIT
# What a firmware is built with, and the size of what comes of it.
FIRMWARE_CC ?= arm-none-eabi-gcc
FIRMWARE_CFLAGS ?= -mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections
