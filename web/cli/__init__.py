"""`kapellmeister`: the engine from a terminal (exit codes: see `web.cli.frame`)."""

from web.cli.frame import main
from web.cli import definitions, instances, serving, work  # noqa: F401, I001 (they add commands)

__all__ = ["main"]
