# Everything that is done from a terminal.  `make help` lists it.

PYTHON_BIN := .venv/bin/python
TEMPLATES = $(shell find templates -name '*.html')
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format bench pictures lock clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  make demo reads PORT (8000), CAREHELP_DATA (.data), DEMO_MEMBERS (6000), DEMO_PASSWORD, CAREHELP_TODAY."

setup:  ## Make the checkout ready to run (any number of times)
	@scripts/setup

demo:  ## Run the product with demo data in this terminal
	@scripts/setup
	@exec $(PYTHON_BIN) manage.py demo

test:  ## Run all tests (ARGS="tests/members -k roster" for some)
	@scripts/setup tests
	@exec $(PYTHON_BIN) -m pytest -n $(WORKERS) $(ARGS)

lint:  ## Check style, layers, types, migrations, translations
	@scripts/setup tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djade --target-version 5.2 --check $(TEMPLATES)
	.venv/bin/lint-imports --no-cache
	.venv/bin/mypy carehelp members visits
	$(PYTHON_BIN) manage.py makemigrations --check --dry-run
	$(PYTHON_BIN) manage.py check --fail-level WARNING
	$(PYTHON_BIN) scripts/missing_messages.py

format:  ## Put sources and templates into form
	@scripts/setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/djade --target-version 5.2 $(TEMPLATES)

bench:  ## Measure on a province (BENCH_MEMBERS=1000000; ONLY="planning due_list" for some)
	@scripts/setup
	@exec $(PYTHON_BIN) -m tests.bench $(ONLY)

pictures:  ## Take the pictures of the manual anew, by the browser test of the whole way
	@scripts/setup tests
	CAREHELP_PICTURES=docs/pictures $(PYTHON_BIN) -m pytest -q tests/browser/test_the_whole_way.py

lock:  ## Write the lock files of requirements/ anew
	@scripts/setup lock

clean:  ## Remove what can be made again (not the data)
	rm -rf .venv .static assets/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
