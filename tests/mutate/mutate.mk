# SPDX-License-Identifier: MIT
# Mutation of the core. Included by Makefile; tests/mutate/README.md.
#
# FILES  the files of core/, without folder and .c: sieve, json, ... (all)
# AGAIN  1: only the mutants that survived the last run; use it after you have written a test

FILES = $(patsubst core/%.c,%,$(call sources,core))
MUTATE = build/mutate

mutate: ## makes one small change to the core at a time: a test must fail (up to an hour; FILES="sieve json")
	@tests/install.sh gcc libc6-dev libmbedtls-dev libcmocka-dev python3
	@$(MAKE) $(PARALLEL) BUILD=$(MUTATE) CC=gcc LDFLAGS=-Wl,--gc-sections \
	    CFLAGS="-O2 -ffunction-sections -fdata-sections" unit-programs
	@$(MAKE) $(PARALLEL) BUILD=$(MUTATE)/sanitized CC=gcc SANITIZE=1 CFLAGS=-O1 unit-programs
	@CC="gcc -std=c99 $(INCLUDES)" LIBS="$(LIBS)" AGAIN=$(AGAIN) \
	    tests/run.sh "python3 tests/mutate/mutate.py $(MUTATE) $(FILES:%=core/%.c)"

.PHONY: mutate
