"""Python functions that do jobs, by job type.

    handlers = Handlers()

    @handlers("charge-card", retries=5, backoff="PT1S*2^n PT1M", timeout=timedelta(seconds=30))
    def charge(job: Job) -> dict[str, Any]:
        ...

What a handler returns are the job's results. `BpmnError` is a business error, for the model to
catch; any other exception is technical, and the job is tried again. It is called at least once:
`job.key` is the same for every attempt, so that the other side can tell a repetition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from msgspec import Struct

from engine.errors import Invalid
from engine.services.policies import Declared, parse_backoff
from engine.views import Job

Function: TypeAlias = Callable[[Job], Mapping[str, Any] | None]


class Handler(Struct, frozen=True):
    """A function, the type of job it does, and how it wants to be tried."""

    type: str
    function: Function
    declared: Declared
    fetch: tuple[str, ...] | None = None
    """Names of the variables it needs; None: all."""


class Handlers:
    """A register of handlers."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def __call__(
        self,
        type: str,
        *,
        retries: int | None = None,
        backoff: str | None = None,
        timeout: timedelta | None = None,
        fetch: tuple[str, ...] | None = None,
    ) -> Callable[[Function], Function]:
        """Register the decorated function for a type of job.

        `retries` is how often it is tried in all; `backoff` as in `engine.services.policies`;
        after `timeout` an attempt counts as failed. What the model says comes first.
        """

        def register(function: Function) -> Function:
            self.add(type, function, retries=retries, backoff=backoff, timeout=timeout, fetch=fetch)
            return function

        return register

    def add(
        self,
        type: str,
        function: Function,
        *,
        retries: int | None = None,
        backoff: str | None = None,
        timeout: timedelta | None = None,
        fetch: tuple[str, ...] | None = None,
    ) -> None:
        """Register a function. Raises Invalid when the type has one already."""
        if not type:
            raise Invalid("a handler needs the type of job it does")
        if type in self._handlers:
            raise Invalid(f"job type '{type}' has a handler already; take one of the two away")
        if retries is not None and retries < 1:
            raise Invalid(f"handler of '{type}': found retries {retries}; 1 or more would do")
        if timeout is not None and timeout <= timedelta(0):
            raise Invalid(f"handler of '{type}': a timeout of {timeout} leaves no time")
        if backoff is not None:
            parse_backoff(backoff)
        declared = Declared(retries=retries, backoff=backoff, timeout=timeout)
        self._handlers[type] = Handler(type, function, declared, fetch)

    def include(self, other: Handlers) -> None:
        """Take over another register's handlers. Raises Invalid when both have one type."""
        for found in other:
            if found.type in self._handlers:
                raise Invalid(f"job type '{found.type}' has a handler in both registers")
            self._handlers[found.type] = found

    def __iter__(self) -> Iterator[Handler]:
        return iter(self._handlers.values())

    def __len__(self) -> int:
        return len(self._handlers)

    def __contains__(self, type: str) -> bool:
        return type in self._handlers

    def __getitem__(self, type: str) -> Handler:
        return self._handlers[type]

    @property
    def types(self) -> list[str]:
        return list(self._handlers)


_common = Handlers()


def handler(
    type: str,
    *,
    retries: int | None = None,
    backoff: str | None = None,
    timeout: timedelta | None = None,
    fetch: tuple[str, ...] | None = None,
) -> Callable[[Function], Function]:
    """Register the decorated function in the common register, `common_handlers()`."""
    return _common(type, retries=retries, backoff=backoff, timeout=timeout, fetch=fetch)


def common_handlers() -> Handlers:
    """What `@handler` has registered so far."""
    return _common
