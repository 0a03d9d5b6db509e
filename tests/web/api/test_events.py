"""Server-sent events: what moves is told, and can be followed from a position."""

from __future__ import annotations

from collections.abc import Iterator

from tests.web.api.kit import SERVICE, Served


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value
        elif not line:
            if "data" in event:
                yield event
            event = {}


def test_a_started_instance_is_told(api: Served) -> None:
    api.deploy(SERVICE)
    with api.http.stream("GET", "/v2/events") as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry")
        key = api.start()
        told = next(e for e in events(lines) if key in e["data"])
    assert told["event"] == "moved"
    assert told["id"].isdecimal()


def test_events_go_on_from_the_last_one_that_was_seen(api: Served) -> None:
    api.deploy(SERVICE)
    with api.http.stream("GET", "/v2/events?after=0") as answer:
        seen = next(events(answer.iter_lines()))
    key = api.start()
    again = {"Last-Event-ID": seen["id"]}
    with api.http.stream("GET", "/v2/events", headers=again) as answer:
        assert any(key in e["data"] for e in events(answer.iter_lines()))


def test_a_position_that_is_none_is_refused(api: Served) -> None:
    api.call("GET", "/v2/events", headers={"Last-Event-ID": "yesterday"}, expect=400)
