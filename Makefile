# make demo   the six pilots on an embedded store, with progress and plan views
# make test   the tests, with PostgreSQL where its server binary is found
# make docs   writes the reference pages that are made from the code
# make bench  measures every target of speed and writes the table: some fifteen minutes on a machine with nothing to do
# make bench-national   the same of a national archive, 12 million facts: hours, and 9 GB of disk
#             (fewer people, or fewer turns: make bench-national NATIONAL="--size 1250 --runs 1")
# make campaign   the stores killed, cut, failed, damaged and raced with ever new seeds: MINUTES=10 and SEED=... if wanted
# make check  everything that stands between a change and its landing

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test docs bench bench-national campaign check lint types imports clean

demo: $(VENV)/.demo
	@mkdir -p build
	$(BIN)/zroute demo --fresh --db build/pilots.db

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks --write docs/reference/performance.md

bench-national: $(VENV)/.bench
	$(BIN)/python -m benchmarks.national --write docs/reference/performance.md $(NATIONAL)

campaign: $(VENV)/.dev
	$(BIN)/python -m campaigns --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

check:
	.ci/run

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

imports: $(VENV)/.dev
	$(BIN)/lint-imports

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.bench: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
