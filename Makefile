# The two commands are `make run` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
LAN := $(shell $(PYTHON) scripts/lan_address.py 2>/dev/null || echo 127.0.0.1)
# Tests wait for disks a thousand times over: where there is memory to write to, they write there.
# They wait for each other too: browsers, servers, two databases.
HANDS := $(shell $(PYTHON) -c 'import os; print(2 + (os.cpu_count() or 2))')
SCRATCH := $(shell test -w /dev/shm && test $$(df -k --output=avail /dev/shm | tail -1) -gt 4000000 && echo TMPDIR=/dev/shm)
# Programs are compiled once, not anew by each of the processes that tests and servers start.
unexport PYTHONDONTWRITEBYTECODE
export PORT
export TRACEAPP_BASE_URL ?= http://$(LAN):$(PORT)

.PHONY: help setup setup-run setup-test run demo test soak check bench screens

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/run.stamp: setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

setup: setup-run setup-test ## install what `run` and `test` need, and nothing more

setup-run: $(VENV)/run.stamp

setup-test: $(VENV)/test.stamp
	@sh scripts/install_test_tools.sh

run: $(VENV)/run.stamp ## serve the demonstration on this machine's LAN address (PORT, TRACEAPP_* respected)
	@$(BIN)/traceapp demo --if-empty
	@exec $(BIN)/traceapp serve --links

demo: $(VENV)/run.stamp ## start the demonstration anew
	$(BIN)/traceapp demo --reset

test: setup-test ## run every test, on SQLite and on a PostgreSQL it starts itself
	@$(BIN)/python -m compileall -q traceapp
	$(SCRATCH) $(BIN)/python -m pytest tests/core -q -n auto -m "not many" --cov=traceapp.core --cov=traceapp.i18n --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(SCRATCH) $(BIN)/python -m pytest tests -q -n $(HANDS) --dist loadfile --no-loadscope-reorder --but-measured

soak: setup-test ## the long campaigns: many kills, long fuzz
	$(BIN)/python -m pytest tests -q -m soak --soak --timeout=3600

check: $(VENV)/test.stamp ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-test ## figures as ratios, both sides in one run
	$(BIN)/python -m bench

screens: setup-test ## screenshots of the pages into docs/screens
	$(BIN)/python -m scripts.screens
	$(BIN)/python -m scripts.portal_screens
