"""The verbs of a run that belong to no one element."""

from __future__ import annotations

import pytest

from engine.errors import ExecutionError
from engine.journal import ROW_MASK
from engine.state import Instance
from engine.step import Cancelled, Happened
from tests.kit import Drive


def test_a_value_that_no_variable_can_have_parks_its_token() -> None:
    drive = Drive("""
        <startEvent id="s"/> <endEvent id="e"/>
        <scriptTask id="t" scriptFormat="feel"><script>{f: function(x) x + 1}</script></scriptTask>
        s -> t -> e
    """)
    assert drive.at == ["t"]
    assert "value.f" in drive.incidents[0]


def test_an_expression_past_its_budget_parks_its_token() -> None:
    drive = Drive("""
        <startEvent id="s"/> <endEvent id="e"/>
        <scriptTask id="t" scriptFormat="feel">
        <script>{n: count(for a in 1..10000, b in 1..10000 return a)}</script></scriptTask>
        s -> t -> e
    """)
    assert drive.at == ["t"]
    assert len(drive.incidents) == 1


def test_an_instance_that_has_made_all_its_rows_says_so_and_can_be_cancelled() -> None:
    drive = Drive("<startEvent id='s'/> <userTask id='a'/> <userTask id='b'/>\ns -> a -> b")
    instance = drive.instance
    drive.instance = Instance(
        instance.scopes.values(),
        instance.tokens.values(),
        instance.subscriptions.values(),
        last_id=ROW_MASK,
    )
    with pytest.raises(ExecutionError, match="16,777,215 rows, as many as one can have"):
        drive.give(Happened(subscription=drive.waiting("a").id))
    assert drive.at == ["a"]
    drive.give(Cancelled())
    assert drive.ended
