"""Safe XML: the one way in which documents of strangers are parsed, BPMN and DMN alike.

No entity is ever expanded, because every document type declaration is refused; nothing is fetched;
size, depth, and number of elements are bounded before they cost anything; nothing recurses.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Protocol
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
    elements: int = 1_000_000
    attributes: int = 1_000
    """Of one element."""


class XmlPosition(Protocol):
    """Where the parser is."""

    CurrentLineNumber: int


class XmlHandler(Protocol):
    """Is told what the document contains, in document order."""

    def begin(self, position: XmlPosition) -> None:
        """Comes once, before everything else."""

    def namespace(self, prefix: str, uri: str) -> None:
        """A declaration on the element that starts next."""

    def namespace_end(self, prefix: str) -> None:
        """The element with that declaration has ended."""

    def start(self, tag: str, attributes: list[str]) -> None:
        """An element: tag as `uri}name`, attributes as name, value, name, value..."""

    def end(self, tag: str) -> None:
        """The end of the innermost element."""

    @property
    def text(self) -> Callable[[str], object]:
        """Takes a piece of text; one text may come in several."""


_NATIVE = {"utf-8", "utf8", "utf-16", "utf16", "iso-8859-1", "latin-1", "us-ascii", "ascii"}
_TRANSCODED = re.compile(
    r"(?i)iso-?8859-?\d+|windows-?125\d|cp\d{3,4}|gb2312|gbk|gb18030|big5|shift[_-]jis"
    r"|euc-(jp|kr)|koi8-[ru]|macroman|utf-16-?(le|be)|utf-32(-?(le|be))?"
)
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
    source, encoding = _decoded(source)
    parser = expat.ParserCreate(encoding, "}")
    guard = _Guard(parser, handler, limits)
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = guard.doctype
    parser.StartNamespaceDeclHandler = guard.namespace
    parser.EndNamespaceDeclHandler = guard.namespace_end
    parser.StartElementHandler = guard.start
    parser.EndElementHandler = guard.end
    parser.CharacterDataHandler = handler.text
    handler.begin(parser)
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        raise BpmnSyntaxError(
            f"line {error.lineno}: not well-formed XML: {expat.ErrorString(error.code)}"
            f" (column {error.offset + 1})"
        ) from error


class _Guard:
    """Stands before the handler and counts."""

    def __init__(self, parser: expat.XMLParserType, handler: XmlHandler, limits: Limits) -> None:
        self._parser = parser
        self._handler = handler
        self._limits = limits
        self._start = handler.start
        self._end = handler.end
        self._depth = 0
        self._left = limits.elements
        self._most_depth = limits.depth
        self._most_attributes = 2 * limits.attributes

    def doctype(self, name: str, *_: object) -> None:
        line = self._parser.CurrentLineNumber
        raise DocumentRefusedError(
            f"line {line}: a document type declaration ('<!DOCTYPE {name}') is refused;"
            " take it out, BPMN needs none"
        )

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        self._handler.namespace(prefix or "", uri or "")

    def namespace_end(self, prefix: str | None) -> None:
        self._handler.namespace_end(prefix or "")

    def start(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        self._left -= 1
        if self._depth > self._most_depth or self._left < 0:
            self._refuse(tag)
        if len(attributes) > self._most_attributes:
            self._refuse(tag)
        self._start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._end(tag)

    def _refuse(self, tag: str) -> None:
        place = f"line {self._parser.CurrentLineNumber}: element '{tag.rpartition('}')[2]}'"
        if self._depth > self._most_depth:
            raise DocumentRefusedError(
                f"{place} is inside {self._depth - 1:,} others, more than the"
                f" {self._limits.depth:,} allowed; move inner sub-processes into called processes"
            )
        if self._left < 0:
            raise DocumentRefusedError(
                f"{place} is one more than the {self._limits.elements:,} elements allowed;"
                " split the document"
            )
        raise DocumentRefusedError(f"{place} has more than {self._limits.attributes:,} attributes")


def _decoded(source: bytes) -> tuple[bytes, str | None]:
    """The bytes, and the encoding that overrides what they declare, if one must."""
    if source.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _transcoded(source, "utf-32"), "utf-8"
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)):
        return source, None
    match = _DECLARED.match(source[:512])
    if match is None:
        return source, None
    name = match[1].decode("ascii")
    if name.lower() in _NATIVE:
        return source, None
    if not _TRANSCODED.fullmatch(name):
        raise BpmnSyntaxError(f"line 1: encoding '{name}' is not known; save the file as UTF-8")
    return _transcoded(source, name), "utf-8"


def _transcoded(source: bytes, encoding: str) -> bytes:
    try:
        return source.decode(encoding).removeprefix("\ufeff").encode()
    except (UnicodeDecodeError, LookupError) as error:
        raise BpmnSyntaxError(
            f"line 1: the document is not in the encoding '{encoding}' it declares: {error};"
            " save the file as UTF-8"
        ) from error
