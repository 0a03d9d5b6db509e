"""How many jobs are worth holding: what keeps the threads busy, and no more."""

from __future__ import annotations

import pytest

from engine.services.pace import MOST, Pace


def paced(seconds: float, type: str = "work") -> Pace:
    pace = Pace()
    pace.took(type, seconds)
    return pace


def test_before_anything_is_known_each_thread_gets_one() -> None:
    assert Pace().room(4) == 4
    assert Pace().together(["work", "work"], 8) == 1


@pytest.mark.parametrize(("seconds", "room"), [(2.0, 5), (0.02, 8), (0.005, 40), (0.0, 4 * MOST)])
def test_quick_handlers_are_given_more(seconds: float, room: int) -> None:
    assert paced(seconds).room(4) == room


@pytest.mark.parametrize(("seconds", "each"), [(2.0, 0), (0.02, 2), (0.0, MOST)])
def test_what_a_thread_does_in_a_short_time_is_known_when_something_has_been_done(
    seconds: float, each: int
) -> None:
    assert Pace().each == 0
    assert paced(seconds).each == each


@pytest.mark.parametrize(("seconds", "count"), [(1.0, 1), (0.0015, 2), (0.0001, 8)])
def test_answers_are_kept_together_for_a_moment_only(seconds: float, count: int) -> None:
    assert paced(seconds).together(["work"] * 100, 8) == count


def test_a_handler_that_is_not_known_comes_alone() -> None:
    assert paced(0.0001).together(["work", "work", "new", "work"], 8) == 2
