"""`python -m web.translations` takes new messages up and says what lacks words."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from web.console.language import LANGUAGES, SOURCE, TRANSLATIONS

WEB = TRANSLATIONS.parent
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "noop": None,
    "pnoop": ((1, "c"), 2),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
DOMAINS: dict[str, tuple[Path, list[tuple[str, str]], dict[str, dict[str, Any]]]] = {
    "console": (
        WEB / "console",
        [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        {"**.html": {"trimmed": "true", "silent": "false"}},
    ),
    "script": (WEB / "frontend" / "src", [("**.js", "javascript")], {}),
}
"""Where the messages of each catalogue stand, and how they are read."""
HEADER = """\
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals={catalog.num_plurals}; plural={catalog.plural_expr};\\n"

"""


def wanted(domain: str, code: str) -> Catalog:
    """Every message that the sources contain, without words."""
    folder, methods, options = DOMAINS[domain]
    found = Catalog(locale=code)
    for _, _, message, _, context in extract_from_dir(folder, methods, options, KEYWORDS):
        found.add(message, context=context)
    return found


def place(domain: str, code: str) -> Path:
    """Where a catalogue stands."""
    return TRANSLATIONS / code / "LC_MESSAGES" / f"{domain}.po"


def kept(domain: str, code: str) -> Catalog:
    """What is translated so far."""
    with place(domain, code).open("rb") as lines:
        return read_po(lines, locale=code)


def complaints(domain: str, code: str) -> Iterator[str]:
    """What is wrong with a catalogue: messages without words, or that nothing says any more."""
    known = kept(domain, code)
    sought = list(_messages(wanted(domain, code)))
    for message in sought:
        found = known.get(message.id, message.context)
        words = found.string if found else ""
        if not words or (not isinstance(words, str) and not all(words)):
            yield f"lacks words: {_shown(message)}"
    keys = {(one.context, _shown(one)) for one in sought}
    for message in _messages(known):
        if (message.context, _shown(message)) not in keys:
            yield f"is said no more: {_shown(message)}"
            continue
        words = message.string
        if words and all(words) and _placeholders(words) != _placeholders(message.id):
            yield f"puts in something else than the English: {_shown(message)}"


def update(domain: str, code: str) -> None:
    """Writes the catalogue anew: what is missing without words, what is stale left out, sorted."""
    known, made = kept(domain, code), wanted(domain, code)
    for message in _messages(made):
        message.flags.clear()
        found = known.get(message.id, message.context)
        if found is not None and found.pluralizable == message.pluralizable:
            message.string = found.string
    text = BytesIO()
    write_po(text, made, width=0, no_location=True, omit_header=True, sort_output=True)
    written = HEADER.format(code=code, catalog=made) + text.getvalue().decode().strip() + "\n"
    place(domain, code).write_text(written, encoding="utf-8")


def main() -> int:
    """Brings every catalogue up to date. Returns 1 while something lacks words."""
    found = []
    for code in LANGUAGES:
        for domain in DOMAINS if code != SOURCE else ():
            update(domain, code)
            found += [f"{domain}.po ({code}) {one}" for one in complaints(domain, code)]
    print("\n".join(found) or "Every message has its words.")
    return 1 if found else 0


def _messages(catalog: Catalog) -> list[Message]:
    return [one for one in catalog if one.id]


def _placeholders(text: str | Sequence[str]) -> set[str]:
    """The names of what is put in; of plural forms those of the last, which says the number."""
    return set(re.findall(r"%\((\w+)\)s", text if isinstance(text, str) else text[-1]))


def _shown(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


if __name__ == "__main__":
    sys.exit(main())
