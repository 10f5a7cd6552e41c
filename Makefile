# Two commands do everything on a fresh machine: `make report` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

unexport PYTHONDONTWRITEBYTECODE  # each kernel would compile the package anew

.PHONY: report test test-slow test-all lint samples lock bench clean help

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

report: $(STAMP)  ## run every notebook on the sample company and print where the reports are
	@$(BIN)/cxkit report --all -f data/samples/reports.toml --out reports

test: $(STAMP)  ## run the tests
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

test-slow: $(STAMP)  ## run the slow simulations
	@$(BIN)/python -m pytest -m slow -n 2 --maxschedchunk 1

test-all: test test-slow  ## run the tests, slow simulations included

lint: $(STAMP)  ## check style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

samples: $(STAMP)  ## rebuild data/samples from its seed
	@$(BIN)/python -m cxkit.samples data/samples

lock: $(STAMP)  ## pin versions anew
	@$(BIN)/python -m pip install --quiet uv && $(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --quiet -o requirements.lock

bench: $(STAMP)  ## measure speed and memory against hand-written SQL and the usual command lines
	@for f in benchmarks/*_*.py; do echo "== $$f"; $(BIN)/python $$f || exit 1; done

clean:  ## remove what was built (not the environment)
	rm -rf reports build dist .pytest_cache .hypothesis .ruff_cache

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "cxkit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 report"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 2; }
	@echo "Setting up $(VENV) (once; about two minutes) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
