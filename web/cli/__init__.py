"""`kapellmeister`: the engine from a terminal (exit codes: see `web.cli.frame`)."""

from web.cli import (  # noqa: F401 (they add commands)
    access,
    accounts,
    alerts,
    batches,
    definitions,
    instances,
    operations,
    policies,
    retention,
    serving,
    webhooks,
    work,
)
from web.cli.frame import main

__all__ = ["main"]
