"""Plain BPMN, what happens to it, and what the standard says comes of it: one text a scenario.

The standard is the author: each expectation was written down from its clause before it was run.

    at a b        tokens at these nodes (all of them, one word a token)
    do a x=1      complete the user task, with variables
    error a E     let the job at service task `a` end in a BPMN error
    work a x=1    complete the job at service task `a`
    message m key x=1      publish; `-` for no key
    signal s      broadcast
    set x=1       an operator sets variables of the process
    pass 2h       let time go by
    went a=2 b=0  how often these nodes were entered
    order a b     in which order these nodes were entered, others left out
    has x=1       variables of the process
    done, failed, cancelled, active        the state
    stuck         there is an incident
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from engine import JobQuery
from engine.testing import ALL, Play, Stage
from tests.kit import NAMESPACE, flows

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Scenario(NamedTuple):
    name: str
    clause: str
    process: str
    """The inside of process `p`; `a -> b : x > 1` is a conditional flow. Nodes that only arrows
    name are made: `s` starts, `e` ends, any other is a user task."""
    script: str
    roots: str = ""
    start: Mapping[str, Any] = MappingProxyType({})
    others: str = ""
    """Further processes."""
    attributes: str = ""


def plain(scenario: Scenario) -> bytes:
    """The document: no vendor's namespace, nothing but the standard's."""
    return (
        f"<definitions xmlns='{NAMESPACE}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
        f" xmlns:xsd='http://www.w3.org/2001/XMLSchema' id='document' targetNamespace='urn:test'"
        f" {scenario.attributes}>{scenario.roots}"
        f"<process id='p' isExecutable='true'>{_made(scenario.process)}{flows(scenario.process)}"
        f"</process>"
        f"{flows(scenario.others)}</definitions>"
    ).encode()


def _made(text: str) -> str:
    """The nodes that arrows name and nothing makes: `s...` starts, `e...` ends, user tasks."""
    arrows = [line for line in text.splitlines() if "->" in line and not line.startswith("<")]
    named = [node.strip() for line in arrows for node in line.partition(" : ")[0].split("->")]
    tags = {"s": "startEvent", "e": "endEvent"}
    return "".join(
        f'<{tags.get(node[0], "userTask")} id="{node}"/>'
        for node in dict.fromkeys(named)
        if f'id="{node}"' not in text
    )


def play(scenario: Scenario) -> None:
    """Run a scenario; an expectation that is not met fails with its line."""
    stage = Stage(contents={"scenario.bpmn": plain(scenario)})
    lines = [line.strip() for line in scenario.script.strip().splitlines()]
    started = not (lines and lines[0].startswith("unstarted"))
    actor = stage.start("p", scenario.start) if started else None
    for number, line in enumerate(lines, start=1):
        verb, *words = line.split()
        if verb == "unstarted":
            continue
        if actor is None and verb not in ("message", "signal", "pass"):
            [actor] = stage.instances("p")
        said = f"line {number}: {line}"
        _STEPS[verb](stage, actor, words, said)


def _values(words: list[str]) -> dict[str, Any]:
    return {key: json.loads(text) for key, text in (word.split("=", 1) for word in words)}


def _at(_: Stage, actor: Play, words: list[str], said: str) -> None:
    assert actor.at == sorted(words), f"{said}; {actor.at}, {actor.state}, {actor.incidents}"


def _do(_: Stage, actor: Play, words: list[str], said: str) -> None:
    actor.complete(words[0], _values(words[1:]))


def _job(stage: Stage, actor: Play, element: str) -> int:
    jobs = stage.engine.jobs(JobQuery(instance=actor.id), ALL).items
    return min(job.id for job in jobs if job.element == element)


def _work(stage: Stage, actor: Play, words: list[str], said: str) -> None:
    stage.engine.complete_job(_job(stage, actor, words[0]), _values(words[1:]))
    stage.settle()


def _error(stage: Stage, actor: Play, words: list[str], said: str) -> None:
    stage.engine.throw_job_error(_job(stage, actor, words[0]), words[1], "")
    stage.settle()


def _message(stage: Stage, _: Play | None, words: list[str], said: str) -> None:
    name, key, *values = [*words, "-"][: max(2, len(words))]
    stage.publish(name, None if key == "-" else key, **_values(values))


def _signal(stage: Stage, _: Play | None, words: list[str], said: str) -> None:
    stage.broadcast(words[0], **_values(words[1:]))


def _set(stage: Stage, actor: Play, words: list[str], said: str) -> None:
    scope = stage.engine.variables(actor.id)[0].id
    stage.engine.set_variables(actor.id, _values(words), scope=scope, reason="the scenario")
    stage.settle()


def _pass(stage: Stage, _: Play | None, words: list[str], said: str) -> None:
    amount, unit = re.fullmatch(r"(\d+)([smhd])", words[0]).groups()  # type: ignore[union-attr]
    stage.advance(**{_UNITS[unit]: int(amount)})


def _went(_: Stage, actor: Play, words: list[str], said: str) -> None:
    for word in words:
        element, count = word.split("=")
        assert actor.path.count(element) == int(count), f"{said}; {actor.path}"


def _order(_: Stage, actor: Play, words: list[str], said: str) -> None:
    assert [e for e in actor.path if e in words] == words, f"{said}; {actor.path}"


def _has(_: Stage, actor: Play, words: list[str], said: str) -> None:
    expected = _values(words)
    found = {key: actor.variables.get(key) for key in expected}
    assert found == expected, f"{said}; {actor.variables}"


def _stuck(_: Stage, actor: Play, words: list[str], said: str) -> None:
    assert actor.incidents, f"{said}; {actor.at}, {actor.state}"


def _state(_: Stage, actor: Play, words: list[str], said: str) -> None:
    expected = "completed" if said.endswith("done") else said.rpartition(" ")[2]
    assert actor.state == expected, f"{said}; {actor.state}, {actor.at}, {actor.incidents}"


_STEPS: dict[str, Any] = {
    "at": _at,
    "do": _do,
    "work": _work,
    "error": _error,
    "message": _message,
    "signal": _signal,
    "set": _set,
    "pass": _pass,
    "went": _went,
    "order": _order,
    "has": _has,
    "stuck": _stuck,
    "done": _state,
    "failed": _state,
    "cancelled": _state,
    "active": _state,
}
