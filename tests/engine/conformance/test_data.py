"""Data that goes through a whole process, in BPMN's own terms (BPMN 2.0.2 §10.4.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import Drive

SPECIFICATION = """
<ioSpecification><dataInput id="{i}" name="{input}"/><dataOutput id="{o}" name="{output}"/>
  <inputSet><dataInputRefs>{i}</dataInputRefs></inputSet>
  <outputSet><dataOutputRefs>{o}</dataOutputRefs></outputSet></ioSpecification>
"""


def test_inputs_and_outputs_of_a_process_are_sources_and_targets() -> None:
    drive = Drive(
        f"""
        {SPECIFICATION.format(i="pi", o="po", input="given", output="found")}
        <startEvent id="s"/>
        <scriptTask id="t" scriptFormat="feel">
          {SPECIFICATION.format(i="ti", o="to", input="a", output="b")}
          <dataInputAssociation><sourceRef>pi</sourceRef><targetRef>ti</targetRef>
          </dataInputAssociation>
          <dataOutputAssociation><sourceRef>to</sourceRef><targetRef>po</targetRef>
          </dataOutputAssociation>
          <script>{{b: a + 1}}</script>
        </scriptTask>
        s -> t
        """,
        given=1,
    )
    assert drive.variables == {"given": 1, "found": 2}


CATCH = """
<startEvent id="s"/> <dataObject id="do" name="order"/> <userTask id="z"/>
<intermediateCatchEvent id="c"><dataOutput id="out" name="content"/>
  <dataOutputAssociation><sourceRef>out</sourceRef><targetRef>do</targetRef>
  </dataOutputAssociation><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet>
  <messageEventDefinition messageRef="M"/></intermediateCatchEvent>
s -> c -> z
"""


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"content": 1, "more": 2}, 1),
        ({"request": {"n": 1}}, {"n": 1}),
        ({"n": 1, "m": 2}, {"n": 1, "m": 2}),
        ({"n": 1}, {"n": 1}),
        ({}, None),
    ],
)
def test_a_payload_goes_to_the_one_data_output(payload: dict[str, Any], found: Any) -> None:
    drive = Drive(CATCH, "<message id='M' name='m'/>")
    drive.complete("c", **payload)
    assert drive.at == ["z"]
    assert drive.variables["order"] == found
