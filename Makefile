# Everything a developer does, by name; CI runs the same targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
SCRIPTS := .ci/run $(filter-out scripts/services %.py %.xml %.properties,\
	$(wildcard scripts/* scripts/services/*))
# What to test, and anything else for pytest: make test TESTS=tests/schemas PYTEST='-x -k money'
TESTS ?= tests
PYTEST ?=
# How long to look for counterexamples, and where: engines, properties, both.
SECONDS ?= 60
WHAT ?= both
# The crash programme: the first seed, how many, kills of each; KAFKA=1 with a broker of its own.
SEED ?= 1
RUNS ?= 1
KILLS ?= 25
KAFKA ?=

.PHONY: help setup check test services services-stop demo demo-venue bench fuzz mutations chaos \
	compare enforce-faults format lock clean distclean

help: ## list the targets
	@echo "Highwater. Start with: make demo"
	@grep --extended-regexp '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) \
		| sed --regexp-extended 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand --tabs=24

setup: ## make .venv with the locked dependencies (nothing to do when it is there)
	@scripts/setup

check: setup ## style, types, layers and shell scripts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/shellcheck --external-sources $(SCRIPTS)

test: setup ## run the tests, with services of their own where none run (TESTS=, PYTEST=)
	@scripts/test $(TESTS) $(PYTEST)

services: setup ## start Kafka and PostgreSQL for the tests; addresses in .services/env
	@scripts/services/start

services-stop: ## stop what `make services` started
	@scripts/services/stop

demo: setup ## the whole chain on this machine, with a seeded synthetic market
	@$(BIN)/highwater demo

demo-venue: setup ## a breach closes positions at a venue on this machine, and books agree
	@$(BIN)/python -m tests.venue.demo

bench: setup ## run the benchmarks, one after the other
	@scripts/bench

fuzz: setup ## look for counterexamples for SECONDS=60 (WHAT=engines, properties or both)
	@scripts/fuzz $(SECONDS) $(WHAT)

mutations: setup ## plant defects in the fast engine: the tests must notice every one
	@$(BIN)/python -m tests.rules.mutations

chaos: setup ## kill flows at every moment: SEED=1 RUNS=1 KILLS=25, KAFKA=1 with a broker
	@scripts/chaos $(SEED) $(RUNS) $(KILLS) $(KAFKA)

enforce-faults: setup ## kill the enforce flow at a failing venue: RUNS=20 seeds from SEED=1
	@$(BIN)/python -m tests.flows.enforce_faults $(RUNS) $(SEED)

compare: setup ## replay the recordings with both engines and compare the files (an hour)
	@$(BIN)/python -m tests.flows.compare

format: setup ## apply the formatter and the safe lint fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## write the locked dependencies anew from pyproject.toml
	@scripts/lock

clean: services-stop ## remove what the tools left behind
	@rm --recursive --force .services .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm --recursive --force {} +

distclean: clean ## clean, and remove .venv
	@rm --recursive --force .venv
