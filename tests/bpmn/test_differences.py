"""What differs between two versions of a file."""

from __future__ import annotations

from bpmn.differences import Changed, Difference, differences
from bpmn.reader import read
from tests.kit import document

BASE = """
<startEvent id='s'/>
<serviceTask id='t' name='Pay'><extensionElements>
  <zeebe:taskDefinition type='pay' retries='3'/>
  <zeebe:ioMapping><zeebe:input source='=a' target='x'/><zeebe:input source='=b' target='y'/>
  </zeebe:ioMapping></extensionElements></serviceTask>
<intermediateCatchEvent id='c'><timerEventDefinition id='d1'>
  <timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
<endEvent id='e'/>
s -> t -> c -> e
"""


def found(old: str, new: str) -> list[Difference]:
    return differences(read(document(old)), read(document(new)))


def test_a_file_does_not_differ_from_itself() -> None:
    assert found(BASE, BASE) == []


def test_ids_of_parts_and_what_flows_say_anyway_do_not_count() -> None:
    told = BASE.replace("id='d1'", "id='d2'").replace(
        "<endEvent id='e'/>", "<endEvent id='e'><incoming>c-e</incoming></endEvent>"
    )
    assert found(BASE, told) == []


def test_properties_are_named_by_what_they_belong_to() -> None:
    new = (
        BASE.replace("name='Pay'", "name='Charge'")
        .replace("retries='3'", "retries='5'")
        .replace("source='=b'", "source='=c'")
        .replace("PT1H", "PT2H")
    )
    task, timer = found(BASE, new)
    assert (task.element, task.kind, task.name, task.how) == (
        "t",
        "ServiceTask",
        "Charge",
        "changed",
    )
    assert set(task.properties) == {
        Changed(property="name", old="Pay", new="Charge"),
        Changed(property="taskDefinition.retries", old="3", new="5"),
        Changed(property="ioMapping.input y.source", old="=b", new="=c"),
    }
    assert timer.element == "c"
    assert [(one.old, one.new) for one in timer.properties] == [("PT1H", "PT2H")]


def test_what_is_gone_comes_last() -> None:
    new = BASE.replace("s -> t -> c -> e", "<userTask id='u'/>\ns -> t -> u -> e").replace(
        "<intermediateCatchEvent id='c'>", "<intermediateCatchEvent id='k'>"
    )
    assert [(one.element, one.how) for one in found(BASE, new)] == [
        ("k", "added"),
        ("u", "added"),
        ("t-u", "added"),
        ("u-e", "added"),
        ("c", "removed"),
        ("t-c", "removed"),
        ("c-e", "removed"),
    ]


def test_another_kind_with_the_same_id_is_a_change() -> None:
    new = BASE.replace("<endEvent id='e'/>", "<manualTask id='e'/>")
    (one,) = found(BASE, new)
    assert one.how == "changed"
    assert Changed(property="kind", old="EndEvent", new="ManualTask") in one.properties
