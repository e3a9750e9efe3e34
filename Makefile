# Every task of this repository. `make help` says which; `make check` and `make test` are what CI runs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO := cargo
RELEASE := target/release
DEBUG := target/debug
# Seconds of fuzzing per target.
FUZZ_SECONDS ?= 60
# Where a test run leaves screenshots, logs and figures.
ARTEFACTS := artefacts

.PHONY: help run test check fix bench fuzz licences \
	deps-run deps-test release debug web-check web-test browser golden drift rust-check rust-test

help: ## Say what there is
	@echo "Baton: make <task>"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12 | sed 's/^/  /'

## ---- for everyone

run: deps-run release ## Build and start Baton with a demo shell on loopback; prints the link
	@mkdir -p data
	@$(RELEASE)/baton-load with --demo --demo-host-key data/demo-host-key --demo-desktop -- \
		$(RELEASE)/baton serve

test: deps-test debug ## Run every test on real servers and a real browser; ends what it starts
	@scripts/test.sh

check: deps-run rust-check web-check drift ## Read-only: format, lints, types, unit tests, conventions, drift
	@echo "check: everything is in order"

fix: web/node_modules/.package-lock.json ## Rewrite what a tool can: format, generated files, the web bundle
	@scripts/fix.sh

bench: deps-test release ## Measure speed and memory beside OpenSSH; prints the table
	@$(RELEASE)/baton-load bench --json $(ARTEFACTS)/bench.json $(BENCH)

fuzz: ## Fuzz every target for FUZZ_SECONDS (default 60) each
	@scripts/fuzz.sh $(FUZZ_SECONDS)

licences: ## Refuse third-party licences and sources that are not on the list
	@scripts/licences.sh

## ---- parts of the above

deps-run:
	@scripts/install-deps.sh build

deps-test:
	@scripts/install-deps.sh build test

release:
	@$(CARGO) build --locked --release -p node -p loadtest

debug:
	@$(CARGO) build --locked --workspace --all-targets

rust-check:
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@scripts/rust-tests.sh unit

web-check: web/node_modules/.package-lock.json
	@cd web && npm run --silent lint && npm run --silent check && npm run --silent test && npm run --silent size

drift: web/node_modules/.package-lock.json
	@scripts/check-drift.sh

%/node_modules/.package-lock.json: %/package-lock.json
	@cd $* && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
