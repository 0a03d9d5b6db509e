"""No template says anything that is not in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes
from jinja2.environment import Environment

from web.console.language import TRANSLATIONS

TEMPLATES = TRANSLATIONS.parent / "console" / "templates" / "console"
SAID = {"title", "aria-label", "placeholder", "alt", "aria-description", "aria-roledescription"}
VERBATIM = {"code", "pre", "script", "style", "kbd"}
NAMES = {
    "Kapellmeister",
    "JSON",
    "XML",
    "CSV",
    "NDJSON",
    "BPMN",
    "DMN",
    "curl",
    "Python",
    "Esc",
    "Enter",
}
"""The same in every language."""
WORD = re.compile(r"[A-Za-z]{2,}")
SENTENCE = re.compile(r"^[A-Z][a-z]+( [a-z]|$)|[a-z]{2,} [a-z]{2,}")
"""What a constant in an expression looks like that people are to read."""
SPEAKING = {"_", "gettext", "ngettext", "pgettext"}


def said(text: str) -> bool:
    return any(word not in NAMES for word in WORD.findall(text))


class Reader(HTMLParser):
    """What markup says, by text and by attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.verbatim += tag in VERBATIM
        self.found += [
            f"{name}={value}" for name, value in attrs if name in SAID and said(value or "")
        ]

    def handle_endtag(self, tag: str) -> None:
        self.verbatim -= tag in VERBATIM

    def handle_data(self, data: str) -> None:
        if not self.verbatim and said(data):
            self.found.append(data.strip())


def is_call_of_the_api(node: nodes.Node) -> bool:
    """Whether it is what goes to the API, `("POST", path, body)`, or a call that shows it."""
    if isinstance(node, nodes.Tuple) and node.items and isinstance(node.items[0], nodes.Const):
        return node.items[0].value in ("GET", "POST", "PUT", "PATCH", "DELETE")
    return isinstance(node, nodes.Call) and getattr(node.node, "attr", "") == "curl"


def constants(node: nodes.Node) -> Iterator[str]:
    """Texts in expressions that stand outside `_` and its kin."""
    if is_call_of_the_api(node):
        return
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in SPEAKING:
        for inner in [*node.kwargs]:
            yield from constants(inner)
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        is_query = re.search(r"\w:\w", node.value)
        if SENTENCE.search(node.value) and said(node.value) and not is_query:
            yield node.value
    for child in node.iter_child_nodes():
        yield from constants(child)


def markup(node: nodes.Node) -> str:
    """The markup below a node; every expression is a sign without letters."""
    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.Expr):
        return "#"
    if isinstance(node, nodes.Block) and node.name == "kind":
        return ""  # a class of the style sheet
    return "".join(markup(child) for child in node.iter_child_nodes())


def literals(source: str) -> list[str]:
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)
    reader = Reader()
    reader.feed(markup(tree))
    reader.close()
    return reader.found + list(constants(tree))


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(one, id=one.relative_to(TEMPLATES).as_posix())
        for one in sorted(TEMPLATES.rglob("*.html"))
    ],
)
def test_a_template_says_nothing_outside_the_catalogue(file: Path) -> None:
    found = literals(file.read_text("utf-8"))
    assert found == [], "wrap each in _() or {% trans %}, see web/README.md"


@pytest.mark.parametrize(
    "source",
    [
        "<p>Bare words</p>",
        '<a title="A tip">{{ x }}</a>',
        "{{ 'Now' if x else 'At the end' }}",
        "{% if x %}<b>Yes</b>{% endif %}",
        "{% set words = [('a', 'the other thing')] %}",
        '<p title="{{ _("Said") }}">{{ _("Said") }} and not</p>',
    ],
)
def test_bare_words_are_found_wherever_they_stand(source: str) -> None:
    assert literals(source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ _('Said') }}</p><code>kapellmeister deploy</code>",
        "{% trans count=n %}{{ count }} thing{% pluralize %}{{ count }} things{% endtrans %}",
        '<a class="small button" href="{{ url_for("console.home") }}">#{{ x }} · 4</a>',
    ],
)
def test_what_is_said_through_the_catalogue_passes(source: str) -> None:
    assert literals(source) == []
