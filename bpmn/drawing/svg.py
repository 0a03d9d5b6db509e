"""The few pieces of SVG that diagrams are made of; every text and attribute is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bpmn.markup import escape_attribute, escape_text
from bpmn.typography import LINE_HEIGHT, text_width, wrapped

__all__ = [
    "BACKGROUND",
    "FILL",
    "LINE",
    "TEXT",
    "circle",
    "group",
    "lines_of_text",
    "number",
    "path",
    "polygon",
    "rectangle",
    "tag",
    "text_block",
    "title",
    "words",
]

BACKGROUND = "var(--bpmn-background, var(--bg, #ffffff))"
FILL = "var(--bpmn-fill, var(--raised, #ffffff))"
LINE = "var(--bpmn-line, var(--text, #22272e))"
TEXT = "var(--bpmn-text, var(--text, #22272e))"
"""Colours: ours, else those of the page around, else for paper."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ASCENT = 0.36
"""From the middle of a line of text down to its base, of the font size."""


def number(value: float) -> str:
    """A coordinate in as few characters as do."""
    return f"{round(value, 2):g}" if abs(value) < 100_000 else f"{value:.0f}"


def clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_XML.sub("�", text)


def tag(name: str, content: str = "", /, **attributes: str | float | None) -> str:
    """An element; `content` is markup. `stroke_width` becomes `stroke-width`, `class_` `class`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _value(value: str | float) -> str:
    return escape_attribute(clean(value)) if isinstance(value, str) else number(value)


def group(content: Iterable[str], **attributes: str | float | None) -> str:
    """A `g` with these elements."""
    return tag("g", "".join(content), **attributes)


def words(lines: Iterable[str], **attributes: str | float | None) -> str:
    """Lines of text in the colour of texts."""
    return group(lines, **{"fill": TEXT, "stroke": "none", **attributes})


def title(text: str) -> str:
    """What is read aloud, and shown while the pointer rests."""
    return tag("title", escape_text(clean(text))) if text.strip() else ""


def rectangle(
    x: float, y: float, width: float, height: float, **attributes: str | float | None
) -> str:
    return tag("rect", "", x=x, y=y, width=max(width, 0), height=max(height, 0), **attributes)


def circle(x: float, y: float, radius: float, **attributes: str | float | None) -> str:
    return tag("circle", "", cx=x, cy=y, r=max(radius, 0), **attributes)


def path(data: str, **attributes: str | float | None) -> str:
    return tag("path", "", d=data, **attributes)


def polygon(points: Iterable[tuple[float, float]], **attributes: str | float | None) -> str:
    written = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return tag("polygon", "", points=written, **attributes)


def lines_of_text(
    lines: Iterable[str], x: float, middle: float, size: float, *, anchor: str = "middle"
) -> list[str]:
    """Lines around a middle height."""
    texts = list(lines)
    step = size * LINE_HEIGHT
    first = middle - step * (len(texts) - 1) / 2 + size * _ASCENT
    return [
        tag("text", escape_text(clean(line)), x=x, y=first + index * step, text_anchor=anchor)
        for index, line in enumerate(texts)
    ]


def text_block(
    text: str, x: float, y: float, width: float, height: float, *, size: float = 12
) -> list[str]:
    """A text wrapped and centred in a box; smaller where it would not fit, then cut."""
    for fitted in (size, size - 1, size - 2, size - 3):
        most = max(1, int((height + 2) // (fitted * LINE_HEIGHT)))
        lines = wrapped(text, width, fitted)
        longest = max((text_width(word, fitted) for word in text.split()), default=0.0)
        if len(lines) <= most and (longest <= width or fitted == size - 3):
            break
    else:
        lines = wrapped(text, width, fitted, most_lines=most)
    drawn = lines_of_text(lines, x + width / 2, y + height / 2, fitted)
    return drawn if fitted == size else [group(drawn, font_size=fitted)]
