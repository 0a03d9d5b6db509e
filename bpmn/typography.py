"""How wide a text is and where its lines break, near enough without a font at hand."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["LINE_HEIGHT", "text_width", "wrapped"]

LINE_HEIGHT = 1.2
"""Of the font size."""
_NARROW = frozenset("iljtfrI.,:;'|!()[]{}/\\ `-\"")
_WIDE = frozenset("mwMW@%")


@lru_cache(maxsize=4096)
def _advance(character: str) -> float:
    """Of the font size, for a sans-serif face."""
    if character in _NARROW:
        return 0.36
    if character in _WIDE:
        return 0.92
    if character.isascii():
        return 0.69 if character.isupper() else 0.6
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.62


def text_width(text: str, size: float = 12) -> float:
    """Width of one line, in the unit of `size`."""
    return sum(map(_advance, text)) * size


def wrapped(text: str, width: float, size: float = 12, most_lines: int = 0) -> list[str]:
    """The lines of a text in a column; words too long for it are cut.

    With `most_lines`, what does not fit ends in an ellipsis.
    """
    lines: list[str] = []
    for paragraph in text.splitlines():
        _wrap(paragraph.split(), width, size, lines)
        if most_lines and len(lines) > most_lines:
            break
    if most_lines and len(lines) > most_lines:
        del lines[most_lines:]
        lines[-1] = _shortened(lines[-1], width, size)
    return lines


def _wrap(words: list[str], width: float, size: float, lines: list[str]) -> None:
    line = ""
    for word in words:
        candidate = f"{line} {word}" if line else word
        if text_width(candidate, size) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        *pieces, line = _cut(word, width, size)
        lines.extend(pieces)
    if line:
        lines.append(line)


def _cut(word: str, width: float, size: float) -> list[str]:
    """The word in pieces that fit, at least one character each; parts of a name stay together."""
    pieces, piece, taken = [], "", 0.0
    for character in word:
        advance = _advance(character) * size
        if piece and taken + advance > width:
            cut = _last_joint(piece)
            pieces.append(piece[:cut])
            piece = piece[cut:]
            taken = text_width(piece, size)
        piece += character
        taken += advance
    pieces.append(piece)
    return pieces


def _last_joint(piece: str) -> int:
    """Where a long word is best cut: behind its last punctuation, if that is past the middle."""
    for index in range(len(piece) - 1, len(piece) // 2, -1):
        if piece[index - 1] in "-_/.,:;":
            return index
    return len(piece)


def _shortened(line: str, width: float, size: float) -> str:
    room = width - text_width("…", size)
    while line and text_width(line, size) > room:
        line = line[:-1]
    return line.rstrip() + "…"
