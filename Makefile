# `make run` starts everything, `make test` proves everything; `make help` lists the rest.

PYTHON ?= python3
VENV := .venv/bin
# Tests run in this many processes.
JOBS ?= 2
SOAK_ARGS ?=
TEMPLATES = $(shell find templates assessments leadcrm leads messaging -name '*.html' 2>/dev/null)
DJADE := $(VENV)/djade --target-version 5.2
DJHTML := $(VENV)/djhtml --tabwidth 2 --extra-block partialdef,endpartialdef
CODE = $(shell find assessments leadcrm leads messaging tests manage.py -name '*.py' -not -path '*/migrations/*')
# Tools that need settings but no database.
CHECKED := DJANGO_SETTINGS_MODULE=leadcrm.settings.test $(VENV)/python -W "ignore:Got an error checking a consistent migration history"

.DEFAULT_GOAL := help
.PHONY: help run test check bench soak demo-reset format environment dev-environment browser pytest

help:
	@echo "make run         start leadcrm here: database, web, worker, mailbox (PORT=9000 names another port)"
	@echo "make test        install what the tests need, then run every check and every test"
	@echo "make check       lint, types, import rules, templates, migrations"
	@echo "make format      format code and templates"
	@echo "make bench       measure the figures of docs/, as tables"
	@echo "make soak        run the long proofs"
	@echo "make demo-reset  stop leadcrm and remove everything it wrote here"

environment:
	@command -v $(PYTHON) >/dev/null || { echo "leadcrm needs Python 3.11 or newer, and there is no $(PYTHON): install it, or name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) leadcrm/local/bootstrap.py

dev-environment:
	@command -v $(PYTHON) >/dev/null || { echo "leadcrm needs Python 3.11 or newer, and there is no $(PYTHON): install it, or name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) leadcrm/local/bootstrap.py --dev

# exec, so that Ctrl+C and SIGTERM reach the launcher itself.
run: environment
	@exec $(VENV)/python manage.py local

demo-reset: environment
	@$(VENV)/python manage.py demo_reset

browser: dev-environment
	@$(VENV)/python -m leadcrm.local.browser

test: browser check pytest

check: dev-environment
	@echo "Lint";           $(VENV)/ruff check --quiet .
	@echo "Format";         $(VENV)/ruff format --quiet --check . || { echo "Some files are not formatted: run \`make format\`." >&2; exit 1; }
	@echo "Templates";      $(DJADE) --check $(TEMPLATES) && $(DJHTML) --check $(TEMPLATES) || { echo "Some templates are not formatted: run \`make format\`." >&2; exit 1; }
	@echo "Django";         $(VENV)/django-upgrade --check --target-version 5.2 $(CODE)
	@echo "Types";          $(VENV)/mypy --no-error-summary
	@echo "Import rules";   $(VENV)/lint-imports --no-logo
	@echo "Migrations";     $(CHECKED) manage.py makemigrations --check --dry-run --verbosity 1
	@echo "Settings";       $(CHECKED) manage.py check
	@echo "Deployment";     DJANGO_SETTINGS_MODULE=leadcrm.settings.prod SECRET_KEY=$$($(VENV)/python -c 'import secrets; print(secrets.token_urlsafe(50))') ALLOWED_HOSTS=crm.example $(VENV)/python manage.py check --deploy --fail-level WARNING

pytest: dev-environment
	@echo "Tests";          $(VENV)/python -m pytest -n $(JOBS) --dist loadgroup

format: dev-environment
	@$(VENV)/ruff check --quiet --fix . || true
	@$(VENV)/django-upgrade --target-version 5.2 $(CODE) || true
	@$(VENV)/ruff format --quiet .
	@$(DJADE) $(TEMPLATES) || true
	@$(DJHTML) $(TEMPLATES) || true

bench: dev-environment
	@$(VENV)/python -m benchmarks

soak: browser
	@$(VENV)/python -m pytest -m soak $(SOAK_ARGS)
