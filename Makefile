# Homeroom. `make run` starts the bot, `make test` proves it works; both need only Python 3.11 to 3.13.
# Without make: docs/install.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST_ARGS ?=
RUN_ARGS ?=
# Compiled translations are made here, not kept in git.
CATALOGUES := $(patsubst %.po,%.mo,$(shell find bot/locales -name '*.po' 2>/dev/null))

# Where Python may not keep what it compiled, each of the tests' hundred processes compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run install test test-install transformers check format lint types docs prove clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

run: $(VENV)/.installed $(CATALOGUES) ## Install what is needed and start the bot
	@$(BIN)/homeroom run $(RUN_ARGS)

install: $(VENV)/.installed $(CATALOGUES) ## Install the bot into .venv

test: $(VENV)/.test-installed $(CATALOGUES) ## Run the tests
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not prove and not alone" $(PYTEST_ARGS)
	@# What measures how soon something happens has the machine for itself.
	$(BIN)/python -m pytest -m "alone and not prove" tests/chaos

test-install: $(VENV)/.test-installed ## Install what the tests and checks need

transformers: $(VENV)/.transformers-installed ## Install the transformers extra (large; see docs/install.md)

check: $(VENV)/.test-installed ## Check format, lint, types and tests
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory lint types test

lint: $(VENV)/.test-installed ## Check the style
	$(BIN)/ruff check .

types: $(VENV)/.test-installed ## Check the types
	$(BIN)/mypy

format: $(VENV)/.test-installed ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.installed ## Bring the pages that are made from the code up to date
	@$(BIN)/python -m bot.permissions

prove: $(VENV)/.test-installed $(CATALOGUES) ## Run the long proofs and write build/proofs.html
	$(BIN)/python -m tests.prove $(PYTEST_ARGS)

clean: ## Remove the environment and what was built; data/ stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: installed once, and again only when the project's needs changed.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "Homeroom needs Python 3.11, 3.12 or 3.13. Name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python cannot make an environment here. On Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Homeroom into $(VENV) ..." >&2
	@$(PIP) --editable .
	@$(PIP) --editable '.[lightfm]' 2> $(VENV)/lightfm.log || \
		echo "Course suggestions will use the simpler models: LightFM could not be built (it needs a C compiler; see $(VENV)/lightfm.log, then run make install again after make clean)." >&2
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	@echo "Installing what the tests need ..." >&2
	@$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.transformers-installed: $(VENV)/.installed
	@$(PIP) --editable '.[transformers]'
	@touch $@

$(CATALOGUES): | $(VENV)/.installed

%.mo: %.po
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
