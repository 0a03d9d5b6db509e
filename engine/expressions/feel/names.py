"""Names with spaces and operators in them (DMN 1.5 §10.3.1.4): the longest known name wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from engine.expressions.feel.lexer import Token, words_of

_OPERATORS = frozenset("-+/'’")
_LONGEST_LATE_NAME = 8
FOLLOWING_WORDS = frozenset(
    {"and", "or", "in", "between", "instance", "then", "else", "return", "satisfies"}
)
"""Words that may follow an operand, so that they end a name nobody has declared."""


class KnownNames:
    """The names of more than one word that are in scope, by their first word."""

    def __init__(self, names: Iterable[str] = (), base: KnownNames | None = None) -> None:
        """Together with the names of `base`."""
        self._base = base
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for name in names:
            self._add(words_of(name))

    def _add(self, words: tuple[str, ...]) -> None:
        if len(words) > 1:
            known = self._by_first.setdefault(words[0], [])
            known.append(words)
            known.sort(key=len, reverse=True)

    def match(self, tokens: Sequence[Token], index: int) -> int:
        """How many tokens from here on make up a known name; 0 for none."""
        for words in self._by_first.get(tokens[index].value, ()):
            end = index + len(words)
            if end <= len(tokens) and all(
                tokens[index + offset].value == word for offset, word in enumerate(words)
            ):
                return max(len(words), self._in_base(tokens, index))
        return self._in_base(tokens, index)

    def _in_base(self, tokens: Sequence[Token], index: int) -> int:
        return 0 if self._base is None else self._base.match(tokens, index)

    @contextmanager
    def declared(self, names: Iterable[str]) -> Iterator[None]:
        """Knows these names too, inside the `with` block."""
        added = [words for name in names if len(words := words_of(name)) > 1]
        for words in added:
            self._add(words)
        try:
            yield
        finally:
            for words in added:
                self._by_first[words[0]].remove(words)

    def declare(self, name: str) -> None:
        """Knows this name from here to the end of the text."""
        self._add(words_of(name))


def joined(tokens: Sequence[Token]) -> str:
    """The name that these tokens spell: words parted by one space, operators by none."""
    parts: list[str] = []
    was_word = False
    for token in tokens:
        is_word = token.kind in {"name", "number"}
        if is_word and was_word:
            parts.append(" ")
        parts.append(token.value)
        was_word = is_word
    return "".join(parts)


def spelled(text: str, tokens: Sequence[Token]) -> str:
    """The name as it stands in the text, each run of spaces made one."""
    return " ".join(text[tokens[0].start : tokens[-1].end].split())


def late_candidates(text: str, tokens: Sequence[Token], index: int) -> Iterator[str]:
    """Longer names that could start here, should the scope turn out to hold them."""
    end = index + 1
    needs_scope = False
    while end < len(tokens) and end - index < _LONGEST_LATE_NAME:
        token = tokens[end]
        if token.kind == "symbol":
            if token.value not in _OPERATORS:
                return
            needs_scope = True
            end += 1
            continue
        if token.kind not in {"name", "number"}:
            return
        needs_scope = needs_scope or token.value in FOLLOWING_WORDS
        end += 1
        if needs_scope:
            run = tokens[index:end]
            yield joined(run)
            yield spelled(text, run)
