# The commands of this project. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON_BASE ?= python3.11
VENV := .venv
PYTHON := $(VENV)/bin/python
PORT ?= 8000
export PORT

.PHONY: help run test coverage demo lint fmt types docs docs-screens ci bench lock vendor install install-dev clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/installed: requirements.txt
	@test -x $(PYTHON) || $(PYTHON_BASE) -m venv $(VENV) || python3 -m venv $(VENV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed" >&2; exit 1; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)/bin/uv pip install --quiet --python $(PYTHON) -r requirements.txt
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	@$(VENV)/bin/uv pip install --quiet --python $(PYTHON) -r requirements.txt -r requirements-dev.txt
	@touch $@

install: $(VENV)/installed
install-dev: $(VENV)/installed-dev

run: install ## start the system with its demo world on http://127.0.0.1:$PORT
	@$(PYTHON) -m backoffice db upgrade
	@$(PYTHON) -m backoffice seed base > /dev/null
	@$(PYTHON) -m backoffice seed demo
	@$(PYTHON) -m backoffice accounts demo
	@echo "http://127.0.0.1:$(PORT)   (Ctrl-C stops web server and worker)"
	@$(PYTHON) -m backoffice worker & worker=$$!; \
	 $(PYTHON) -m backoffice run & web=$$!; \
	 trap 'kill -INT $$worker $$web 2> /dev/null; wait' INT TERM EXIT; \
	 wait $$web

demo: install ## the main job without a browser; the certificate lands in var/demo/
	@$(PYTHON) -m backoffice db upgrade
	@$(PYTHON) -m backoffice seed base > /dev/null
	@$(PYTHON) -m backoffice demo

test: install-dev ## the whole suite: SQLite, PostgreSQL and a real browser
	@$(PYTHON) tests/prepare.py
	@set -a; . var/test.env; set +a; \
	 $(PYTHON) -m pytest -n 2 --dist loadscope

coverage: install-dev ## the suite once more, with branch coverage; takes twice as long
	@$(PYTHON) tests/prepare.py
	@set -a; . var/test.env; set +a; \
	 $(PYTHON) -m pytest -n 2 --dist loadscope --cov --cov-report=term:skip-covered --cov-fail-under=85

lint: install-dev ## style, types, layers, templates
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/djlint --lint --quiet templates

fmt: install-dev ## format the code
	@$(VENV)/bin/ruff check --fix --quiet . || true
	@$(VENV)/bin/ruff format .

docs: install ## write the generated documents anew
	@$(PYTHON) -m backoffice docs

docs-screens: install-dev ## take the screenshots of docs/guide anew, from a demo world of their own
	@$(PYTHON) tests/prepare.py
	@set -a; . var/test.env; set +a; $(PYTHON) scripts/screens.py

bench: install-dev ## measure; writes var/bench.json
	@$(PYTHON) -m benchmarks.run

ci: lint test ## everything a change must pass

lock: install-dev ## resolve requirements*.in again
	@$(VENV)/bin/uv pip compile --quiet --upgrade --no-header --annotation-style line --python-version 3.11 requirements.in -o requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --upgrade --no-header --annotation-style line --python-version 3.11 requirements-dev.in -o requirements-dev.txt

vendor: install-dev ## fetch the pinned web files into static/vendor/ and tests/vendor/
	@$(PYTHON) scripts/vendor.py

clean: ## drop the virtual environment and everything the system wrote
	@rm -rf $(VENV) var
