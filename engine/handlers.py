"""Python functions that do jobs, by job type.

    @handler("charge-card", retries=5, backoff="PT1S*2^n PT1M", timeout="PT30S")
    def charge(job: Job) -> dict[str, Any]:
        ...

    handlers = Handlers.of(this_module)

What a handler returns are the job's results. `BpmnError` is a business error, for the model to
catch; any other exception is technical, and the job is tried again. It is called at least once:
`job.key` is the same for every attempt, so that the other side can tell a repetition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

import isodate
from msgspec import Struct

from engine.errors import Invalid
from engine.expressions.execution import Execution
from engine.policies import Declared, parse_backoff
from engine.views import Job


def _duration(type: str, text: str) -> timedelta:
    try:
        found = isodate.parse_duration(text)
    except (isodate.ISO8601Error, ValueError):
        found = None
    if not isinstance(found, timedelta):
        raise Invalid(f"handler of '{type}': timeout '{text}' is no duration such as PT30S")
    return found


Delegate: TypeAlias = Callable[[Execution], object]
Function: TypeAlias = Callable[[Job], Mapping[str, Any] | None]


class Handler(Struct, frozen=True):
    """A function, the type of job it does, and how it wants to be tried."""

    type: str
    function: Function
    declared: Declared
    fetch: tuple[str, ...] | None = None
    """Names of the variables it needs; None: all."""
    at_once: int | None = None
    """How many of its jobs one worker holds at a time; None: as many as it has room for."""


class Handlers:
    """A register of handlers."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self.beans: dict[str, Callable[..., Any]] = {}
        """Functions that expressions of a model may call, by name."""
        self.delegates: dict[str, Delegate] = {}
        """Functions in the place of Java classes and beans, by name."""

    def bean(self, name: str, function: Callable[..., Any]) -> None:
        """Let expressions call a function: `${rate(x)}` as `rate`, `${discounts.rate(x)}` as
        `discounts.rate`. It runs within the engine's step, so it computes, and does nothing
        outside. Raises Invalid when the name has one already."""
        if name in self.beans:
            raise Invalid(f"bean '{name}' is registered already; take one of the two away")
        self.beans[name] = function

    def delegate(self, name: str, function: Delegate) -> None:
        """Let a function stand in for the Java class or bean of this name, in service tasks and
        listeners. It is given an `Execution` to read and set variables with, and runs within the
        engine's step: what reaches outside is a handler's work instead. Raises Invalid when the
        name has one already."""
        if name in self.delegates:
            raise Invalid(f"delegate '{name}' is registered already; take one of the two away")
        self.delegates[name] = function

    def __call__(
        self,
        type: str,
        *,
        retries: int | None = None,
        backoff: str | None = None,
        timeout: timedelta | str | None = None,
        fetch: tuple[str, ...] | None = None,
        at_once: int | None = None,
    ) -> Callable[[Function], Function]:
        """Register the decorated function for a type of job.

        `retries` is how often it is tried in all; `backoff` as in `engine.policies`;
        after `timeout` an attempt counts as failed. What the model says comes first. `at_once` is
        how many of its jobs each worker holds at a time; what is over all workers is a rate limit
        of the type (`engine.services.policies`).
        """

        def register(function: Function) -> Function:
            self.add(
                type,
                function,
                retries=retries,
                backoff=backoff,
                timeout=timeout,
                fetch=fetch,
                at_once=at_once,
            )
            return function

        return register

    def add(
        self,
        type: str,
        function: Function,
        *,
        retries: int | None = None,
        backoff: str | None = None,
        timeout: timedelta | str | None = None,
        fetch: tuple[str, ...] | None = None,
        at_once: int | None = None,
    ) -> None:
        """Register a function. Raises Invalid when the type has one already."""
        if not type:
            raise Invalid("a handler needs the type of job it does")
        if type in self._handlers:
            raise Invalid(f"job type '{type}' has a handler already; take one of the two away")
        if retries is not None and retries < 1:
            raise Invalid(f"handler of '{type}': found retries {retries}; 1 or more would do")
        if at_once is not None and at_once < 1:
            raise Invalid(f"handler of '{type}': found at_once {at_once}; 1 or more would do")
        if isinstance(timeout, str):
            timeout = _duration(type, timeout)
        if timeout is not None and timeout <= timedelta(0):
            raise Invalid(f"handler of '{type}': a timeout of {timeout} leaves no time")
        if backoff is not None:
            parse_backoff(backoff)
        declared = Declared(retries=retries, backoff=backoff, timeout=timeout)
        self._handlers[type] = Handler(type, function, declared, fetch, at_once)

    @classmethod
    def of(cls, *homes: object) -> Handlers:
        """The functions marked with `@handler` in these modules (or other namespaces).

        Raises Invalid when two of them do one type of job.
        """
        found = cls()
        for home in homes:
            for value in vars(home).values():
                marked = getattr(value, MARK, None)
                if isinstance(marked, Handler):
                    known = found._handlers.get(marked.type)
                    if known is not None and known.function is not marked.function:
                        raise Invalid(f"job type '{marked.type}' has more than one handler")
                    found._handlers[marked.type] = marked
                for name in getattr(value, _BEAN, ()):
                    found.bean(name, value)
                for name in getattr(value, _DELEGATE, ()):
                    found.delegate(name, value)
        return found

    def include(self, other: Handlers) -> None:
        """Take over another register's handlers. Raises Invalid when both have one type."""
        for found in other:
            if found.type in self._handlers:
                raise Invalid(f"job type '{found.type}' has a handler in both registers")
            self._handlers[found.type] = found
        for name, function in other.beans.items():
            self.bean(name, function)
        for name, function in other.delegates.items():
            self.delegate(name, function)

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


_BEAN, _DELEGATE = "_kapellmeister_bean", "_kapellmeister_delegate"
F = TypeVar("F", bound=Callable[..., Any])


def bean(name: str) -> Callable[[F], F]:
    """Mark a function as one that expressions of models may call; see `Handlers.bean`."""
    return _marking(_BEAN, name)


def delegate(name: str) -> Callable[[F], F]:
    """Mark a function as the one in the place of a Java class or bean; see `Handlers.delegate`."""
    return _marking(_DELEGATE, name)


def _marking(mark: str, name: str) -> Callable[[F], F]:
    def marked(function: F) -> F:
        setattr(function, mark, (*getattr(function, mark, ()), name))
        return function

    return marked


MARK = "_kapellmeister_handler"
"""The attribute under which a marked function keeps its handler."""


def handler(
    type: str,
    *,
    retries: int | None = None,
    backoff: str | None = None,
    timeout: timedelta | str | None = None,
    fetch: tuple[str, ...] | None = None,
    at_once: int | None = None,
) -> Callable[[Function], Function]:
    """Mark the decorated function as the one that does a type of job.

    The function stays what it was; `Handlers.of` its module takes it up. See `Handlers.__call__`.
    """

    def mark(function: Function) -> Function:
        register = Handlers()
        register.add(
            type,
            function,
            retries=retries,
            backoff=backoff,
            timeout=timeout,
            fetch=fetch,
            at_once=at_once,
        )
        setattr(function, MARK, register[type])
        return function

    return mark
