# SPDX-License-Identifier: MIT
# The proofs. Included by Makefile.
#
# PROOFS    runs only these harnesses: response, call, ...; the table then has only these
# CONTROLS  the most planted defects per harness. The default is 1, to save time in CI; 9 runs them all

CBMC = build/cbmc/cbmc
CONTROLS ?= 1
PROOF_TABLE = $(if $(PROOFS),build/proof-table.md,tests/proof/RESULTS.md)

prove: ## proves the core with CBMC 6, and with Eva as a second tool (4 minutes on two processors)
	@tests/install.sh gcc libc6-dev
	@command -v frama-c >/dev/null || tests/install.sh frama-c-base || echo "prove: no package frama-c-base: Eva is skipped" >&2
	@tests/proof/cbmc.sh $(dir $(CBMC))
	@tests/run.sh "CONTROLS=$(CONTROLS) tests/proof/run.sh $(CBMC) $(PROOF_TABLE) $(PROOFS)"

.PHONY: prove
