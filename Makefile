# One command for each task. They need Python 3.11 or newer with venv, and install everything else in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Development mode reports files and sockets that are never closed.
# Three processes even on a small machine, because most tests spend their time waiting for servers.
PYTEST := PYTHONDEVMODE=1 $(BIN)/pytest
IN_PARALLEL := -p no:playwright -n 3 --dist loadfile

.PHONY: help demo quick test test-python test-browser coverage lint format messages docs matrix bench clean

help:
	@echo "make demo      the example site with simulated visitors: http://127.0.0.1:8000, or another PORT=…"
	@echo "make quick     the tests that start no process besides one embedded Redis, in about a minute"
	@echo "make test      all tests, in real browsers too if they are there"
	@echo "make coverage  the tests outside browsers, and the branches of the package that they miss"
	@echo "make lint      ruff, mypy, djade, codespell"
	@echo "make format    what ruff and djade can fix"
	@echo "make messages  the catalogues of the other languages, from what the code says now"
	@echo "make docs      the documentation as HTML, in build/docs"
	@echo "make matrix    all tests with each Python and Django, and the oldest and newest dependencies"
	@echo "make bench     the figures, side by side with django-active-users 0.4.1"
	@echo "make clean     remove everything that these commands made"

demo: $(VENV)/.demo
	@exec $(BIN)/python -m example_site

test: test-python test-browser

quick: $(VENV)/.test
	$(PYTEST) $(IN_PARALLEL) -m "not processes" $(ARGS)

test-python: $(VENV)/.test
	$(PYTEST) $(IN_PARALLEL) $(ARGS)

# Also measures the processes that tests start or fork.
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
	$(BIN)/ruff format --check --line-length 88 $$(git ls-files '*.md')
	$(BIN)/mypy active_users benchmarks example_site tests noxfile.py
	$(BIN)/codespell
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files '*.html')

format: $(VENV)/.lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/ruff format --line-length 88 $$(git ls-files '*.md')
	$(BIN)/djade --target-version 5.2 $$(git ls-files '*.html')

# What the package says in other languages. It needs GNU gettext. A translator fills in the .po files that this writes.
messages: $(VENV)/.test
	cd active_users && $(abspath $(BIN))/python -m django makemessages --all --no-obsolete --add-location file
	cd active_users && $(abspath $(BIN))/python -m django compilemessages

# A warning, such as of a link that leads nowhere, is an error.
docs: $(VENV)/.docs
	$(BIN)/python -m mkdocs build --quiet --strict

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

# Each purpose adds what it needs to one environment, so that the demo does not wait for what only tests need.
$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable . --group demo
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable . --group test --group browser
	@touch $@

$(VENV)/.docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --group docs
	@touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable . --group test --group browser --group lint
	@touch $@
