"""Characters that mean something in XML are written so that they come back."""

from __future__ import annotations

from bpmn.markup import escape_attribute, escape_text, inner_markup
from bpmn.model import Foreign


def name(tag: str) -> str:
    return tag.rpartition("}")[2]


def test_text_keeps_quotes_and_line_ends() -> None:
    assert escape_text("a < b & \"c\" > 'd'\n\r") == "a &lt; b &amp; \"c\" &gt; 'd'\n&#13;"


def test_attributes_keep_line_ends_and_tabs_as_references() -> None:
    assert escape_attribute('"a"\n\t') == "&quot;a&quot;&#10;&#9;"


def test_markup_stands_between_its_texts() -> None:
    bold = Foreign(tag="{urn:h}b", attributes={"c": "<"}, text="x", tail=" & y")
    assert inner_markup("w ", (bold,), name) == 'w <b c="&lt;">x</b> &amp; y'
    assert inner_markup("", (Foreign(tag="b"),), name) == "<b/>"
