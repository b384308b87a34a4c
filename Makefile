# `make` lists the targets.

# buf, grpcurl and a Python with grpcio live in their own environment and come first on the path.
TOOLS := target/tools
export PATH := $(CURDIR)/$(TOOLS)/bin:$(PATH)

# What the contract must stay compatible with.
AGAINST ?= main

CLAIMS ?= 1000000
# Kills of the crash test.
ROUNDS ?= 500

QUERIES ?= 1000000
STORE ?= embedded

# Which fuzz targets, and for how long each.
TARGET ?= bytes tokens packs
SECONDS ?= 600
# Of what libFuzzer tries; 0 is another each time.
SEED ?= 0

# What cargo-fuzz passes, less what needs a nightly compiler: libFuzzer sees which branches a text takes.
FUZZ_FLAGS := --cfg fuzzing -Cpasses=sancov-module -Cdebug-assertions $(addprefix -Cllvm-args=-sanitizer-coverage-,\
	level=4 inline-8bit-counters pc-table trace-compares)
FUZZ := target/fuzz
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
# With `--target`, the flags are not for build scripts and macros.
fuzz-cargo = RUSTFLAGS="$(FUZZ_FLAGS)" cargo $1 --locked --release --manifest-path fuzz/Cargo.toml \
	--target-dir $(FUZZ) --target $(HOST)

.PHONY: help test lint breaking deny fmt doc serve tools bench fuzz oracle crash clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

test: $(TOOLS)/ready ## Run every test
	@trap 'tests/postgres.sh stop' EXIT; \
	if cargo nextest --version >/dev/null 2>&1; \
	then cargo nextest run --locked && cargo test --locked --doc; \
	else cargo test --locked; fi

lint: $(TOOLS)/ready breaking deny ## Check format, lints, documentation and the contract
	cargo fmt --check
	buf lint
	buf format --diff --exit-code proto
	cargo clippy --locked --all-targets -- -D warnings
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	$(call fuzz-cargo,clippy) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

breaking: $(TOOLS)/ready ## Compare the contract with the branch AGAINST (main)
	@if git cat-file -e '$(AGAINST):buf.yaml' 2>/dev/null; \
	then buf breaking --against "$$(git rev-parse --git-common-dir)#branch=$(AGAINST)"; \
	else echo "skipped: no contract on branch $(AGAINST) to compare with"; fi

deny: ## Check licences, sources and advisories of the dependencies
	@if ! cargo deny --version >/dev/null 2>&1; \
	then echo "skipped: cargo-deny is not installed (cargo install --locked cargo-deny)"; \
	else cargo deny --offline check bans licenses sources && \
	if cargo deny fetch db; then cargo deny --offline check advisories; \
	else echo "skipped: the advisories cannot be fetched"; fi; fi

fmt: $(TOOLS)/ready ## Format the code and the contract
	cargo fmt
	cargo fmt --manifest-path fuzz/Cargo.toml
	buf format --write proto

doc: ## Build the crate's documentation
	cargo doc --no-deps --open

serve: ## Start a server on the seed ledger
	cargo run --release -- serve --seeds seeds

tools: $(TOOLS)/ready ## Put grpcurl, buf and a Python with grpcio into target/tools/bin

bench: ## Measure a generated ledger of CLAIMS claims (1000000)
	cargo bench --bench store -- $(CLAIMS)
	cargo bench --bench ledger -- $(CLAIMS)
	cargo bench --bench writers

fuzz: ## Look for texts that break the language or a format: TARGET (bytes tokens packs), SECONDS (600) each
	$(call fuzz-cargo,build)
	@for target in $(TARGET); do \
		here=$(FUZZ)/$$target; \
		mkdir -p $$here/corpus $$here/seeds; \
		echo "$$target: $(SECONDS) s, logged in $$here/log"; \
		RUST_BACKTRACE=0 FUZZ_SEEDS=$$here/seeds FUZZ_DICTIONARY=$$here/dictionary \
			$(FUZZ)/$(HOST)/release/$$target $$here/corpus $$here/seeds -dict=$$here/dictionary \
			-artifact_prefix=$$here/ -max_len=8192 -timeout=10 -max_total_time=$(SECONDS) -seed=$(SEED) 2>$$here/log \
		|| { tail -n 40 $$here/log; exit 1; }; \
		sed -n '/DONE/p; /^Done/p' $$here/log; \
	done

oracle: ## Hold QUERIES random queries (1000000) of ledgers in STORE (embedded, postgres) against a naive evaluator
	ORACLE_STORE=$(STORE) ORACLE_QUERIES=$(QUERIES) cargo test --locked --release --test it \
	oracle::long_run -- --ignored --exact --nocapture

crash: ## Kill a server ROUNDS times (500) while several write and it seals; CRASH_SEED=… repeats a run
	CRASH_ROUNDS=$(ROUNDS) cargo test --locked --release --test it \
	service::crash::long_run -- --ignored --exact --nocapture

clean: ## Remove everything that was built
	cargo clean

$(TOOLS)/ready: tests/requirements.txt
	@python3 -m venv $(TOOLS) || \
	{ echo "python3 with venv is needed (Debian, Ubuntu: apt-get install python3-venv)"; exit 1; }
	@$(TOOLS)/bin/python3 -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
