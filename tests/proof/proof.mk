# SPDX-License-Identifier: MIT
# The proofs. Included by Makefile.
#
# PROOFS    only these harnesses: response, call, ...; the table is then not the whole
# CONTROLS  planted defects a harness, at most: one, so that CI has time; CONTROLS=9 is all of them

CBMC = build/cbmc/cbmc
CONTROLS ?= 1
PROOF_TABLE = $(if $(PROOFS),build/proof-table.md,tests/proof/RESULTS.md)

prove: ## proves the core by CBMC 6, Eva as the second opinion (4 minutes on two processors)
	@tests/install.sh gcc libc6-dev
	@command -v frama-c >/dev/null || tests/install.sh frama-c-base || echo "prove: no package frama-c-base: Eva is skipped" >&2
	@tests/proof/cbmc.sh $(dir $(CBMC))
	@tests/run.sh "CONTROLS=$(CONTROLS) tests/proof/run.sh $(CBMC) $(PROOF_TABLE) $(PROOFS)"

.PHONY: prove
