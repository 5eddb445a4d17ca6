# SPDX-License-Identifier: MIT
# The tests of port/lwip/raw.c: the real lwIP without an operating system, three times over (lwipopts.h),
# on a wire and against a peer of the test's own. Included by the Makefile.
#
# RAW_BUILD     where it goes (build/lwip-raw)
# RAW_PROGRAMS  NAME-OPTIONS-COMPILER of each

RAW_BUILD = build/lwip-raw
RAW_LWIP = $(if $(LWIP_DIR),$(LWIP_DIR),$(DEPS)/lwip)
RAW_HERE = tests/lwip/raw
RAW_LWIP_SOURCES = $(filter-out src/apps/sntp/sntp.c src/core/ipv4/dhcp.c,$(FW_LWIP_SOURCES))
RAW_SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
RAW_PATHS = -I$(RAW_HERE) -isystem $(RAW_LWIP)/src/include
RAW_COMPILE = -std=c11 -O1 -g $(RAW_SANITIZERS) -DLWIP_DHCP=0 -MMD -MP
