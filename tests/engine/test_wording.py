"""The grammar of query texts."""

from __future__ import annotations

import pytest

from engine.wording import Bracket, Choice, Part, Word, read


def out(text: str) -> Word:
    return Word(text, is_out=True)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("a b", (Word("a"), Word("b"))),
        ("a AND b", (Word("a"), Word("b"))),
        ("a OR b c", (Choice((Word("a"), Word("b"))), Word("c"))),
        ("a b OR c OR d", (Word("a"), Choice((Word("b"), Word("c"), Word("d"))))),
        ("-a NOT b - c", (out("a"), out("b"), out("c"))),
        ("NOT NOT a NOT -b", (Word("a"), Word("b"))),
        ("-17", (Word("-17"),)),
        ("NOT (a -b)", (Bracket((Word("a"), out("b")), is_out=True),)),
        ("a OR NOT (b)", (Choice((Word("a"), Bracket((Word("b"),), is_out=True))),)),
        ("name:'a (b'", (Word("name:'a (b'"),)),
        ("it's", (Word("it's"),)),
        ("()", (Bracket(()),)),
    ],
)
def test_a_text_has_parts(text: str, parts: tuple[Part, ...]) -> None:
    found = read(text)
    assert (found.parts, found.wrong) == (parts, [])


@pytest.mark.parametrize(
    ("text", "parts", "says"),
    [
        ("OR a", (Word("a"),), "'OR': it stands between"),
        ("a OR", (Word("a"),), "'OR': it stands between"),
        ("a) b", (Word("a"), Word("b")), "')': it closes nothing"),
        ("(a", (Bracket((Word("a"),)),), "'(': it is not closed"),
        ("(" * 21 + "a", None, "'(': brackets go at most 20 deep"),
    ],
)
def test_what_is_out_of_place_is_told_and_left_out(
    text: str, parts: tuple[Part, ...] | None, says: str
) -> None:
    found = read(text)
    assert parts is None or found.parts == parts
    assert any(one.startswith(says) for one in found.wrong)


def test_a_word_is_read_without_its_quotes() -> None:
    assert Word("""key:"A 1"'b'""").plain == "key:A 1b"
