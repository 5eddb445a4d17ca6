# SPDX-License-Identifier: MIT
# Measures what core and the ports of a firmware take, and writes tests/SIZE.md. Included by the Makefile.

SIZE_SOURCES = $(CORE) $(call sources,port port/tls port/verified port/lwip)
# Without the headers of hosts, of tasks and of the checker.
SIZE_HEADERS = $(filter-out %/emrs_posix.h %/emrs_lwip.h %/emrs_check.h,$(wildcard include/*.h))
SIZE_INCLUDES = -Iinclude -isystem $(TARGET_MBEDTLS)/include
SIZE_OUT = tests/SIZE.md
SIZE_FLAGS =

size: firmware ## writes tests/SIZE.md: what core, ports and the boards' images take
	@python=$$(tests/peer/python.sh) && $$python tests/peer/measure_board.py $(FW)/trust $(TEST_IMAGES)
	@$(MAKE) $(PARALLEL) size-table

size-table: # runs no image: takes what runs of images have left in build/firmware, else keeps their figures
	@python=$$(tests/peer/python.sh 2>/dev/null) && $$python tests/size/size.py $(SIZE_FLAGS) --out $(SIZE_OUT) --cc "$(FIRMWARE_CC) $(FIRMWARE_CFLAGS)" \
	    --ports "$(FW_INCLUDES)" --hash "$(SIZE_INCLUDES) $(TARGET_CONFIG)" \
	    --mbedtls $(TARGET_MBEDTLS) --headers "$(SIZE_HEADERS)" $(SIZE_SOURCES)
.PHONY: size size-table
