# SPDX-License-Identifier: MIT
# The analysis. Included by Makefile.
#
# ANALYSE_TOOLS  runs only these: pmccabe, gcc, clang-tidy, scan-build, cppcheck

ANALYSE_PACKAGES = $(BUILD_PACKAGES) clang-tidy clang-tools cppcheck pmccabe

analyse: ## static analysis: gcc, clang-tidy, scan-build, cppcheck with MISRA, complexity, recursion (2 minutes)
	@tests/install.sh $(ANALYSE_PACKAGES)
	@tests/install.sh $(FIRMWARE_PACKAGES) || echo "analyse: no compiler for Cortex-M: skipped" >&2
	@tests/deps.sh $(DEPS) || echo "analyse: no sources of mbedTLS 3.6 and lwIP: the sources that need them are skipped" >&2
	@MBEDTLS_DIR=$(FW_MBEDTLS) LWIP_DIR=$(FW_LWIP) tests/run.sh "tests/analyse/run.sh $(ANALYSE_TOOLS)"

.PHONY: analyse
