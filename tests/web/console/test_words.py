"""How values are said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from web.console import words

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.12, "120 ms"),
        (3, "3 s"),
        (60, "1 min"),
        (119, "1 min 59 s"),
        (3600, "1 h"),
        (3601, "1 h"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert words.span(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW, "now"),
        (NOW - timedelta(minutes=41, seconds=9), "41 min ago"),
        (NOW + timedelta(hours=2), "in 2 h"),
        (NOW - timedelta(days=40), "12 Oct 2026"),
    ],
)
def test_a_moment_is_relative_with_the_whole_in_its_tooltip(moment: datetime, said: str) -> None:
    shown = words.moment(moment, NOW)
    assert f">{said}</time>" in shown
    assert moment.strftime("%d %b %Y, %H:%M:%S UTC").lstrip("0") in shown


def test_no_moment_is_a_dash() -> None:
    assert "–" in words.moment(None)


def test_a_list_that_stopped_counting_says_so() -> None:
    assert words.total(10_000) == "10,000"
    assert words.total(10_001) == "more than 10,000"


def test_values_are_read_as_text_or_json() -> None:
    assert words.plain("as it is") == "as it is"
    assert words.plain({"a": [1, None, True]}) == '{"a":[1,null,true]}'
    assert words.brief("x" * 200, 10) == "xxxxxxxxx…"


def test_short_ids_keep_their_end() -> None:
    assert words.short(2251799813685249) == "…13685249"
    assert words.short(42) == "42"


def test_lines_escape_what_they_join() -> None:
    assert words.lines("<b>\nsecond") == "&lt;b&gt;<br>second"


def test_what_is_cut_has_the_whole_in_its_tooltip_and_stays_text() -> None:
    assert words.cut("short", 10) == "short"
    shown = words.cut('a long "message" <b>', 8)
    assert shown == '<span title="a long &#34;message&#34; &lt;b&gt;">a long …</span>'


@pytest.mark.parametrize(
    ("error", "message", "said"),
    [
        ("JobFailed", "no answer", "no answer"),
        ("JobFailed", "", "JobFailed"),
        ("TimeoutError", "no answer", "TimeoutError"),
    ],
)
def test_a_cause_is_the_kind_of_error_or_its_message_where_that_says_none(
    error: str, message: str, said: str
) -> None:
    assert words.cause(error, message) == said


@pytest.mark.parametrize(
    ("text", "shown"), [("4711 ", "4711·"), ("  a b", "··a b"), ("  ", "··"), ("", "")]
)
def test_blanks_at_the_ends_can_be_seen(text: str, shown: str) -> None:
    assert words.with_blanks(text) == shown
