"""What one evaluation has at hand, and how much work it may make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from engine.expressions.execution import NAME, Execution
from engine.expressions.juel.problems import Problem

__all__ = ["Beans", "Code", "Context"]

Beans: TypeAlias = Mapping[str, Callable[..., Any]]
"""Python functions by the name the model calls them: `rate`, or `discounts.rate`."""

_BUDGET = 20_000_000
"""Characters and items that methods may walk over."""


class Context:
    """Of one evaluation."""

    __slots__ = ("_beans", "_execution", "_work", "now", "variables")

    def __init__(self, variables: Mapping[str, Any], now: datetime | None, beans: Beans) -> None:
        self.variables = variables
        self.now = now
        self._beans = beans
        self._execution: Execution | None = None
        self._work = _BUDGET

    def charge(self, work: int) -> None:
        """Counts work. Raises Problem when there is too much of it."""
        self._work -= work
        if self._work < 0:
            raise Problem("the expression does too much work; let a service task do it")

    @property
    def beans(self) -> Beans:
        """The Python functions it may call."""
        return self._beans or self.execution.beans

    @property
    def execution(self) -> Execution:
        """That of the engine, or one that only knows the variables."""
        if self._execution is None:
            found = self.variables.get(NAME)
            self._execution = found if isinstance(found, Execution) else Execution(may_assign=False)
        return self._execution

    def has(self, name: str) -> bool:
        """Whether a variable exists, one that this evaluation has set included."""
        execution = self.execution
        if name in execution.assigned or name in execution.assigned_locally:
            return True
        return name in self.variables and name != NAME

    def get(self, name: str) -> Any:
        """A variable; None when it does not exist."""
        execution = self.execution
        for assigned in (execution.assigned_locally, execution.assigned):
            if name in assigned:
                return assigned[name]
        return self.variables.get(name) if name != NAME else None


Code: TypeAlias = Callable[[Context], Any]
"""A compiled piece of an expression."""
