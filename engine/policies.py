"""How often a job is tried, and when again. What an operator says beats the model, which beats the
policy file, which beats what the handler declares, which beats the defaults; of file and operator,
what is said of an element beats its process, and that the job type. Where each value comes from is
kept with every attempt.

    PT10S                        the same pause each time
    PT1S*2^n, PT1S*2^n PT1M      growing, up to a minute unless the cap is given
    PT1M,PT5M                    one pause a retry: so many retries
    R3/PT10S                     three tries, ten seconds apart
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any

import isodate
from msgspec import Struct

from engine.errors import Invalid

DEFAULT_RETRIES = 3
DEFAULT_BACKOFF = "PT1S*2^n PT1M"
DEFAULT_TIMEOUT = timedelta(minutes=5)
JITTER = 0.2
"""A growing pause is shortened by up to this part, so that failures do not come back in step."""

_GROWING = re.compile(
    r"(?P<first>P[^*\s]+)\s*\*\s*(?P<factor>\d+(?:\.\d+)?)\s*\^\s*n(?:\s+(?P<cap>P\S+))?"
)
_REPEATED = re.compile(r"R(?P<times>\d+)/(?P<pause>P\S+)")


class Backoff(Struct, frozen=True):
    """The pause before each further attempt."""

    text: str
    pauses: tuple[timedelta, ...]
    """One a retry, the last for all others; or the first, of a growing one."""
    factor: float = 1.0
    cap: timedelta = timedelta(days=365)
    tries: int | None = None
    """How often in all, where the text says so."""

    def after(self, failures: int) -> timedelta:
        """The pause after so many failures, from 1."""
        if self.factor == 1.0:
            return self.pauses[min(failures, len(self.pauses)) - 1]
        try:
            grown = self.pauses[0].total_seconds() * self.factor ** (failures - 1)
            pause = min(self.cap.total_seconds(), grown)
        except OverflowError:
            pause = self.cap.total_seconds()
        return timedelta(seconds=pause * (1 - JITTER * random.random()))  # noqa: S311 - jitter


class Policy(Struct, frozen=True, kw_only=True):
    """The values in force for one job."""

    retries: int
    backoff: Backoff
    timeout: timedelta
    origin: Mapping[str, str]
    """operator, model, file, handler or default, by the names above."""


class Said(Struct, frozen=True, kw_only=True):
    """What a policy file, or an operator, says of one kind of work; None: nothing."""

    retries: int | None = None
    backoff: str | None = None
    timeout: timedelta | None = None
    sla: timedelta | None = None
    """For how long it may be open."""
    rate: str | None = None
    """How many may be given out: `10/PT1S`."""


NOTHING = Said()
NAMES = Said.__struct_fields__


def parse_said(values: Mapping[str, Any], place: str) -> Said:
    """Values as a file or an operator writes them. Raises Invalid with the place."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in NAMES:
            raise Invalid(f"{place}: there is no policy '{name}'; {', '.join(NAMES)} would do")
        if name == "retries":
            if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10_000:
                raise Invalid(f"{place}: retries {value!r}; a whole number from 1 would do")
            found[name] = value
            continue
        if not isinstance(value, str):
            raise Invalid(f"{place}: {name} {value!r} is no text; {_EXAMPLES[name]} would do")
        if name == "backoff":
            found[name] = parse_backoff(value).text
        elif name == "rate":
            parse_rate(value, place)
            found[name] = value
        else:
            found[name] = _pause(value, value)
            if not found[name]:
                raise Invalid(f"{place}: {name} '{value}' leaves no time; PT1M would do")
    return Said(**found)


_EXAMPLES = {"backoff": "PT1S*2^n PT1M", "timeout": "PT30S", "sla": "P2D", "rate": "10/PT1S"}


def parse_rate(text: str, place: str) -> timedelta:
    """The time that one of `10/PT1S` may take. Raises Invalid."""
    count, slash, period = text.partition("/")
    if slash and count.strip().isdigit() and 0 < int(count) <= 1_000_000:
        with suppress(Invalid):
            one = _pause(period.strip(), text) / int(count)
            if timedelta(microseconds=1) <= one <= timedelta(days=366):
                return one
    raise Invalid(f"{place}: '{text}' is no rate; 10/PT1S or 100/PT1H would do")


def over(first: Said, second: Said) -> Said:
    """`first`, and where it says nothing, `second`."""
    if first is NOTHING:
        return second
    return Said(
        **{
            name: getattr(second, name) if getattr(first, name) is None else getattr(first, name)
            for name in NAMES
        }
    )


class Declared(Struct, frozen=True, kw_only=True):
    """What a handler declares for its jobs; None: nothing."""

    retries: int | None = None
    backoff: str | None = None
    timeout: timedelta | None = None


@lru_cache(1024)
def parse_backoff(text: str) -> Backoff:
    """A text of the forms above. Raises Invalid."""
    text = text.strip()
    if found := _GROWING.fullmatch(text):
        cap = _pause(found["cap"], text) if found["cap"] else timedelta(minutes=1)
        first = _pause(found["first"], text)
        return Backoff(text, (first,), max(float(found["factor"]), 1.0), cap)
    if found := _REPEATED.fullmatch(text):
        return Backoff(text, (_pause(found["pause"], text),), tries=int(found["times"]))
    parts = [part.strip() for part in text.split(",")]
    pauses = tuple(_pause(part, text) for part in parts)
    return Backoff(text, pauses, tries=len(pauses) + 1 if len(pauses) > 1 else None)


def policy_for(
    details: Mapping[str, Any],
    declared: Declared | None,
    file: Said = NOTHING,
    operator: Said = NOTHING,
) -> Policy:
    """The policy of a job, by its trigger's details and its handler; what cannot be read (an
    expression of the model's may give anything) counts as not said."""
    origin = {"retries": "default", "backoff": "default", "timeout": "default"}
    retries, backoff, timeout = DEFAULT_RETRIES, DEFAULT_BACKOFF, DEFAULT_TIMEOUT
    sources = [("handler", _of_handler(declared)), ("model", _of_model(details))]
    if file is not NOTHING:
        sources.insert(1, ("file", _of_said(file)))
    if operator is not NOTHING:
        sources.append(("operator", _of_said(operator)))
    for source, found in sources:
        if found["backoff"] is not None:
            backoff, origin["backoff"] = found["backoff"], source
            if (tries := parse_backoff(backoff).tries) is not None:
                retries, origin["retries"] = tries, source
        if found["retries"] is not None:
            retries, origin["retries"] = found["retries"], source
        if found["timeout"] is not None:
            timeout, origin["timeout"] = found["timeout"], source
    return Policy(
        retries=max(retries, 1), backoff=parse_backoff(backoff), timeout=timeout, origin=origin
    )


def _of_handler(declared: Declared | None) -> dict[str, Any]:
    if declared is None:
        return {"retries": None, "backoff": None, "timeout": None}
    return {
        "retries": declared.retries,
        "backoff": declared.backoff,
        "timeout": declared.timeout,
    }


def _of_said(said: Said) -> dict[str, Any]:
    return {"retries": said.retries, "backoff": said.backoff, "timeout": said.timeout}


def _of_model(details: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"retries": details.get("retries"), "backoff": None, "timeout": None}
    with suppress(Invalid):
        if text := details.get("retry_cycle") or details.get("backoff"):
            found["backoff"] = parse_backoff(str(text)).text
    with suppress(Invalid):
        if text := details.get("timeout"):
            found["timeout"] = _pause(str(text), str(text))
    return found


@lru_cache(1024)
def _pause(text: str, whole: str) -> timedelta:
    try:
        if text.endswith(("P", "T")):
            raise ValueError(text)
        found = isodate.parse_duration(text)
        if isinstance(found, isodate.Duration):
            found = found.totimedelta(start=isodate.parse_datetime("2026-01-01T00:00:00"))
    except (isodate.ISO8601Error, ValueError, TypeError):
        raise Invalid(
            f"retry policy '{whole}': '{text}' is no duration; PT10S, PT1S*2^n PT1M, PT1M,PT5M "
            "or R3/PT10S would do"
        ) from None
    if found < timedelta(0):
        raise Invalid(f"retry policy '{whole}': '{text}' lies in the past; PT10S would do")
    return timedelta(seconds=found.total_seconds())
