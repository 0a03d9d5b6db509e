"""The reader's language: which it is, and how sentences, numbers and dates are put into it."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from flask import Flask

from web.console import language
from web.console.language import _, ngettext


@pytest.mark.parametrize(
    ("headers", "spoken"),
    [
        ({}, "en"),
        ({"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}, "de"),
        ({"Accept-Language": "fr,en;q=0.5,de;q=0.2"}, "en"),
        ({"Accept-Language": "fr"}, "en"),
        ({"Accept-Language": "de", "Cookie": "language=en"}, "en"),
        ({"Accept-Language": "en", "Cookie": "language=de"}, "de"),
        ({"Accept-Language": "de", "Cookie": "language=xx"}, "de"),
    ],
)
def test_the_choice_counts_more_than_what_the_browser_asks(
    headers: dict[str, str], spoken: str
) -> None:
    with Flask("web").test_request_context(headers=headers):
        assert language.language() == spoken


def test_outside_a_request_the_messages_own_language_is_spoken() -> None:
    assert (language.language(), _("Instances")) == ("en", "Instances")


def test_messages_numbers_and_dates_are_as_the_language_has_them() -> None:
    with Flask("web").test_request_context(headers={"Accept-Language": "de"}):
        assert _("Instances") == "Instanzen"
        assert language.decimal(1_234_567) == "1.234.567"
        assert language.decimal(0.5) == "0,5"
        assert language.day(date(2026, 11, 21)) == "21.11.2026"
        assert language.second(datetime(2026, 11, 21, 9, 8, 7)) == "21.11.2026, 09:08:07"  # noqa: DTZ001
    assert language.decimal(1_234_567.5) == "1,234,567.5"
    assert language.day(date(2026, 11, 21)) == "21 Nov 2026"


def test_a_number_put_into_a_message_is_written_as_the_language_has_it() -> None:
    assert ngettext("%(num)s thing", "%(num)s things", 1) == "1 thing"
    assert ngettext("%(num)s thing", "%(num)s things", 4000) == "4,000 things"


def test_templates_escape_what_is_put_into_a_message() -> None:
    app = Flask("web")
    language.furnish(app)
    with app.test_request_context():
        made = app.jinja_env.from_string(
            "{{ _('<b>%(name)s</b> of %(most)s', name=name, most=2000) }}"
            "{% trans count=1 %}{{ count }} of it{% pluralize %}{{ count }} of them{% endtrans %}"
        )
        assert made.render(name="<i>") == "<b>&lt;i&gt;</b> of 2,0001 of it"
