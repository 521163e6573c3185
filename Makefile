# Thin on purpose: each target is one or two commands that also work by hand.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
bin := .venv/bin

.PHONY: help
help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1: \2/p' Makefile

.PHONY: drill
drill: ## Install what is missing, lose the primary database in the lab, recover it, report
	@.ci/setup run
	@.ci/drill

.PHONY: test
test: ## Install the rest and run every check and test, the live drill in the lab included
	@.ci/setup test
	@.ci/test

.PHONY: lint
lint: ## Run the checks that need no running code: style, types, floors
	@.ci/setup test
	@.ci/lint

.PHONY: nightly
nightly: ## Run what is too long for every commit, ten live drills in a row among it
	@.ci/setup test
	$(bin)/pytest -m nightly

.PHONY: bench
bench: ## Measure speed as ratios to bounds and peers taken in the same run; judges nothing
	@.ci/setup bench
	@$(bin)/python tests/bench/core.py
	@$(bin)/python tests/bench/peers.py
	@$(bin)/python tests/bench/board.py
	@$(bin)/python tests/bench/report.py

.PHONY: mutants
mutants: ## Put every known bug back, one by one: the tests must find each
	@.ci/setup test
	@$(bin)/python tests/mutants/trial.py

.PHONY: promises
promises: ## Put the figures of the last `make test` into the README
	@$(bin)/python .ci/promises.py readme .promises.md

.PHONY: conformance
conformance: ## Have every fault prove itself on a lab's hosts, and put the table into the README
	@.ci/setup test
	@rm -rf .conformance
	@$(bin)/pytest --junitxml=.conformance/stand-in.xml tests/cloud/test_fis.py::TestConformance; \
	  $(bin)/pytest -m nightly tests/faults/test_in_lab.py; \
	  $(bin)/python .ci/conformance.py record .conformance/*.xml
	@$(bin)/python .ci/conformance.py readme

.PHONY: lock
lock: ## Pin every dependency anew, with hashes (needs uv)
	@.ci/lock

.PHONY: clean
clean: ## Remove what was made here, but for the runs
	rm -rf .venv .coverage* .promises.md .conformance .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
