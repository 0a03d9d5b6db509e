"""What the engine says no with; whoever is outside catches `EngineError`.

A message gives the place, the culprit in quotes, what was found and what would do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.forms import FieldError
    from engine.views import Problem


class EngineError(Exception):
    """The engine could not do what it was asked to."""


class NotFound(EngineError):
    """There is nothing under this id."""


class Stale(EngineError):
    """What the input refers to no longer waits: it was used, withdrawn, or given to another."""


class Conflict(EngineError):
    """It exists, but its state does not allow this."""


class Invalid(EngineError):
    """The request itself is wrong, and would be at any time."""


class InvalidForm(Invalid):
    """What was entered is not what the form asks for; `fields` says what is the matter with each
    field that is wrong."""

    def __init__(self, place: str, fields: Sequence[FieldError]) -> None:
        self.fields = list(fields)
        super().__init__(f"{place}: " + "; ".join(str(field) for field in self.fields))


class Refused(EngineError):
    """Files were not deployed, or a plan not carried out; `problems` names every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        first = "; ".join(str(problem) for problem in self.problems[:3])
        more = len(self.problems) - 3
        super().__init__(first + (f"; and {more} more" if more > 0 else ""))


class Unavailable(EngineError):
    """The database cannot be reached, or is too busy: try again, with the same idempotency key."""


class ExecutionError(EngineError):
    """The input could not be applied: nothing happened, and it may be tried again."""

    def __init__(self, message: str, element: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.element = element


class BpmnError(Exception):
    """Raised by a handler: a business error, to be caught by an error event (BPMN 2.0.2 §10.5.6).

    Never retried; any other exception is technical, and is.
    """

    def __init__(self, code: str, message: str = "", variables: dict[str, object] | None = None):
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.variables = variables or {}
