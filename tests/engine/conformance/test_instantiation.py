"""What begins an instance by several triggers (BPMN 2.0.2 §10.5.2, §10.6.6, §13.4.4)."""

from __future__ import annotations

import pytest

from tests.kit import Drive

ROOTS = "<message id='A' name='a'/><message id='B' name='b'/>"
PARALLEL = """
<eventBasedGateway id="g" instantiate="true" eventGatewayType="{type}"/>
<intermediateCatchEvent id="a"><messageEventDefinition messageRef="A"/></intermediateCatchEvent>
<receiveTask id="b" messageRef="B"/> <task id="c"/> <task id="d"/>
g -> a -> c
g -> b -> d
"""
MULTIPLE = """
<startEvent id="s" parallelMultiple="{parallel}">
  <messageEventDefinition id="first" messageRef="A"/>
  <messageEventDefinition id="second" messageRef="B"/>
</startEvent> <task id="t"/>
s -> t
"""


@pytest.mark.parametrize(("first", "other"), [("a", "b"), ("b", "a")])
def test_a_parallel_gateway_waits_for_its_other_events_in_the_same_instance(
    first: str, other: str
) -> None:
    drive = Drive(PARALLEL.format(type="Parallel"), ROOTS, start=first)
    assert drive.at == [other]
    drive.complete(other)
    assert drive.ended
    assert sorted(drive.entered("[cd]")) == ["c", "d"]


@pytest.mark.parametrize("first", ["a", "b"])
def test_an_exclusive_gateway_waits_for_no_other(first: str) -> None:
    drive = Drive(PARALLEL.format(type="Exclusive"), ROOTS, start=first)
    assert drive.ended
    assert drive.entered("[cd]") == [{"a": "c", "b": "d"}[first]]


def test_a_parallel_multiple_start_waits_for_the_rest_of_its_triggers() -> None:
    drive = Drive(MULTIPLE.format(parallel="true"), ROOTS, start="s", x=1)
    assert drive.at == ["s"]
    assert drive.waiting("s").trigger.name == "b"
    drive.complete("s", y=2)
    assert drive.ended
    assert drive.entered("t") == ["t"]
    assert drive.variables == {"x": 1, "y": 2}


def test_a_multiple_start_needs_one_of_its_triggers() -> None:
    drive = Drive(MULTIPLE.format(parallel="false"), ROOTS, start="s")
    assert drive.ended


def test_a_process_without_flow_nodes_is_over_when_it_starts() -> None:
    drive = Drive("<property id='x' name='x'/>", x=1)
    assert drive.ended
    assert drive.variables == {"x": 1}
