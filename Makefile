# make run    the whole service on this machine, from nothing
# make test   the whole test suite, on a real PostgreSQL and Valkey
# make faults every fault of FAULTS D, E and G, with a table of what became of them, and whatever else is slow
# make client a Python client, generated from the schema that the running service publishes
# make bench  what the whole service does in a second, beside what its database does
# make check  linters, types and the files that only a deployment reads
SHELL := /bin/bash
.DEFAULT_GOAL := run
.PHONY: install install-check run test faults bench client check lock messages

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps
export PYTHONDONTWRITEBYTECODE :=

# A candidate counts only after it has run: a version manager's shim can exist and fail.
define find_python
for candidate in $$PYTHON python3 python3.13 python3.12 python3.11 python3.14; do \
  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
    echo "$$candidate"; break; \
  fi; \
done
endef

define no_python
No Python 3.11 or newer with venv was found. Install one (Debian: apt-get install python3 python3-venv), or name it: make $@ PYTHON=/path/to/python3
endef
export no_python

$(BIN)/python:
	@python="$$($(find_python))"; \
	if [ -z "$$python" ]; then echo "$$no_python" >&2; exit 1; fi; \
	echo "Making $(VENV) with $$("$$python" --version)"; \
	rm -rf $(VENV) && "$$python" -m venv $(VENV)

$(VENV)/installed: requirements/dev.txt | $(BIN)/python
	@echo "Installing packages into $(VENV) (half a minute, the first time only)"
	@$(PIP) -r requirements/dev.txt
	@touch $@

$(VENV)/installed-check: requirements/check.txt $(VENV)/installed
	@$(PIP) -r requirements/check.txt
	@touch $@

install: $(VENV)/installed

install-check: $(VENV)/installed-check

run: install
	@exec $(BIN)/python manage.py up $(ARGS)

test: install
	@exec $(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

faults: install
	@exec $(BIN)/python -m pytest -m 'fault or slow' --faults-table -p no:cacheprovider $(ARGS)

bench: install
	@exec $(BIN)/python manage.py benchmark $(ARGS)

check: install-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/yamllint --strict docker .pre-commit-config.yaml
	$(BIN)/hadolint docker/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml

SCHEMA := http://127.0.0.1:8000/api/v1/schema/
CLIENT := .local/client

# The generator has ruff tidy what it wrote, and looks for it in PATH.
client: install
	@mkdir -p $(CLIENT)
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/openapi-python-client generate --url $(SCHEMA) --meta none --overwrite \
	  --output-path $(CLIENT)/smsgateway_client

# base: production. dev: base, the embedded servers and the tests. check: dev and the linters.
lock: LOCK = uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-emit-index-url pyproject.toml
lock:
	$(LOCK) $(ARGS) -o requirements/base.txt
	$(LOCK) $(ARGS) --extra local --extra test -c requirements/base.txt -o requirements/dev.txt
	$(LOCK) $(ARGS) --extra local --extra test --extra check -c requirements/dev.txt -o requirements/check.txt

# Compiled catalogues are committed: a fresh machine need not have gettext.
messages: install-check
	$(BIN)/python manage.py makemessages --locale zh_Hans --no-location --no-obsolete --ignore .venv --ignore .local
	$(BIN)/python manage.py compilemessages --ignore .venv
