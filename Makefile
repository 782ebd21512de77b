# Lookglass: `make run` serves the fitting room, `make test` checks everything. `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.PHONY: help run test lint types web-test bench format setup setup-dev kernels clean

VENV ?= .venv
export VENV
PYTHON = "$(VENV)/bin/python"

# One thread for every numeric library: parallelism is stages in threads and processes, never loops inside one,
# which on two cores only fight for the same caches.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export NUMEXPR_NUM_THREADS := 1
export NUMBA_NUM_THREADS := 1

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22
	echo "  VENV=PATH chooses the virtual environment (default .venv)"

run: setup kernels ## serve on this machine; LAN=1 for phones on the same network; ARGS='--port 9000'
	@exec $(PYTHON) run_server.py serve $(if $(LAN),--lan) $(ARGS)

test: setup-dev ## lint, types, contracts, web tests and all tests; ARGS='-k render'
	@echo 'lookglass: style, types, the page and the kernels (up to three minutes, a second time seconds) …'
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint types web-test kernels
	scripts/test.sh $(ARGS)

lint: setup-dev ## ruff's rules and format
	@$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

types: setup-dev ## mypy --strict and the import contracts
	@$(PYTHON) -m mypy
	"$(VENV)/bin/lint-imports"

web-test: setup-dev ## the page's own tests
	@if compgen -G 'xr_client/web/test/*' >/dev/null; then node --test xr_client/web/test/*.test.js; fi

bench: setup-dev kernels ## one benchmark, NAME=stages; without NAME the list of them
	@exec $(PYTHON) run_server.py bench $(if $(NAME),$(NAME),--list) $(ARGS)

format: setup-dev ## let ruff rewrite the layout and what it can mend
	@$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

setup: ## install what serving needs
	@scripts/setup.sh run

setup-dev: ## install what serving and testing need
	@scripts/setup.sh dev

kernels: ## compile the kernels, if the sources of any have changed
	@scripts/kernels.sh

clean: ## remove caches and results, not the environment
	@rm -rf out .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path '*/.venv*' -prune -exec rm -rf {} +
