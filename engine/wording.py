"""The grammar of query texts: words side by side, brackets, `OR`, and `-` or `NOT`.

What the words mean is for those to say who ask: `engine.querying` for instances, and likewise for
whatever else is found by the same texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, structs

WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s()"']|["'])+|[()]""")
QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
DEEPEST = 20
"""Brackets within brackets."""


class Word(Struct, frozen=True):
    """A word as it is written, its quotes included."""

    text: str
    is_out: bool = False
    """Whether what it says is excluded."""

    @property
    def plain(self) -> str:
        """It without the quotes that keep its blanks together."""
        return QUOTED.sub(lambda match: match[1] or match[2] or "", self.text)


class Bracket(Struct, frozen=True):
    """Parts of which all must hold."""

    parts: tuple[Part, ...]
    is_out: bool = False


class Choice(Struct, frozen=True):
    """Parts, joined by `OR`, of which one must hold."""

    parts: tuple[Part, ...]
    is_out: bool = False


Part = Word | Bracket | Choice


class Wording(Struct, frozen=True):
    """The parts of a text, side by side, and one sentence for each that is out of its place."""

    parts: tuple[Part, ...]
    wrong: list[str]


def read(text: str) -> Wording:
    """The parts of a text; never fails, leaves out what it could not read and says so."""
    reader = _Reader(text)
    return Wording(parts=tuple(reader.whole()), wrong=reader.wrong)


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._words = [match[0] for match in WORD.finditer(text)]
        self._at = 0
        self._depth = 0
        self.wrong: list[str] = []

    def whole(self) -> Iterator[Part]:
        yield from self._all()
        while self._at < len(self._words):
            self.wrong.append("')': it closes nothing; write one '(' more, or leave it out")
            self._at += 1
            yield from self._all()

    def _next(self, ahead: int = 0) -> str:
        """A word to come; what ends a bracket, at the end of the text."""
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else ")"

    def _all(self) -> Iterator[Part]:
        """Words side by side, up to a closing bracket."""
        while (word := self._next()) != ")":
            if word in ("OR", "AND"):
                self._at += 1
                if word == "OR":
                    self.wrong.append("'OR': it stands between two words, as in status:failed OR …")
                continue
            joined = [self._one()]
            while self._next() == "OR" and self._next(1) not in (")", "OR", "AND"):
                self._at += 1
                joined.append(self._one())
            yield joined[0] if len(joined) == 1 else Choice(tuple(joined))

    def _one(self) -> Part:
        word = self._next()
        self._at += 1
        if word in ("NOT", "-") and self._next() != ")":
            part = self._one()
            return structs.replace(part, is_out=not part.is_out)
        if word == "(":
            return self._bracket()
        if word.startswith("-") and len(word) > 1 and not word[1:].isdigit():
            return Word(word[1:], is_out=True)
        return Word(word)

    def _bracket(self) -> Bracket:
        self._depth += 1
        if self._depth > DEEPEST:
            self.wrong.append(f"'(': brackets go at most {DEEPEST} deep")
            self._at = len(self._words)
            return Bracket(())
        parts = tuple(self._all())
        if self._at < len(self._words):
            self._at += 1
        else:
            self.wrong.append("'(': it is not closed; write ')' where it ends")
        self._depth -= 1
        return Bracket(parts)
