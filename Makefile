# Other names for the two commands; make itself is never needed.
.PHONY: run test format lock

run:            ## set up, start engine and console: python3 web
	@python3 web

test:           ## set up, run every check: python3 tests
	@python3 tests

format:         ## let ruff lay out and tidy the sources
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lock:           ## renew both lock files from pyproject.toml
	@python3 tests --lock
