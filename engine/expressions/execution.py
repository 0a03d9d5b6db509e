"""What a model's code may ask of the instance it runs in, and what it may leave behind.

The engine puts an `Execution` among the variables, under the name `execution`; without one, code
still reads its variables through it, but learns nothing else and sets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["NAME", "NOTHING", "Execution", "Surroundings"]

NAME = "execution"
"""Among the variables, and in the code."""


class Surroundings:
    """What the core is told of the world around an instance; the shell knows it, and answers only
    where a model's code asks. This one knows nothing."""

    __slots__ = ()

    @property
    def facts(self) -> Mapping[str, Any]:
        """Of the instance: `processInstanceId`, `processBusinessKey`, ..."""
        return {}

    @property
    def user(self) -> str | None:
        """Who gave the command; None: nobody, or the engine itself."""
        return None

    @property
    def starter(self) -> str | None:
        """Who started the instance."""
        return None

    @property
    def beans(self) -> Mapping[str, Callable[..., Any]]:
        """Python functions that expressions may call, by name: `rate`, `discounts.rate`."""
        return {}

    @property
    def delegates(self) -> Mapping[str, Callable[[Execution], object]]:
        """Python functions in the place of Java classes and beans, by name."""
        return {}


@dataclass(kw_only=True, eq=False)
class Execution:
    """The facts of one evaluation, under the names that Camunda 7 and Flowable give them."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """`processInstanceId`, `processBusinessKey`, `currentActivityId`, `tenantId`, ..."""
    task: Mapping[str, Any] | None = None
    """Of the user task, where there is one: `id`, `name`, `assignee`, `dueDate`, ..."""
    changes: dict[str, Any] = field(default_factory=dict)
    """What the code changes of the task, by the same names."""
    user: str | None = None
    """Who gave the command; None: nobody, or the engine itself."""
    groups: tuple[str, ...] = ()
    local: Mapping[str, Any] | None = None
    """The variables of the innermost scope alone; None: not told apart."""
    may_assign: bool = True
    assigned: dict[str, Any] = field(default_factory=dict)
    """What the code has set, by name; the engine sets it when the evaluation is over."""
    assigned_locally: dict[str, Any] = field(default_factory=dict)
    beans: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Python functions that an expression may call."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """What a delegate sees; expressions see them by their names."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What the model hands a delegate: its `field` elements."""

    def get(self, name: str, default: Any = None) -> Any:
        """A variable, as a delegate in Python reads it."""
        for values in (self.assigned_locally, self.assigned, self.variables):
            if name in values:
                return values[name]
        return default

    def set(self, name: str, value: Any) -> None:
        """Set a variable where it is declared, nearest scope outward, or else outermost."""
        self.assigned[name] = value

    def set_locally(self, name: str, value: Any) -> None:
        """Set a variable in the innermost scope."""
        self.assigned_locally[name] = value


NOTHING = Surroundings()
"""Of an instance that nobody tells of."""
