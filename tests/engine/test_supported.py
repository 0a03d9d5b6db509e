"""What we say executes is what the standard lets execute (BPMN 2.0.2, Table 10.93)."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.supported import POSITIONS, event_cells, markdown

README = Path(__file__).parents[2] / "README.md"

STANDARD = {
    "none": "1000 0011",
    "message": "1111 1111",
    "timer": "1111 1100",
    "error": "0100 1001",
    "escalation": "0110 1111",
    "cancel": "0000 1001",
    "compensation": "0100 1011",
    "conditional": "1111 1100",
    "link": "0001 0010",
    "signal": "1111 1111",
    "terminate": "0000 0001",
    "multiple": "1111 1111",
    "parallel multiple": "1111 1111",
}
"""Of each trigger, which of the eight positions of `POSITIONS` the standard knows.

A parallel multiple throw is a multiple one: the standard tells them apart only where they catch.
"""


@pytest.mark.parametrize("trigger", STANDARD)
def test_an_event_executes_exactly_where_the_standard_has_it(trigger: str) -> None:
    wanted = dict(zip(POSITIONS, STANDARD[trigger].replace(" ", ""), strict=True))
    found = {c.position: c for c in event_cells() if c.trigger == trigger}
    for position, mark in wanted.items():
        assert (found[position].verdict == "executes") is (mark == "1"), found[position]


def test_the_readme_says_what_the_register_says() -> None:
    assert markdown() in README.read_text("utf-8")
