"""`kapellmeister`: the engine from a terminal (exit codes: see `web.cli.frame`)."""

from web.cli import accounts, definitions, instances, serving, work  # noqa: F401 (they add commands)
from web.cli.frame import main

__all__ = ["main"]
