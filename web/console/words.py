"""How values are said: moments, spans, states, ids, variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from engine import InstanceSummary

SPANS = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")]
STATES = {
    "active": "Running",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


_json = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def span(value: timedelta) -> str:
    """A length of time in its two largest units: `2 d 4 h`, `41 min`, `3 s`, `120 ms`."""
    seconds = abs(value.total_seconds())
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds else "0 s"
    counts, rest = [], int(seconds)
    for length, unit in SPANS:
        count, rest = divmod(rest, length)
        counts.append((count, unit))
    first = next(place for place, (count, _) in enumerate(counts) if count)
    return " ".join(f"{count} {unit}" for count, unit in counts[first : first + 2] if count)


def moment(value: datetime | None, now: datetime | None = None) -> Markup:
    """A `<time>` that reads relative to now, with the full moment in its tooltip."""
    if value is None:
        return Markup('<span class="muted">–</span>')
    away = (now or datetime.now(UTC)) - value
    if abs(away) < timedelta(seconds=5):
        text = "now"
    elif away > timedelta(days=30):
        text = value.strftime("%d %b %Y")
    elif away > timedelta():
        text = f"{_first(away)} ago"
    else:
        text = f"in {span(-away)}"
    return _time(value, text)


def clock(value: datetime) -> Markup:
    """A `<time>` that reads as the time of day, for lines of one sequence."""
    return _time(value, value.astimezone(UTC).strftime("%H:%M:%S"), clock=True)


def _time(value: datetime, text: str, *, clock: bool = False) -> Markup:
    whole = value.astimezone(UTC)
    markup = '<time datetime="{}" title="{}"' + " data-clock" * clock + ">{}</time>"
    title = whole.strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup(markup).format(whole.isoformat(timespec="milliseconds"), title, text)  # noqa: S704


def _first(value: timedelta) -> str:
    """Its largest unit alone."""
    return " ".join(span(value).split()[:2])


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
        return head.state, STATES[head.state]
    if head.suspended:
        return "suspended", "Suspended"
    if head.incidents:
        return "incident", "Incident"
    return "running", STATES["active"]


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


def pretty(value: Any) -> str:
    """JSON over several lines, for reading and editing."""
    return msgspec.json.format(_json.encode(value), indent=2).decode()


def number(value: int) -> str:
    """Thousands apart by a narrow space; past 10,000 what a list says when it stopped counting."""
    return f"{value:,}".replace(",", "\u202f")


def total(value: int) -> str:
    """The length of a list, which is exact up to 10,000."""
    return number(value) if value <= 10_000 else "more than 10\u202f000"


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def lines(text: str) -> Markup:
    """Text with its line breaks kept."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


FILTERS: dict[str, Callable[..., Any]] = {
    "span": span,
    "moment": moment,
    "clock": clock,
    "short": short,
    "named": named,
    "state": state,
    "plain": plain,
    "brief": brief,
    "pretty": pretty,
    "number": number,
    "total": total,
    "plural": plural,
    "lines": lines,
}
