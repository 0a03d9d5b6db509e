"""The verbs of a run that belong to no one element."""

from __future__ import annotations

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
