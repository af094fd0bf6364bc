# Called as `uv run --extra dev just RECIPE`: the tools that the recipes name are those of the `dev` extra.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Test processes; not `auto`, which counts the cores of the host and not those lent to this machine.
workers := env("PYTEST_WORKERS", "2")

# List the recipes
default:
    @just --list

# Everything that has to pass before a change lands
test: prepare pins-check lint types imports
    pytest -n {{ workers }}

# Make sure that the programs the tests need are there
prepare:
    python scripts/ensure_test_tools.py

# Compare the installed versions with the committed pins
pins-check:
    python scripts/check_pins.py

# Check style and format
lint:
    ruff check
    ruff format --check

# Check types
types:
    mypy

# Check the directions between rooms
imports:
    lint-imports

# Run some tests, for example: just pytest tests/worldbase -x
pytest *ARGS:
    pytest {{ ARGS }}

# Format, and mend what can be mended
fmt:
    ruff check --fix
    ruff format

# Rewrite what people read in tests/golden; review the diff (the schemas are `just schemas`)
golden:
    pytest --update-golden

# Write schemas/ from the documents; the test suite checks that they are current
schemas:
    python -m worldflux.documents.published schemas/
    python -m worldforge.workflows.published schemas/

# Resolve the dependencies and write the exact versions (--upgrade: let all of them move)
pin *ARGS:
    python scripts/pin.py {{ ARGS }}
    @echo "Now: uv sync --extra dev"

# Write the generated pages of docs/reference/; the test suite checks that they are current
docs-generate:
    python scripts/generate_cli_reference.py
    python scripts/generate_document_reference.py
    python scripts/generate_benchmark_reference.py
    python scripts/generate_probe_reference.py
    python scripts/generate_findings_reference.py
    python scripts/draw_verdict_line.py
    python -m scripts.draw_view

# Join the parts of the JavaScript verifier to the one file that is given away
verifier:
    python scripts/assemble_verifier.py

# Simulate how often the verdict rule errs, and write docs/reference/error-rates.md (some minutes)
simulate:
    python -m scripts.generate_simulation_page

# Build the documentation; a broken link fails
docs:
    mkdocs build --strict

# Serve the documentation while writing it
docs-serve:
    mkdocs serve

# Measured comparisons, each against a named reference
bench *ARGS:
    python -m bench {{ ARGS }}

# Build the wheel and the source archive
build:
    python -m build --installer uv

# Check the README's install lines in temporary folders
test-install:
    scripts/test_install.sh
