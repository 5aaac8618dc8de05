# `make` lists what can be made.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NATIVE := $(wildcard server_targets/probe/native/* scenarios/simulation/native/*)
# mypy does not follow setuptools' finder: it is shown the import package as a folder of links.
NAMES := build/names/asgi_vs_wsgi

ALONE := env -u NO_COLOR XDG_CONFIG_HOME=/nonexistent ASGI_VS_WSGI_NO_KEEP=1 $(BIN)/asgi-vs-wsgi-tui

# What is compiled once is not compiled anew by each of the hundreds of processes that tests start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test quick check lint ruff types types-of-tests contracts coverage sanitize bench snapshots recordings pictures clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## open the laboratory (with no terminal: run the default scenario and print the report)
	@$(BIN)/asgi-vs-wsgi-tui

test: $(VENV)/.dev ## lint, types, import contracts and all tests
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint
	$(BIN)/pytest -q -m "not live and not alone" --numprocesses 3 --dist loadgroup
	$(BIN)/pytest -q -m "live and not alone" --numprocesses 5 --dist loadgroup
	$(BIN)/pytest -q -m alone

quick: $(VENV)/.dev ## for the loop while writing: ruff, and the tests that start nothing and take no time (under a minute)
	$(BIN)/ruff check .
	$(BIN)/pytest -q -m "not live and not alone and not slow" --numprocesses 3 --dist loadgroup

check: test ## everything that CI does

lint: types types-of-tests ruff contracts ## ruff, mypy --strict, types of the tests, and the import contracts

ruff: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev $(NAMES)
	$(BIN)/mypy

types-of-tests: $(VENV)/.dev $(NAMES)
	$(BIN)/mypy --config-file tests/mypy.ini tests

contracts: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

coverage: $(VENV)/.dev ## lines that the tests without servers run, child processes included, and the floor (twice their time)
	$(BIN)/pytest -q -m "not live and not alone" --numprocesses 2 --dist loadgroup --cov --cov-report=
	$(BIN)/coverage report --sort=cover

sanitize: $(VENV)/.dev ## tests of what is compiled, and 10,000 random models of the simulator, under gcc's sanitizers
	$(BIN)/python tests/sanitize.py

bench: $(VENV)/.dev ## what the driver and the probe cost, against peers in the same run (minutes; wants the machine)
	$(BIN)/python tests/bench/run.py

snapshots: $(VENV)/.dev ## renew the picture tests' SVG files; look at them before you commit
	$(BIN)/pytest -q tests/tui/test_pictures.py tests/tui/modes/test_mode_pictures.py --snapshot-update

recordings: $(VENV)/.dev ## record anew the runs that the first screen and the README show (wants the machine)
	$(ALONE) run slow-io --save tui/recorded/slow-io.avw > /dev/null
	$(ALONE) run blocked-loop --save tests/pictures/blocked-loop.avw > /dev/null

pictures: $(VENV)/.dev ## draw the README's pictures anew from these runs; look at them before you commit
	$(ALONE) screenshot tui/recorded/slow-io.avw --size 118x30 -o tests/pictures/slow-io.svg
	$(ALONE) screenshot tests/pictures/blocked-loop.avw --size 118x30 -o tests/pictures/blocked-loop.svg
	for mode in code compare waterfall what-if; do \
	  $(ALONE) screenshot tui/recorded/slow-io.avw --size 118x30 --mode $$mode -o tests/pictures/$$mode.svg || exit 1; \
	done

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info

$(NAMES): Makefile
	@rm -rf $@ && mkdir -p $@
	@ln -s ../../../__init__.py ../../../__main__.py ../../../tui ../../../scenarios ../../../server_targets $@
	@ln -s ../../../server_targets/views $@/views

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "asgi-vs-wsgi-tui needs Python 3.11 or newer; say which: make PYTHON=python3.12 run" >&2; exit 1; }
	@echo "Setting up $(VENV), once: this takes about a minute, and a network."
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml $(NATIVE) | $(BIN)/python
	@echo "Installing the laboratory, its servers and its screen into $(VENV): half a minute."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(NATIVE) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/.run
