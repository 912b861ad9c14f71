# Two commands do everything: `make drill` and `make test`. Both install what is missing first.
.DEFAULT_GOAL := help
.PHONY: help setup build release drill test sim removals sweep soak lint format record schema docs bench clean

BATON := .build/release/baton
# Playbooks, topology and directory of the checked-in runbooks; CI checks the same.
RUNBOOKS := Playbooks/planned-switchover.yaml Playbooks/emergency-promotion.yaml Playbooks/failback.yaml -t Runbooks/lab-topology.yaml -o Runbooks
# An import that Package.swift does not declare is an error, in tests and programs alike.
SWIFT_FLAGS := --explicit-target-dependency-import-check error

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## install the Debian packages that are missing
	@.ci/setup

build: setup ## build everything for debugging
	swift build $(SWIFT_FLAGS)

release: setup ## build the program for use
	swift build $(SWIFT_FLAGS) -c release --product baton

drill: release ## raise the lab, run a planned drill there and back under load, show the report
	@.ci/drill $(BATON)

test: setup ## build and run every test
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip-build --no-parallel

SEEDS ?= 100000
sim: setup ## play SEEDS seeds of the simulator from SEED on; SEEDS=1 SEED=S tells the story of one
	swift build $(SWIFT_FLAGS) -c release --product Swarm
	.build/release/Swarm $(SEEDS) $(or $(SEED),1)

# The libraries that a sweep preloads are compiled by the clang that comes with Swift.
sweep: setup ## kill Baton at every line of its journal, and every server in every phase; prints the tables
	swift build $(SWIFT_FLAGS) --build-tests
	BATON_SWEEP=full swift test $(SWIFT_FLAGS) --skip-build --no-parallel --filter SweepSerialTests

COUNT ?= 100
soak: setup ## make COUNT switchovers there and back under load with random kills; SEED repeats one
	swift build $(SWIFT_FLAGS) --build-tests
	BATON_SOAK=$(COUNT) BATON_SEED=$(SEED) swift test $(SWIFT_FLAGS) --skip-build --no-parallel --filter SoakSerialTests

REMOVALS := .build/removals
removals: setup ## take each check out of Baton in turn, and write which seed of the simulator misses it
	swift build $(SWIFT_FLAGS) -c release -Xswiftc -DBATON_REMOVALS --scratch-path $(REMOVALS) --product Swarm
	$(REMOVALS)/release/Swarm removals 20000

lint: ## check the formatting
	swift format lint --strict --recursive Package.swift Sources Tests

format: ## format every file
	swift format --in-place --recursive Package.swift Sources Tests

record: ## write the generated pages anew
	BATON_RECORD=1 swift test --filter 'RunMachineDocumentationTests|RemovalTests'

DEBUG_BATON := .build/debug/baton
schema: setup ## write the JSON Schemas and the reference pages anew
	swift build $(SWIFT_FLAGS) --product baton
	@mkdir -p Playbooks/schema
	$(DEBUG_BATON) schema playbook > Playbooks/schema/playbook.json
	$(DEBUG_BATON) schema topology > Playbooks/schema/topology.json
	$(DEBUG_BATON) schema scenarios > Playbooks/schema/scenarios.json
	$(DEBUG_BATON) docs --reference -o Documentation/Reference

docs: release ## write the lab's runbooks anew
	$(BATON) docs $(RUNBOOKS)

bench: release ## measure Baton against the floor and the peers
	@Benchmarks/compare

clean: ## remove what was built
	rm -rf .build
