# One command each. A fresh machine needs Python 3.11 or newer, with venv, and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Development mode reports what is never closed. The order is random; ARGS=--randomly-seed=… repeats one.
# Most tests wait for servers of their own much of the time, so there are more processes than processors.
PYTEST := PYTHONDEVMODE=1 $(BIN)/pytest
IN_PARALLEL := -p no:playwright -n 3 --dist loadfile

.PHONY: help demo quick test test-python test-browser coverage lint format matrix bench clean

help:
	@echo "make demo      the example site with simulated visitors, in your browser"
	@echo "make quick     the tests that start no process besides one embedded Redis, in under a minute"
	@echo "make test      all tests, those in a real Chromium too where there is one"
	@echo "make coverage  all tests but those in Chromium, and the branches of the package that they miss"
	@echo "make lint      ruff, mypy, djade, codespell"
	@echo "make matrix    the tests with each Python, each Django, and the oldest and newest dependencies"
	@echo "make bench     the figures, side by side with django-active-users 0.4.1"
	@echo "make clean     remove what these made"

demo: $(VENV)/.demo
	@exec $(BIN)/python -m example_site

test: test-python test-browser

quick: $(VENV)/.test
	$(PYTEST) $(IN_PARALLEL) -m "not processes" $(ARGS)

test-python: $(VENV)/.test
	$(PYTEST) $(IN_PARALLEL) $(ARGS)

# Processes that the tests start are measured too, and what those fork.
coverage: $(VENV)/.test
	@rm -rf .coverage && mkdir .coverage
	PYTHONDEVMODE=1 $(BIN)/coverage run -m pytest $(IN_PARALLEL) $(ARGS)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

test-browser: $(VENV)/.test
	$(PYTEST) tests/browser --confcutdir=tests/browser $(ARGS)

lint: $(VENV)/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy active_users benchmarks example_site tests noxfile.py
	$(BIN)/codespell
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files '*.html')

format: $(VENV)/.lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djade --target-version 5.2 $$(git ls-files '*.html')

matrix: | $(VENV)/bin/python
	$(BIN)/pip install --quiet --group matrix
	$(BIN)/nox $(ARGS)

bench: $(VENV)/.test
	@exec $(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) .nox .bench .coverage build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.13 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# An environment for each purpose within the one: what the demo does not need it does not wait for.
$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable . --group demo
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable . --group test --group browser
	@touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable . --group test --group browser --group lint
	@touch $@
