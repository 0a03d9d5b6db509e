"""What strangers send: refused before it costs anything, with the line and what would do."""

from __future__ import annotations

import codecs

import pytest

from bpmn.canonical import is_same, semantic_hash
from bpmn.reader import read, read_foreign
from bpmn.writer import write
from bpmn.xml import BpmnSyntaxError, DocumentRefusedError, Limits
from tests.bpmn.kit import document

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<definitions>&c;</definitions>"""
OUTSIDE = (
    b"""<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>"""
)
PARAMETER = b"""<!DOCTYPE d [<!ENTITY % x SYSTEM "http://localhost/x.dtd"> %x;]><definitions/>"""
HTML = b"<!DOCTYPE html><html/>"


@pytest.mark.parametrize("source", [LAUGHS, OUTSIDE, PARAMETER, HTML])
def test_a_document_type_is_refused_with_its_line(source: bytes) -> None:
    line = source[: source.index(b"<!DOCTYPE")].count(b"\n") + 1
    with pytest.raises(DocumentRefusedError, match=f"line {line}: the document type declaration"):
        read(source)


def test_a_document_type_hidden_in_utf_16_is_refused() -> None:
    with pytest.raises(DocumentRefusedError, match="document type"):
        read(codecs.BOM_UTF16_LE + OUTSIDE.decode().encode("utf-16-le"))


def test_an_entity_that_nobody_declared_is_no_xml() -> None:
    with pytest.raises(BpmnSyntaxError, match="line 2: not well-formed XML: undefined entity"):
        read(document("&nbsp;"))


def test_a_document_over_the_size_is_refused_unparsed() -> None:
    with pytest.raises(DocumentRefusedError, match=r"20,971,520 bytes, more than the 16,777,216"):
        read(b"<" * 20 * 1024 * 1024)


def test_a_document_ten_thousand_deep_is_refused_at_the_limit() -> None:
    depth = 10_000
    inner = "<subProcess>" * depth + "</subProcess>" * depth
    with pytest.raises(DocumentRefusedError, match="'subProcess' is inside 200 others"):
        read(document(inner))


def test_foreign_depth_counts_as_well() -> None:
    inner = "<x xmlns=''>" * 10_000 + "</x>" * 10_000
    with pytest.raises(DocumentRefusedError, match="'x' is inside 200 others"):
        read(document(f"<extensionElements>{inner}</extensionElements>"))


@pytest.mark.parametrize("tag", ["subProcess", "k:x"])
def test_a_document_at_the_limit_is_read_written_compared_and_hashed(tag: str) -> None:
    definitions = read(document(f"<{tag}>" * 198 + f"</{tag}>" * 198))
    again = read(write(definitions))
    assert is_same(again, definitions)
    assert repr(again) != ""
    assert again != definitions, "their lines differ"
    assert semantic_hash(again) == semantic_hash(definitions)


def test_one_element_too_many_is_refused_with_its_line() -> None:
    source = document("<task/>\n" * 5)
    assert read(source, Limits(elements=7)).problems == ()
    with pytest.raises(
        DocumentRefusedError, match="line 6: 'task' is one more than the 6 elements"
    ):
        read(source, Limits(elements=6))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "line 1: not well-formed XML: no element found"),
        (b"\n\nnothing like it", "line 3: not well-formed XML"),
        (b"\x00\x01\x02", "line 1: not well-formed XML"),
        (b"<a>\n<b></a>", "line 2: not well-formed XML: mismatched tag"),
        (b"<a b='1' b='2'/>", "duplicate attribute"),
        (b"<x:a/>", "unbound prefix"),
        (b"<a>\xff\xfe</a>", "invalid token"),
        (b"<?xml version='1.0' encoding='zlib'?><a/>", "encoding 'zlib' is not known"),
        (b"<?xml version='1.0' encoding='punycode'?><a/>", "encoding 'punycode' is not known"),
        (
            b"<?xml version='1.0' encoding='shift_jis'?><a>\xff\xff</a>",
            "not in its encoding 'shift_jis'",
        ),
    ],
)
def test_what_is_no_xml_says_where(source: bytes, message: str) -> None:
    with pytest.raises(BpmnSyntaxError, match=message):
        read_foreign(source)


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"),
        *("iso-8859-1", "iso-8859-15", "windows-1252"),
    ],
)
def test_the_usual_encodings_are_read(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><a name='Prüfung'>Grüße</a>"
    node = read_foreign(text.encode(encoding))
    assert (node.attributes["name"], node.text) == ("Prüfung", "Grüße")


def test_an_encoding_that_is_declared_too_late_changes_nothing() -> None:
    source = b"<?xml version='1.0'" + b" " * 600 + b"encoding='utf-7'?><a>+ADw-</a>"
    assert read_foreign(source).text == "+ADw-"


def test_a_multi_byte_encoding_is_read() -> None:
    text = "<?xml version='1.0' encoding='Shift_JIS'?><a>注文</a>"
    assert read_foreign(text.encode("shift_jis")).text == "注文"


def test_a_byte_order_mark_of_utf_8_is_no_text() -> None:
    assert read_foreign(codecs.BOM_UTF8 + b"<a>x</a>").text == "x"


def test_comments_and_processing_instructions_are_passed_over() -> None:
    assert read_foreign(b"<a>x<!-- & <b> --><?php y?>z</a>").text == "xz"


def test_lines_count_on_past_65535() -> None:
    definitions = read(document("\n" * 70_000 + "<task id='t'/>"))
    (task,) = definitions.root_elements[0].flow_elements  # type: ignore[attr-defined]
    assert task.line == 70_002
