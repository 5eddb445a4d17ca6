# SPDX-License-Identifier: MIT
# Mutation of the core. Included by Makefile; tests/mutate/README.md.
#
# FILES  of core/, by what they are called: sieve, json, ... (all)

FILES = $(patsubst core/%.c,%,$(CORE))
MUTATE = build/mutate

mutate: ## changes one small thing of the core at a time: a test must see it (30 minutes; FILES="sieve json")
	@tests/install.sh gcc libc6-dev libmbedtls-dev libjsmn-dev libcmocka-dev python3
	@$(MAKE) $(PARALLEL) -s BUILD=$(MUTATE) CC=gcc LDFLAGS=-Wl,--gc-sections \
	    CFLAGS="-O2 -ffunction-sections -fdata-sections" unit-programs
	@$(MAKE) $(PARALLEL) -s BUILD=$(MUTATE)/sanitized CC=gcc SANITIZE=1 CFLAGS=-O1 unit-programs
	@CC="gcc -std=c99 $(INCLUDES)" LIBS="$(LIBS)" \
	    tests/run.sh "python3 tests/mutate/mutate.py $(MUTATE) $(FILES:%=core/%.c)"

.PHONY: mutate
