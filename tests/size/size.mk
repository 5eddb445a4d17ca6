# SPDX-License-Identifier: MIT
# Measures flash, RAM and stack of the core and of a firmware's ports, and writes tests/SIZE.md. Included by the Makefile.

SIZE_SOURCES = $(CORE) $(call sources,port port/tls port/verified port/lwip)
# Leaves out the headers of hosts, of RTOS tasks and of the checker.
SIZE_HEADERS = $(filter-out %/emrs_posix.h %/emrs_lwip.h %/emrs_check.h,$(wildcard include/*.h))
SIZE_INCLUDES = -Iinclude -isystem $(TARGET_MBEDTLS)/include
SIZE_OUT = tests/SIZE.md
SIZE_FLAGS =

size: firmware ## measures core, ports and images, and writes tests/SIZE.md
	@python=$$(tests/peer/python.sh) && $$python tests/peer/measure_board.py $(FW)/trust $(TEST_IMAGES)
	@$(MAKE) $(PARALLEL) size-table

size-table: # runs no image: uses the results of earlier runs in build/firmware, else keeps the figures of images
	@python=$$(tests/peer/python.sh 2>/dev/null) && $$python tests/size/size.py $(SIZE_FLAGS) --out $(SIZE_OUT) --cc "$(FIRMWARE_CC) $(FIRMWARE_CFLAGS)" \
	    --ports "$(FW_INCLUDES)" --hash "$(SIZE_INCLUDES) $(TARGET_CONFIG)" \
	    --mbedtls $(TARGET_MBEDTLS) --headers "$(SIZE_HEADERS)" $(SIZE_SOURCES)
.PHONY: size size-table
