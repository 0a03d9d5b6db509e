"""Group commit: whoever is told that something is done can rely on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from engine import Conflict, Engine, Unavailable
from engine.services.work import Work
from engine.storage.store import Store


@contextmanager
def failing(*errors: Exception) -> Iterator[None]:
    """The next transactions end with these, one each."""
    left = list(errors)
    commit = Store._commit

    def fails(self: Store, *given: Any) -> None:
        if left:
            raise left.pop(0)
        commit(self, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "_commit", fails)
        yield


def test_nobody_is_told_of_a_commit_that_was_not_made(engine: Engine) -> None:
    """What shares a transaction is tried one by one after an error, and the second error is of a
    kind that nobody foresaw."""
    works = [Work(lambda unit: unit.now_micros, partition=0) for _ in range(3)]
    with failing(Conflict("meanwhile"), ZeroDivisionError()):
        engine._shell.committer.do_all(works)
    for work in works:
        with pytest.raises(ZeroDivisionError):
            work.answer()


def test_without_a_free_connection_callers_hear_that_they_may_try_again(engine: Engine) -> None:
    with failing(sa.exc.TimeoutError("the pool is empty")), pytest.raises(Unavailable, match="try"):
        engine._shell.do(lambda unit: unit.now_micros)
    assert engine._shell.do(lambda unit: unit.now_micros)
