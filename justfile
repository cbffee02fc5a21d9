# Playhead's commands. Without just installed: npx --yes rust-just dev

set shell := ["bash", "-euo", "pipefail", "-c"]

python := ".venv/bin/python"
just := quote(just_executable()) + " --justfile " + quote(justfile())

# What there is
[private]
default:
    @{{just}} --list --unsorted

# Install what is missing, then run everything: `just dev`, `just dev --hmr` with Vite in front
dev *options: setup
    @exec {{python}} -m tools.dev {{options}}

# Every test: unit, contract, integration, end to end (takes pytest's options)
test *options: (setup "--with-browser") build
    @exec {{python}} -m tools.all_tests {{options}}

# Format, lint, types, layers, generated code, frontend, then every test
check: (setup "--with-browser") lint test

# All of `check` that needs no running service: under two minutes
lint: setup lint-python lint-contracts lint-frontend

# Format everything
fmt: setup
    {{python}} -m ruff check --fix --quiet .
    {{python}} -m ruff format .
    frontend/node_modules/.bin/buf format --write
    npm --prefix frontend run --silent format

# Generate Python and TypeScript from proto/
gen: setup
    frontend/node_modules/.bin/buf generate

# Measure waiting, fairness, cost and likeness beside plain ffmpeg, and whether time tells what is hidden
# (all, or parts: `just bench pipeline`, `just bench seeks cost`, `just bench startup access`, `just bench web`)
bench *parts: (setup "--with-browser") build
    @exec {{python}} -m tests.benchmarks {{parts}}

# The tests in a real browser only (takes pytest's options)
e2e *options: (setup "--with-browser") build
    @exec {{python}} -m pytest e2e {{options}}

# Make the pictures in docs/screens anew: every page in every state
screens: (setup "--with-browser") build
    @exec {{python}} -m e2e.screens

# Bring both databases to the newest schema
migrate: setup
    {{python}} -m gateway migrate
    {{python}} -m video_service migrate

# Versions of everything, and what is wrong
doctor:
    @PYTHONPATH=backend python3 -m tools.doctor

# Build the web app if its sources changed
build: setup
    @{{python}} -m tools.web_app

# The gateway alone
gateway: setup build
    {{python}} -m gateway migrate
    @exec {{python}} -m gateway serve

# The video service alone
video-service: setup
    {{python}} -m video_service migrate
    @exec {{python}} -m video_service serve

# One worker alone; start as many as you like, on any machine
worker: setup
    {{python}} -m video_service migrate
    @exec {{python}} -m video_service worker

# A bulk worker: only for what nobody waits for, as ladders
bulk-worker: setup
    {{python}} -m video_service migrate
    @exec {{python}} -m video_service bulk-worker

[private]
setup *options:
    @python3 tools/bootstrap.py {{options}}

[private]
lint-python:
    {{python}} -m ruff format --check .
    {{python}} -m ruff check .
    {{python}} -m mypy
    PYTHONPATH=. .venv/bin/lint-imports --no-logo

[private]
lint-contracts:
    frontend/node_modules/.bin/buf lint
    frontend/node_modules/.bin/buf format --diff --exit-code
    {{python}} -m tools.generated_code

[private]
lint-frontend:
    npm --prefix frontend run --silent format:check
    npm --prefix frontend run --silent lint
    npm --prefix frontend run --silent check
    npm --prefix frontend run --silent test
    npm --prefix frontend run --silent build
    npm --prefix frontend run --silent size
