# SPDX-License-Identifier: MIT
# The core in a simulated world, and a fleet of devices that share a quota. Included by the Makefile.
#
# SEED   the seed of the first run (1)
# COUNT  the number of calls (ten million). With 1, every step of this seed's run is printed

SEED ?= 1
COUNT ?= 10000000
SIM = build/sim
SIM_WORLD = $(patsubst %,$(BUILD)/tests/sim/%.o,answer job network service source)

SIM_DEVICE = $(patsubst %,$(BUILD)/tests/sim/%.o,device processes)

# The simulated world must not use emrs, so it is compiled without its include folders.
$(SIM_WORLD): $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -std=c99 $(WARNINGS) $(SANITIZERS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/sim/sim $(BUILD)/tests/sim/stop $(BUILD)/tests/sim/fleet: $(BUILD)/tests/sim/%: $(BUILD)/tests/sim/%.o $(SIM_WORLD) \
        $(SIM_DEVICE) $(BUILD)/libemrs.a $(MBEDTLS_LIB)
	$(LINK) -o $@ $(filter %.o,$^) $(BUILD)/libemrs.a $(LIBS)

sim-programs: $(BUILD)/tests/sim/sim $(BUILD)/tests/sim/stop $(BUILD)/tests/sim/fleet
test-programs: sim-programs

sim: ## compares ten million calls in a simulated world with what happened there (SEED=, COUNT=; 2 to 6 minutes)
	@$(MAKE) $(PARALLEL) BUILD=$(SIM) $(SIM)/tests/sim/sim
	@$(SIM)/tests/sim/sim $(SEED) $(COUNT) $(shell nproc)

sim-stop: ## the same for a million runs of the machine that cancels and looks (SEED=, COUNT=; 2 minutes)
	@$(MAKE) $(PARALLEL) BUILD=$(SIM) $(SIM)/tests/sim/stop
	@$(SIM)/tests/sim/stop $(SEED) $(if $(filter 10000000,$(COUNT)),1000000,$(COUNT)) $(shell nproc)

fleet: ## simulates 10,000 devices that share one quota; draws tests/sim/fleet.svg (10 s)
	@$(MAKE) $(PARALLEL) BUILD=$(SIM) $(SIM)/tests/sim/fleet
	@$(SIM)/tests/sim/fleet tests/sim/fleet.svg

.PHONY: sim sim-stop sim-programs fleet
