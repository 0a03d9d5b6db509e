"""Safe XML: the one way in which documents of strangers are parsed, BPMN and DMN alike.

No entity is ever expanded, because every document type declaration is refused; nothing is fetched;
size, depth, and number of elements are bounded before they cost anything; nothing recurses.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import NoReturn, Protocol
from xml.parsers import expat

from msgspec import Struct

__all__ = [
    "BpmnSyntaxError",
    "DocumentRefusedError",
    "Limits",
    "XmlHandler",
    "XmlPosition",
    "parse_xml",
]


class BpmnSyntaxError(Exception):
    """The document cannot be read at all: not XML, or not of the expected vocabulary."""


class DocumentRefusedError(BpmnSyntaxError):
    """The document is XML, but is not let in: a DOCTYPE, too large, too deep, too many elements."""


class Limits(Struct, frozen=True, kw_only=True):
    """How much a document may ask for."""

    size: int = 16 * 1024 * 1024
    """Bytes, before parsing."""
    depth: int = 200
    """Elements inside each other."""
    elements: int = 250_000


class XmlPosition(Protocol):
    """Where the parser is."""

    CurrentLineNumber: int


class XmlHandler(Protocol):
    """Is told what the document contains, in document order; refuses what is too deep."""

    def begin(self, position: XmlPosition, limits: Limits) -> None:
        """Comes once, before everything else."""

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        """A declaration on the element that starts next."""

    def namespace_end(self, prefix: str | None) -> None:
        """The element with that declaration has ended."""

    def start(self, tag: str, attributes: list[str]) -> None:
        """An element: tag as `uri}name`, attributes as name, value, name, value..."""

    def end(self, tag: str) -> None:
        """The end of the innermost element."""

    @property
    def text(self) -> Callable[[str], object]:
        """Takes a piece of text; one text may come in several."""


_ENCODINGS = re.compile(
    r"(?i)iso-?8859-?\d+|latin-?1|windows-?125\d|cp\d{3,4}|gb2312|gbk|gb18030|big5|shift[_-]jis"
    r"|euc-(jp|kr)|koi8-[ru]|macroman"
)
"""What is decoded here; Python knows more, but not all of them in linear time."""
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def parse_xml(source: bytes, handler: XmlHandler, limits: Limits | None = None) -> None:
    """Tell `handler` what `source` contains.

    Raises `DocumentRefusedError` for what is not let in and `BpmnSyntaxError` for what is not XML,
    naming the line.
    """
    limits = limits or Limits()
    if len(source) > limits.size:
        raise DocumentRefusedError(
            f"the document has {len(source):,} bytes, more than the {limits.size:,} allowed;"
            " split it, or raise the limit"
        )
    source = _in_utf_8(source)
    parser = expat.ParserCreate("utf-8", "}")
    parser.ordered_attributes = True
    parser.buffer_text = True

    def doctype(name: str, *_: object) -> None:
        raise DocumentRefusedError(
            f"line {parser.CurrentLineNumber}: the document type declaration '<!DOCTYPE {name}'"
            " is refused; take it out, BPMN needs none"
        )

    parser.StartDoctypeDeclHandler = doctype
    parser.StartNamespaceDeclHandler = handler.namespace
    parser.EndNamespaceDeclHandler = handler.namespace_end
    parser.StartElementHandler = handler.start
    if source.count(b"<") > limits.elements:
        parser.StartElementHandler = _counted(handler.start, parser, limits)
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    handler.begin(parser, limits)
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        raise BpmnSyntaxError(
            f"line {error.lineno}: not well-formed XML: {expat.ErrorString(error.code)}"
            f" (column {error.offset + 1})"
        ) from error


def refuse_depth(line: int, name: str, limits: Limits) -> NoReturn:
    """For handlers: they know how deep they are, and `limits` came with `begin`."""
    raise DocumentRefusedError(
        f"line {line}: element '{name}' is inside {limits.depth:,} others, which is the most"
        " allowed; call a process instead of nesting sub-processes"
    )


def _counted(
    start: Callable[[str, list[str]], object], position: XmlPosition, limits: Limits
) -> Callable[[str, list[str]], object]:
    left = limits.elements

    def count(tag: str, attributes: list[str]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise DocumentRefusedError(
                f"line {position.CurrentLineNumber}: '{tag.rpartition('}')[2]}' is one more than"
                f" the {limits.elements:,} elements allowed; split the document"
            )
        start(tag, attributes)

    return count


def _in_utf_8(source: bytes) -> bytes:
    """The same document in UTF-8, whatever it still declares."""
    for marks, encoding in _MARKS:
        if source.startswith(marks):
            return _transcoded(source, encoding)
    match = _DECLARED.match(source[:512])
    name = match[1].decode("ascii") if match is not None else "utf-8"
    if name.lower().replace("-", "") in ("utf8", "usascii", "ascii"):
        return source
    if not _ENCODINGS.fullmatch(name):
        raise BpmnSyntaxError(f"line 1: encoding '{name}' is not known; save the file as UTF-8")
    return _transcoded(source, name)


_MARKS = (
    ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How documents in the wide encodings begin (XML 1.0 appendix F)."""


def _transcoded(source: bytes, encoding: str) -> bytes:
    try:
        return source.decode(encoding).encode()
    except (UnicodeDecodeError, LookupError) as error:
        raise BpmnSyntaxError(
            f"line 1: the document is not in its encoding '{encoding}': {error};"
            " save the file as UTF-8"
        ) from error
