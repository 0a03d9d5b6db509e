"""The undo window: what cannot be undone is held back for ten seconds before it is done.

A held command is a batch of one that is due later (`Engine.create_batch`): it outlives the node
that took it, is done once, and taking it back leaves the instance as it was.
"""

from __future__ import annotations

from datetime import timedelta

from engine import BatchOrder
from web.console.language import noop
from web.console.rendering import actor, engine

WINDOW = timedelta(seconds=10)
HELD = ("cancel", "abandon", "modify", "migrate", "delete")
"""Kinds of commands that are held back."""
SAID = {
    "cancel": noop("It will be cancelled"),
    "abandon": noop("It will be abandoned, and what was done undone"),
    "modify": noop("Its tokens will be moved"),
    "migrate": noop("It will be migrated"),
    "delete": noop("It will be deleted"),
    "retry": noop("It will be tried again"),
    "set_variables": noop("Its variables will be set"),
    "suspend": noop("It will be suspended"),
    "resume": noop("It will be resumed"),
    "restart": noop("It will be run again"),
}
"""What a command that is still to be done comes to."""


def hold(id: int, order: BatchOrder, reason: str, key: str | None) -> None:
    """Lets a command to one instance wait until nobody has taken it back in time."""
    engine().create_batch(
        order, targets=[id], reason=reason, delay=WINDOW, by=actor(), idempotency_key=key
    )
