# Needs only Python >= 3.11 and make; everything else is installed into .venv from the lock file.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Hundreds of processes are started by tests: each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

# What one core or the network holds up; each says what it has to say when it is done.
BESIDE := -j3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# Beside the other tests one will do: they are through long before.
BROWSERS ?= 2

.PHONY: run test python-test check chaos chromium web web-test browser-test screenshots api-client install-test client plugins audit bench bench-guard format openapi docs lock clean

run: $(VENV)/.installed   ## start Memorizer on http://localhost:5000
	$(BIN)/python web/build.py
	$(BIN)/memorizer start

web: $(VENV)/.installed   ## build the web page, if its sources changed
	$(BIN)/python web/build.py

web-test: $(VENV)/.installed  ## lint, types and unit tests of the web page
	$(BIN)/python web/build.py test

screenshots: $(VENV)/.tested web  ## take the pictures of docs/images anew
	$(BIN)/python tests/browser/screenshots.py

client: $(VENV)/.tested  ## write the synchronous half of clients/python anew
	$(BIN)/python -m tools.sync_client

plugins: $(VENV)/.tested  ## write plugins/ and server.json anew
	$(BIN)/python -m tools.plugins

api-client: openapi       ## write the page's API client anew
	cd web && npm run --silent api

chromium: $(VENV)/.tested
	$(BIN)/python tests/support/chromium.py

browser-test: $(VENV)/.tested web chromium  ## the page in a real Chromium, before a real server
	$(BIN)/pytest -n $(BROWSERS) tests/browser

check: $(VENV)/.tested    ## format, lint, types, layers of the Python code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The page is built after its tests, whose packages are more: they are installed once.
test: $(VENV)/.tested     ## everything CI runs: format, lint, types, layers, tests
	$(MAKE) $(BESIDE) check web-test chromium
	$(MAKE) web
	$(MAKE) -j2 python-test browser-test BROWSERS=1

python-test: $(VENV)/.tested  ## all tests but those in a browser, with branch coverage
	$(BIN)/pytest -n 3 --durations=25 --durations-min=5 --cov --cov-report=term

chaos: $(VENV)/.tested    ## faults of every kind, again and again, and an hour of mixed load (SOAK=seconds)
	MEMORIZER_TEST_CHAOS=1 MEMORIZER_TEST_FUZZ=5000 MEMORIZER_TEST_SOAK_SECONDS=$(or $(SOAK),3600) \
	  $(BIN)/pytest -n 2 tests/chaos tests/unit/test_formats_survive.py \
	  tests/integration/test_killed_workers.py

install-test: $(VENV)/.tested  ## do what the Dockerfile says in a clean environment, and use it
	$(BIN)/pytest -n 0 tests/clean_install

audit: $(VENV)/.tested    ## ask the registries for known holes in the locked dependencies; needs the network
	$(BIN)/uv tool run pip-audit==2.10.1 --strict --disable-pip --require-hashes -r requirements.lock \
	  || { echo 'Holes were found, or the registry of advisories did not answer: the lines above say which.'; exit 1; }
	cd web && npm audit --omit=dev

bench: $(VENV)/.tested    ## measure, print a table with ratios
	$(BIN)/python -m benchmarks

bench-guard: $(VENV)/.tested  ## look whether something became much slower, in two minutes
	$(BIN)/python -m benchmarks.guard

format: $(VENV)/.tested
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(VENV)/.installed  ## write openapi.json anew
	$(BIN)/memorizer openapi > openapi.json

docs: openapi             ## write the pages that are generated from the code
	$(BIN)/python -m tools.reference_pages
	$(BIN)/python -m tools.mcp_card

lock: $(VENV)/.tested     ## pin all dependencies anew
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --extra redis --extra postgres -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o deploy/requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Memorizer needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip uninstall --quiet --yes memorizer 2>/dev/null  # what it was called before
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	touch $@
