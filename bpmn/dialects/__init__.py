"""Dialects: what vendors' extensions say, in one neutral vocabulary.

dialect = detect(definitions, process)      whose model it is
settings_of(element, dialect)               what the extensions of an element say
code_of(expression, dialect, definitions)   an expression of BPMN's own, with its language
findings(definitions, dialect, process)     which extensions do not execute, and where
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

from bpmn.dialects import kapellmeister
from bpmn.dialects.detection import DIALECTS, detect, elements_of
from bpmn.dialects.dialect import Dialect
from bpmn.dialects.extensions import words
from bpmn.dialects.languages import language_named
from bpmn.dialects.neutral import (
    Binding,
    Called,
    Code,
    Condition,
    Connector,
    Decision,
    Delegate,
    ErrorMapping,
    Field,
    Form,
    FormField,
    Listener,
    Loop,
    Publication,
    Settings,
    VariableMapping,
)
from bpmn.dialects.register import Entry, Finding, Treatment
from bpmn.model import BaseElement, Definitions, Expression, FormalExpression, Process

__all__ = [
    "DIALECTS",
    "Binding",
    "Called",
    "Code",
    "Condition",
    "Connector",
    "Decision",
    "Delegate",
    "Dialect",
    "Entry",
    "ErrorMapping",
    "Field",
    "Finding",
    "Form",
    "FormField",
    "Listener",
    "Loop",
    "Publication",
    "Settings",
    "Treatment",
    "VariableMapping",
    "code_of",
    "detect",
    "findings",
    "gives_a_time",
    "language_named",
    "settings_of",
    "tables",
]

_NOTHING = Settings()
_DATA_FUNCTION = re.compile(r"\bget(DataObject|DataInput|DataOutput|ProcessProperty)\(\s*['\"]")
"""The standard's own functions of XPath (Table 10.60): a file that calls one means the language."""
_DEFAULTS = frozenset(
    {
        "",
        "http://www.w3.org/1999/XPath",
        "http://www.mvel.org/2.0",
        "http://www.java.com/java",
        "http://www.java.com/javaTypes",
    }
)
"""Languages that tools write into every document, whatever its expressions are in."""
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_WRITTEN_TIME = re.compile(r"[-\d*@]|[PR][\dTYMWDHS.,/:Z+-]*$", re.IGNORECASE)
"""What is, or tries to be, a date, duration, repeating interval or cron text."""
_TIMES = frozenset(
    {
        *("now", "today", "tomorrow", "yesterday", "noon", "midnight", "soon", "later", "always"),
        *("often", "never", "once", "daily", "hourly", "weekly", "monthly", "yearly", "annually"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    }
)


def settings_of(element: BaseElement, dialect: Dialect) -> Settings:
    """What the extensions of an element say. The same object for all that say nothing."""
    if not element.foreign_attributes and not element.extension_elements:
        return dialect.defaults.get(type(element), _NOTHING)
    fields = dialect.translate(element)
    kapellmeister.overlay(element, fields)
    return Settings(**fields) if fields else dialect.defaults.get(type(element), _NOTHING)


def code_of(
    expression: Expression | None, dialect: Dialect, definitions: Definitions | None = None
) -> Code | None:
    """An expression of BPMN's own with its language; None when there is nothing to evaluate.

    What it says itself counts first, then the mark it begins with (`=` FEEL, `${` JUEL), then what
    the definitions say (unless that is a default which nobody means), then the dialect.
    """
    if expression is None or not (text := expression.text.strip()):
        return None
    stated = expression.language if isinstance(expression, FormalExpression) else ""
    if stated:
        language = language_named(stated)
        return Code(language, text.removeprefix("=").strip() if language == "feel" else text)
    if text.startswith("="):
        return Code("feel", text[1:].strip())
    if text.startswith(("${", "#{")):
        return Code("juel", text)
    if _DATA_FUNCTION.search(text):
        return Code("xpath", text)
    common = definitions.expression_language if definitions is not None else ""
    if common.strip() not in _DEFAULTS and dialect.name == "plain":
        return Code(language_named(common), text)
    return Code(dialect.expression_language, text)


def gives_a_time(expression: Expression | None, dialect: Dialect, definitions: Definitions) -> bool:
    """Whether a timer's text is an expression that gives its time later, and not the time itself.

    Without a vendor, a formal expression that says no language is one where the definitions say the
    language of all, and otherwise where it is the name of a variable: no word for a time, and
    nothing that tries to be ISO 8601.
    """
    if expression is None or not (text := expression.text.strip()):
        return False
    if text.startswith("=") or "${" in text or "#{" in text:
        return True
    if not isinstance(expression, FormalExpression):
        return False
    if expression.language:
        return True
    if _WRITTEN_TIME.match(text) or dialect.name != "plain":
        return False
    if definitions.expression_language.strip() not in _DEFAULTS:
        return True
    return bool(_NAME.fullmatch(text)) and text.lower() not in _TIMES


def findings(
    definitions: Definitions, dialect: Dialect, process: Process | None = None
) -> Iterator[Finding]:
    """The extensions that do not execute, with their lines; those of other vendors are ignored."""
    known = _known(dialect.name)
    for root in definitions.root_elements:
        if process is not None and isinstance(root, Process) and root is not process:
            continue
        for element in elements_of(root):
            for line, namespace, name in words(element):
                prefix = _PREFIXES.get(namespace)
                if prefix is None:
                    continue
                entry = known.get((namespace, name))
                if entry is None and "=" in name:
                    continue
                entry = entry or _OTHERS
                if entry.treatment != "executes":
                    yield Finding(
                        line=line,
                        element=element.id or type(element).__name__,
                        name=f"{prefix}:{name.removeprefix('@')}",
                        treatment=entry.treatment,
                        note=entry.note,
                    )


def tables() -> str:
    """What becomes of each word of each vendor's vocabulary, as Markdown."""
    lines: list[str] = []
    for title, register in (
        *((d.title, d.register) for d in DIALECTS.values() if d.register),
        ("Our own extensions", kapellmeister.REGISTER),
    ):
        lines += [f"### {title}", "", "| word | | |", "|---|---|---|"]
        groups: dict[tuple[str, str, str], list[str]] = {}
        for entry in register:
            fills = ", ".join(entry.fields) if entry.treatment == "executes" else ""
            owner = entry.name.partition("/")[0] if "/" in entry.name else ""
            groups.setdefault((entry.treatment, entry.note or fills, owner), []).append(entry.name)
        for treatment, said, _ in sorted(groups):
            names = ", ".join(f"`{name}`" for name in sorted(groups[treatment, said, _]))
            lines.append(f"| {names} | {treatment} | {said} |")
        lines.append("")
    return "\n".join(lines).rstrip()


_OTHERS = Entry(name="", treatment="ignored", note="it is not a word of this dialect")
_PREFIXES: Mapping[str, str] = {
    kapellmeister.KAPELLMEISTER: "kapellmeister",
    **{uri: prefix for dialect in DIALECTS.values() for uri, prefix in dialect.namespaces.items()},
}


@functools.cache
def _known(name: str) -> dict[tuple[str, str], Entry]:
    dialect = next(d for d in DIALECTS.values() if d.name == name)
    known = {(uri, entry.name): entry for uri in dialect.namespaces for entry in dialect.register}
    for entry in kapellmeister.REGISTER:
        known[kapellmeister.KAPELLMEISTER, entry.name] = entry
    return known
