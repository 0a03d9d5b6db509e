"""What a model's code may ask of the instance it runs in, and what it may leave behind.

The engine puts an `Execution` among the variables, under the name `execution`; without one, code
still reads its variables through it, but learns nothing else and sets nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["NAME", "Execution"]

NAME = "execution"
"""Among the variables, and in the code."""


@dataclass(kw_only=True, eq=False)
class Execution:
    """The facts of one evaluation, under the names that Camunda 7 and Flowable give them."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """`processInstanceId`, `processBusinessKey`, `currentActivityId`, `tenantId`, ..."""
    task: Mapping[str, Any] | None = None
    """Of the user task, where there is one: `id`, `name`, `assignee`, `dueDate`, ..."""
    user: str | None = None
    """Who gave the command; None: nobody, or the engine itself."""
    groups: tuple[str, ...] = ()
    local: Mapping[str, Any] | None = None
    """The variables of the innermost scope alone; None: not told apart."""
    may_assign: bool = True
    assigned: dict[str, Any] = field(default_factory=dict)
    """What the code has set, by name; the engine sets it when the evaluation is over."""
    assigned_locally: dict[str, Any] = field(default_factory=dict)
