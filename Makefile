# The index of commands. Targets hold no logic: what they call does.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# One build tree for everything; CI sets CARGO_TARGET_DIR to a folder that outlives a checkout.
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
SERVICES := webhook-handler call-handler voice-parser scheduler customer-lookup data-api panel

.PHONY: help
help: ## the list of commands
	@grep -hE '^[a-z0-9%$$(A-Z_)-]+:.*##' $(MAKEFILE_LIST) \
	  | sed -E 's/^[^ ]+: ((test|deploy)-%[a-z0-9-]*):/\1:/; s/:.*## /\t/; s/deploy-%/deploy-{component}/; s/%/{service}/' | expand -t 32

# With AWS in it. Naming an example makes cargo choose the features that `cargo test` chooses, so that nothing is built
# twice for the two.
.PHONY: build
build: ## builds the `hark` command; the newest build is target/hark
	cargo build --locked --workspace --all-features --example simulate --bin hark
	@mkdir -p target && cp -f $(TARGET_DIR)/debug/hark target/hark

# Without AWS: half of the crates need not be built to see Hark on one machine.
.PHONY: run
run: ## the whole product on one machine: no account, no key, no network
	cargo build --locked --package cli
	@mkdir -p target && cp -f $(TARGET_DIR)/debug/hark target/hark
	@target/hark dev

.PHONY: test
test: build package-local .venv/ready ## everything that needs no AWS account, on a stand-in for AWS too
	cargo test --locked --workspace --all-features
	.venv/bin/python -m pytest -q tests/python
	$(MAKE) --no-print-directory differential CASES=5000
	$(MAKE) --no-print-directory test-browser
	tests/tools/on-a-fresh-stack $(MAKE) test-system-e2e test-original-way test-browser-e2e ENV=local

# Debian's chromium, or the one that HARK_CHROMIUM names.
.PHONY: test-browser test-browser-e2e screenshots
test-browser: build tests/browser/node_modules/ready ## what people do in the panel, in a real browser
	node --test --test-concurrency=1 tests/browser/panel.test.mjs tests/browser/dashboard.test.mjs

test-browser-e2e: build tests/browser/node_modules/ready ## the same on the stack of dev-stack
	node --test tests/browser/stack.test.mjs

screenshots: build tests/browser/node_modules/ready ## pictures of the panel's pages, in target/screenshots
	node tests/browser/screenshots.mjs target/screenshots

tests/browser/node_modules/ready: tests/browser/package-lock.json
	npm ci --no-audit --no-fund --silent --prefix tests/browser
	@touch $@

.PHONY: test-pre-deploy
test-pre-deploy: build ## unit and integration tests only: nothing that needs a stack
	cargo test --locked --workspace --all-features

UNIT := $(SERVICES:%=test-%-unit)
INTEGRATION := $(SERVICES:%=test-%-integration)
PRE_DEPLOY := $(SERVICES:%=test-%-pre-deploy)
.PHONY: $(UNIT) $(INTEGRATION) $(PRE_DEPLOY)

$(UNIT): test-%-unit: ## one service by itself, e.g. test-voice-parser-unit
	cargo test --locked --package $*

$(INTEGRATION): test-%-integration: build ## the whole flows, which run through every service
	cargo test --locked --package system-tests --test system

$(PRE_DEPLOY): test-%-pre-deploy: test-%-unit test-%-integration ## both of these

# Which stack a target works on: local, dev or prod.
ENV ?= local
COMPONENTS := artifacts shared customer-lookup voice-parser scheduler webhook-handler call-handler data-api panel observability
DEPLOY := $(COMPONENTS:%=deploy-%)
TOOLS := .venv/bin/python infrastructure/tools

# They wait for others most of the time; the features are those of `make test`, so that nothing is built twice.
STACK_TESTS := cargo test --locked --workspace --all-features --test stack -- --test-threads 16

.PHONY: test-original-way
test-original-way: build .venv/ready ## what the Python original tests, on the stack of dev-stack
	tests/tools/original-way

.PHONY: test-system-e2e test-post-deploy
test-system-e2e: build .venv/ready ## end to end on a deployed stack, ENV=local|dev
	HARK_ENV=$(ENV) $(STACK_TESTS)

test-post-deploy: test-system-e2e ## what is run after a deployment

E2E := $(SERVICES:%=test-%-e2e)
.PHONY: $(E2E)
$(E2E): test-%-e2e: build ## what one service does on a deployed stack, ENV=local|dev
	HARK_ENV=$(ENV) $(STACK_TESTS) $(subst -,_,$*)::

.PHONY: dev-stack dev-stack-stop
dev-stack: build package-local .venv/ready ## everything, deployed to a stand-in for AWS on this machine
	@$(TOOLS)/dev-stack start

dev-stack-stop: .venv/ready ## ends what dev-stack started
	@$(TOOLS)/dev-stack stop

.PHONY: deploy-infra $(DEPLOY) deploy-ecr
deploy-infra: .venv/ready package-$(ENV) ## everything to AWS, in order, ENV=dev|prod
	@$(TOOLS)/deploy $(ENV)

$(DEPLOY): deploy-%: .venv/ready package-$(ENV) ## one component, e.g. deploy-voice-parser, ENV=dev|prod
	@$(TOOLS)/deploy $(ENV) $*

deploy-ecr: ## Hark's functions are zips, not images
	@echo "There are no images and no ECR: functions are zips. make deploy-artifacts makes their bucket."

.PHONY: stack-env
stack-env: .venv/ready ## prints a stack's settings for the hark command, ENV=dev|prod
	@$(TOOLS)/stack-env $(ENV)

.PHONY: secrets-create secrets-update secrets-get-arns
secrets-create: .venv/ready ## asks for the secrets' values and stores them, ENV=
	@$(TOOLS)/secret-store create $(ENV)

secrets-update: .venv/ready ## new values for the secrets; read within five minutes, ENV=
	@$(TOOLS)/secret-store update $(ENV) $(SECRET)

secrets-get-arns: .venv/ready ## the secrets' ARNs, ENV=
	@$(TOOLS)/secret-store arns $(ENV)

include infrastructure/tools/package.mk
include infrastructure/tools/checks.mk

.PHONY: lint
lint: .venv/ready lint-templates ## format, clippy and rustdoc with warnings as errors, dependencies, templates, scripts
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-features --all-targets -- -D warnings
	cargo clippy --locked --package system-tests --test stack -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps --document-private-items --quiet
	tests/tools/cargo-tool cargo-deny 0.20.2 -- deny --all-features --locked check bans licenses sources
	tests/tools/cargo-tool cargo-machete 0.9.2 -- machete --with-metadata
	.venv/bin/ruff check tests infrastructure
	.venv/bin/ruff format --check tests infrastructure

# How many runs of the simulation, beginning with which. Optimised: a seed takes a tenth of the time.
SEEDS ?= 200
FIRST_SEED ?= 1
.PHONY: simulate
simulate: ## bad days on AWS in time of their own; SEEDS=10000 FIRST_SEED=1
	cargo build --locked --quiet --profile bench --package system-tests --bin simulate
	@$(TARGET_DIR)/release/simulate $(SEEDS) $(FIRST_SEED)

# How many random requests, and which.
CASES ?= 100000
SEED ?= 1
.PHONY: differential
differential: .venv/ready tests/differential/node_modules/.ready ## Hark's verifier beside Twilio's own; CASES=100000 SEED=1
	cargo build --locked --quiet --workspace --all-features --example judge
	@.venv/bin/python tests/differential/run.py $(CASES) $(SEED) $(TARGET_DIR)/debug/examples/judge

.venv-schemathesis/ready: tests/schemathesis/requirements.txt
	python3 -m venv .venv-schemathesis
	@echo '*' > .venv-schemathesis/.gitignore
	.venv-schemathesis/bin/pip install --quiet --require-hashes --requirement $<
	@touch $@

.PHONY: schemathesis
schemathesis: build .venv-schemathesis/ready ## tries the data API against its own description, on one machine; SECONDS=600
	tests/tools/schemathesis $(or $(SECONDS),600)

.PHONY: isolation
isolation: ## random requests of five companies' keys on all routes; REQUESTS=100000
	HARK_ISOLATION_REQUESTS=$(or $(REQUESTS),100000) \
		cargo test --locked --workspace --all-features --test api -- isolation

# Which property, and for how long: fuzz/README.md.
TARGET ?= form
.PHONY: fuzz
fuzz: ## looks for bytes that break a property; TARGET=ogg SECONDS=600
	fuzz/run $(TARGET) $(or $(SECONDS),600)

# Of one file, for instance: MUTANTS="--re domain/note.rs".
MUTANTS ?=
.PHONY: mutants
mutants: ## changes the lines that matter most and sees whether a test notices: docs/MUTATION.md, hours
	@mkdir -p target/mutants
	CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0 \
		tests/tools/cargo-tool cargo-mutants 27.1.0 -- mutants --output target/mutants $(MUTANTS)

# Optimised, since the debug build is what would be measured otherwise. RATE left out: what this machine carries.
.PHONY: load
load: ## webhooks at a rate, then every id looked at; then 10 notes behind 10,000; SECONDS=60 RATE=500
	cargo build --locked --quiet --profile bench --package cli --package system-tests --bin hark --bin load
	@$(TARGET_DIR)/release/load $(or $(SECONDS),60) $(RATE)

.PHONY: bench
bench: ## the measurements of docs/PERFORMANCE.md, one table
	tests/bench/run

.venv/ready: tests/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --require-hashes --requirement tests/requirements.txt
	@touch .venv/ready

tests/differential/node_modules/.ready: tests/differential/package-lock.json
	npm ci --prefix tests/differential --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
