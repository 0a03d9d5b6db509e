"""The reader's language: sentences out of gettext catalogues, numbers and dates after CLDR."""

from __future__ import annotations

import gettext as catalogues
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from flask import Flask, g, has_request_context, request
from markupsafe import Markup, escape

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
"""What each language calls itself, by its code; messages are written in the first."""
LOCALES: Mapping[str, Locale] = {"en": Locale("en", "GB"), "de": Locale("de")}
SOURCE = "en"
TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


def language() -> str:
    """The code of the reader's language: as chosen, or else as the browser asks."""
    if not has_request_context():
        return SOURCE
    if "language" not in g:
        chosen = request.cookies.get("language", "")
        best = request.accept_languages.best_match(LANGUAGES, SOURCE)
        g.language = chosen if chosen in LANGUAGES else best
    return str(g.language)


def locale() -> Locale:
    """How the reader's language writes numbers and dates."""
    return LOCALES[language()]


def _(message: str, /, **values: Any) -> str:
    """The message in the reader's language with its `%(name)s` filled.

    Numbers are written as the language has them; an id is put in as text.
    A literal percent sign is written `%%`.
    """
    return _filled(_catalogue(language()).gettext(message), values)


def ngettext(one: str, many: str, number: int, /, **values: Any) -> str:
    """Like `_`, in the plural form that fits a number, which is `%(num)s` in the message."""
    found = _catalogue(language()).ngettext(one, many, number)
    return _filled(found, {"num": number, **values})


def pgettext(context: str, message: str, /, **values: Any) -> str:
    """Like `_`, for a word that means something else elsewhere; the context says what it means."""
    return _filled(_catalogue(language()).pgettext(context, message), values)


def noop(message: str) -> str:
    """The message as it is: marks what stands in a table and goes through `_` when it is shown."""
    return message


def pnoop(context: str, message: str) -> str:
    """The same for a message that goes through `pgettext`."""
    del context
    return message


def decimal(value: float) -> str:
    """A number with the language's decimal sign, thousands apart."""
    return format_decimal(value, locale=locale())


def percent(share: float) -> str:
    """A share of 1 in percent."""
    return format_percent(share, locale=locale())


def day(value: date) -> str:
    """A date in its middle length: `12 Oct 2026`, `12.10.2026`."""
    return format_date(value, "medium", locale=locale())


def minute(value: datetime) -> str:
    """Date and time of day to the minute."""
    return f"{day(value)}, {format_time(value, 'short', locale=locale())}"


def second(value: datetime) -> str:
    """Date and time of day to the second."""
    return format_datetime(value, "medium", locale=locale())


def script_messages(code: str) -> dict[str, str | list[str]]:
    """What the scripts say in a language, by their English; plural forms as a list."""
    file = TRANSLATIONS / code / "LC_MESSAGES" / "script.po"
    with file.open("rb") as lines:
        found = read_po(lines, locale=code)
    return {
        one.id if isinstance(one.id, str) else one.id[0]: one.string
        if isinstance(one.string, str)
        else list(one.string)
        for one in found
        if one.id and one.string
    }


def furnish(app: Flask) -> None:
    """Gives templates `_`, `ngettext`, `pgettext` and `{% trans %}`."""
    environment: Any = app.jinja_env
    environment.policies["ext.i18n.trimmed"] = True
    environment.add_extension("jinja2.ext.i18n")
    environment.newstyle_gettext = True
    environment.globals.update(
        _=_marked(_), gettext=_marked(_), ngettext=_marked(ngettext), pgettext=_marked(pgettext)
    )


def _marked(say: Callable[..., str]) -> Callable[..., Markup]:
    """The same for templates: a catalogue may contain tags, and what is put into it may not."""

    def marked(*messages: Any, **values: Any) -> Markup:
        safe = {
            name: value if isinstance(value, int | float) else escape(value)
            for name, value in values.items()
        }
        return Markup(say(*messages, **safe))  # noqa: S704 (the catalogue is ours)

    return marked


def _filled(message: str, values: Mapping[str, Any]) -> str:
    shown = {
        name: decimal(value) if isinstance(value, int | float) else value
        for name, value in values.items()
    }
    return message % shown


@cache
def _catalogue(code: str) -> catalogues.NullTranslations:
    """The messages of a language, compiled out of its PO file when they are first needed."""
    if code == SOURCE:
        return catalogues.NullTranslations()
    with (TRANSLATIONS / code / "LC_MESSAGES" / "console.po").open("rb") as lines:
        messages = read_po(lines, locale=code)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)
