# SPDX-License-Identifier: MIT
# The proofs. Included by Makefile.
#
# PROOFS  only these harnesses: response, call, ...; the table is then not the whole

CBMC = build/cbmc/cbmc
PROOF_TABLE = $(if $(PROOFS),build/proof-table.md,tests/proof/RESULTS.md)

prove: ## proves the core's readers and the promise by CBMC 6 (fetched into build/cbmc; 5 minutes)
	@tests/install.sh gcc libc6-dev
	@$(MAKE) $(PARALLEL) -s deps
	@tests/proof/cbmc.sh $(dir $(CBMC))
	@tests/run.sh "tests/proof/run.sh $(CBMC) $(PROOF_TABLE) $(DEPS)/jsmn $(PROOFS)"

.PHONY: prove
