"""What commands share: tables that stay readable on a narrow terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from web.cli.frame import Terminal

COLUMNS = ("id", "status", "business key", "process", "at", "started", "reason")
ROWS = [
    (4503599627370497, "active", "A-1001", "order_fulfilment v3", "AuthorisePayment", "2026", None)
]


def printed(width: int, *, is_terminal: bool = True) -> str:
    terminal = Terminal(None, as_json=False)
    text = StringIO()
    terminal.out = Console(
        file=text, width=width, force_terminal=is_terminal, color_system=None, soft_wrap=True
    )
    terminal.table("1 instance(s)", COLUMNS, ROWS)
    return text.getvalue()


def test_a_wide_terminal_has_one_line_a_row() -> None:
    lines = printed(140).splitlines()
    assert lines[0].rstrip() == "1 instance(s)"
    assert "AuthorisePayment" in lines[2]
    assert "order_fulfilment v3" in lines[2]
    assert len(lines) == 3


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_has_one_line_a_cell(width: int) -> None:
    lines = [line.rstrip() for line in printed(width).splitlines()]
    assert lines[:2] == ["1 instance(s)", "4503599627370497"]
    assert "  process       order_fulfilment v3" in lines
    assert "  at            AuthorisePayment" in lines
    assert not any("reason" in line for line in lines)  # there is none
    assert max(map(len, lines)) <= width


def test_what_is_read_by_another_program_stays_a_table() -> None:
    assert "business key" in printed(140, is_terminal=False).splitlines()[1]
