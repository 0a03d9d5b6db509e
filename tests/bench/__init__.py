"""Measurements. Each module prints a table: `python -m tests.bench.moves`. Nothing here asserts."""
