# SPDX-License-Identifier: MIT
# The size of what a firmware is made of: core and the ports it may use, and what its images take.
SIZE_SOURCES = $(CORE) port/run.c $(wildcard port/tls/*.c port/verified/*.c) port/lwip/raw.c port/lwip/names.c
SIZE_HEADERS = $(wildcard include/*.h) include/emrs_port.h include/emrs_tls.h include/emrs_verified.h include/emrs_lwip_raw.h
SIZE_INCLUDES = -Iinclude -iquote core -isystem $(TARGET_MBEDTLS)/include -isystem $(TARGET_JSMN)
SIZE_OUT = tests/SIZE.md
SIZE_FLAGS =

size: firmware ## write tests/SIZE.md: what core, ports and the boards' images take
	@python=$$(tests/peer/python.sh) && $$python tests/peer/measure_board.py $(FW)/trust $(TEST_IMAGES)
	@$(MAKE) $(PARALLEL) -s size-table

size-table: # without a look at running images: what they took is in build/firmware, or stays as it is
	@python=$$(tests/peer/python.sh 2>/dev/null) && $$python tests/size/size.py $(SIZE_FLAGS) --out $(SIZE_OUT) --cc "$(FIRMWARE_CC) $(FIRMWARE_CFLAGS)" \
	    --ports "$(FW_INCLUDES)" --hash "$(SIZE_INCLUDES) $(TARGET_CONFIG)" \
	    --mbedtls $(TARGET_MBEDTLS) --headers "$(SIZE_HEADERS)" $(SIZE_SOURCES)
.PHONY: size size-table
