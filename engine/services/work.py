"""A command on its way into a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from engine.storage.ids import partition_of

if TYPE_CHECKING:
    from engine.services.unit import Unit

T = TypeVar("T")


class Work(Generic[T]):
    """A command, with what it will need, so that a batch can lock and read it in one go."""

    __slots__ = (
        "error",
        "instances",
        "is_done",
        "is_late",
        "partition",
        "result",
        "run",
        "subscriptions",
    )

    def __init__(
        self,
        run: Callable[[Unit], T],
        *,
        instances: Sequence[int] = (),
        subscriptions: Sequence[int] = (),
        is_late: bool = False,
        partition: int | None = None,
    ) -> None:
        self.run = run
        self.is_late = is_late
        """Whether it locks rows without their instance: then it comes last in its transaction."""
        self.instances = instances
        self.subscriptions = subscriptions
        """Subscriptions whose shell columns are looked at; their instances are locked too."""
        if partition is None and (instances or subscriptions):
            partition = partition_of((*instances, *subscriptions)[0])
        self.partition = partition
        """Where it works, if that is known."""
        self.is_done = False
        self.result: T | None = None
        self.error: BaseException | None = None

    def succeed(self, result: T) -> None:
        self.result, self.error, self.is_done = result, None, True

    def fail(self, error: BaseException) -> None:
        self.result, self.error, self.is_done = None, error, True

    def answer(self) -> T:
        """What it returned. Raises what it raised."""
        if self.error is not None:
            raise self.error
        return cast(T, self.result)
