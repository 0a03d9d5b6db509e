"""How values are said: moments, spans, states, ids, variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup, escape

from web.console.codes import called, titled
from web.console.language import _, day, decimal, minute, noop, percent, second

if TYPE_CHECKING:
    from engine import InstanceSummary

SPANS = [
    (86400, noop("%(count)s d")),
    (3600, noop("%(count)s h")),
    (60, noop("%(count)s min")),
    (1, noop("%(count)s s")),
]


VAGUE = ("JobFailed",)
"""Kinds of errors that a worker has not named."""
WHOLE = 2000
"""So much of a text that was cut stands in its tooltip."""
BLANK = "·"
_json = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def span(value: timedelta, *, is_rough: bool = False) -> str:
    """A length of time in its two largest units: `2 d 4 h`, `41 min`, `3 s`, `120 ms`.

    A rough one is told in its largest unit alone.
    """
    seconds = abs(value.total_seconds())
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds else _("%(count)s s", count=0)
    counts, rest = [], int(seconds)
    for length, unit in SPANS:
        count, rest = divmod(rest, length)
        counts.append((count, unit))
    first = next(place for place, (count, _) in enumerate(counts) if count)
    largest = counts[first : first + (1 if is_rough else 2)]
    return " ".join(_(unit, count=count) for count, unit in largest if count)


def moment(value: datetime | None, now: datetime | None = None) -> Markup:
    """A `<time>` that reads relative to now, with the full moment in its tooltip."""
    if value is None:
        return Markup('<span class="muted">–</span>')
    away = (now or datetime.now(UTC)) - value
    if abs(away) < timedelta(seconds=5):
        text = _("now")
    elif away > timedelta(days=30):
        text = day(value)
    elif away > timedelta():
        text = _("%(span)s ago", span=span(away, is_rough=True))
    else:
        text = _("in %(span)s", span=span(-away))
    return _time(value, text)


def is_past(value: datetime) -> bool:
    return value < datetime.now(UTC)


def local(value: datetime | None) -> str:
    """For an input of a moment, in the server's zone; a script puts it into the reader's."""
    return value.astimezone().strftime("%Y-%m-%dT%H:%M") if value else ""


def clock(value: datetime) -> Markup:
    """A `<time>` that reads as the time of day, for lines of one sequence."""
    return _time(value, value.astimezone(UTC).strftime("%H:%M:%S"), clock=True)


def _time(value: datetime, text: str, *, clock: bool = False) -> Markup:
    whole = value.astimezone(UTC)
    markup = '<time datetime="{}" title="{}"' + " data-clock" * clock + ">{}</time>"
    title = f"{second(whole)} UTC"
    return Markup(markup).format(whole.isoformat(timespec="milliseconds"), title, text)  # noqa: S704


def short(id: int) -> str:
    """The last eight digits of an id; enough to tell a handful apart."""
    return f"…{str(id)[-8:]}" if len(str(id)) > 10 else str(id)


def named(head: InstanceSummary) -> str:
    """What people call an instance: its business key, or else its short id."""
    return head.business_key or f"#{short(head.id)}"


def state(head: InstanceSummary) -> Markup:
    """Shape, word and colour of an instance's state."""
    kind, word = state_of(head)
    return status(kind, word)


def state_of(head: InstanceSummary) -> tuple[str, str]:
    """Kind (as in the style sheet) and word of an instance's state."""
    if head.state != "active":
        return head.state, titled(head.state, "instance")
    if head.suspended:
        return "suspended", _("Suspended")
    if head.incidents:
        return "incident", _("Incident")
    return "running", _("Running")


def status(kind: str, word: str) -> Markup:
    return Markup('<span class="state is-{}">{}</span>').format(kind, word)


def encoded(value: Any) -> bytes:
    """Anything as JSON, ids as they are."""
    return _json.encode(value)


def plain(value: Any) -> str:
    """A variable as people read it: text as it is, everything else as JSON."""
    if isinstance(value, str):
        return value
    return _json.encode(value).decode()


def brief(value: Any, length: int = 120) -> str:
    """`plain`, cut where it gets long."""
    text = plain(value)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def cut(value: Any, length: int = 120) -> str:
    """`brief`, with the whole of what was cut in its tooltip."""
    text = plain(value)
    if len(text) <= length:
        return text
    return Markup('<span title="{}">{}</span>').format(brief(text, WHOLE), brief(text, length))


def cause(error: str, message: str) -> str:
    """What went wrong, in few words: the kind of error, or its message where the kind says none."""
    return brief(message, 120) if error in VAGUE and message else error


def with_blanks(text: str) -> str:
    """Text whose blanks at either end can be seen."""
    inner = text.strip(" ")
    if not inner:
        return BLANK * len(text)
    first = text.index(inner)
    return BLANK * first + inner + BLANK * (len(text) - first - len(inner))


def pretty(value: Any) -> str:
    """JSON over several lines, for reading and editing."""
    return msgspec.json.format(_json.encode(value), indent=2).decode()


def total(value: int) -> str:
    """The length of a list, which is exact up to 10,000."""
    return decimal(value) if value <= 10_000 else _("more than %(count)s", count=10_000)


def lines(text: str) -> Markup:
    """Text with its line breaks kept."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


FILTERS: dict[str, Callable[..., Any]] = {
    "span": span,
    "moment": moment,
    "is_past": is_past,
    "local": local,
    "clock": clock,
    "short": short,
    "named": named,
    "state": state,
    "plain": plain,
    "brief": cut,
    "cause": cause,
    "with_blanks": with_blanks,
    "pretty": pretty,
    "number": decimal,
    "percent": percent,
    "minute": minute,
    "called": called,
    "titled": titled,
    "day": day,
    "total": total,
    "lines": lines,
}
