"""Checking takes as many steps as the document has elements, whatever its shape."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from bpmn.checks import check
from bpmn.model import Definitions
from bpmn.reader import read
from bpmn.xml import Limits
from tests.bpmn.checks.kit import document


def _chain(n: int) -> str:
    nodes = " -> ".join(f"t{i}" for i in range(n))
    return f"start -> {nodes} -> end"


def _fan(n: int) -> str:
    branches = "\n".join(f"fork -> t{i} -> join" for i in range(n))
    return (
        f'<parallelGateway id="fork"/><parallelGateway id="join"/>\nstart -> fork\n{branches}\n'
        "join -> end"
    )


def _twins(n: int) -> str:
    return "start -> a -> end\n" + "\n".join(
        f'<sequenceFlow id="f{i}" sourceRef="a" targetRef="end"/>' for i in range(n)
    )


def _loose(n: int) -> str:
    return "\n".join(f'<task id="t{i}"/>' for i in range(n)) + "\nstart -> end"


def _links(n: int) -> str:
    pairs = "\n".join(
        f'<intermediateThrowEvent id="t{i}"><linkEventDefinition name="l{i}"/>'
        f'</intermediateThrowEvent><intermediateCatchEvent id="c{i}">'
        f'<linkEventDefinition name="l{i}"/></intermediateCatchEvent>\nstart -> t{i}\nc{i} -> end'
        for i in range(n)
    )
    return f"start -> a -> end\n{pairs}"


def _boundary(n: int) -> str:
    events = "\n".join(
        f'<boundaryEvent id="b{i}" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
        for i in range(n)
    )
    return f"start -> a -> end\n{events}"


def _event_sub_processes(n: int) -> str:
    subs = "\n".join(
        f'<subProcess id="s{i}" triggeredByEvent="true"><startEvent id="i{i}">'
        f'<errorEventDefinition/></startEvent><endEvent id="o{i}"/></subProcess>'
        for i in range(n)
    )
    return f"start -> a -> end\n{subs}"


def _calls(n: int) -> str:
    return "\n".join(
        f'<process id="p{i}" isExecutable="true"><startEvent id="s{i}"/><endEvent id="e{i}"/>'
        f'<callActivity id="c{i}" calledElement="p{(i + 1) % n}"/>\n'
        f"s{i} -> c{i} -> e{i}\n</process>"
        for i in range(n)
    )


def _data(n: int) -> str:
    refs = "".join(f"<dataInputRefs>i{i}</dataInputRefs>" for i in range(n))
    optional = "".join(f"<optionalInputRefs>i{i}</optionalInputRefs>" for i in range(n))
    inputs = "".join(f'<dataInput id="i{i}"/>' for i in range(n))
    return (
        f'<task id="a"><ioSpecification>{inputs}<inputSet id="is">{refs}{optional}</inputSet>'
        "<outputSet/></ioSpecification></task>\nstart -> a -> end"
    )


def _nested(n: int) -> str:
    before = "".join(
        f'<subProcess id="s{i}"><startEvent id="i{i}"/><endEvent id="o{i}"/>' for i in range(n)
    )
    after = "".join(f"\ni{i} -> s{i + 1} -> o{i}\n</subProcess>" for i in reversed(range(n)))
    return f'{before}\n<task id="s{n}"/>{after}\nstart -> s0 -> end'


SHAPES: list[Callable[[int], str]] = [
    _chain,
    _fan,
    _twins,
    _loose,
    _links,
    _boundary,
    _event_sub_processes,
    _calls,
    _data,
    _nested,
]


def _steps(definitions: Definitions) -> int:
    """Lines of Python that a check runs through, rounds of loops counted."""
    steps = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal steps
        steps += 1
        return trace

    check(definitions)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        check(definitions)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__.strip("_"))
def test_steps_grow_with_the_document(shape: Callable[[int], str]) -> None:
    limits = Limits(depth=2_000)
    few, many = (read(document(shape(n)), limits) for n in (40, 400))
    assert _steps(many) <= 12 * _steps(few)
