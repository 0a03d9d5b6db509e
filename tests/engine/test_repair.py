"""Moving tokens by hand: what comes of each instruction, and what is refused."""

from __future__ import annotations

import pytest

from engine.errors import ExecutionError
from engine.repair import Instruction, objections, warnings
from engine.state import Instance
from engine.step import (
    Begun,
    CancelToken,
    Modified,
    MoveToken,
    SetVariables,
    StartAfter,
    StartBefore,
    step,
)
from tests.kit import NOON, Drive, document, program_of

NESTED = """
<startEvent id="s"/> <userTask id="a"/> <userTask id="after"/>
<subProcess id="sub">
  <startEvent id="s2"/> <userTask id="i"/> <userTask id="k"/> <endEvent id="e2"/>
  s2 -> i -> k -> e2
</subProcess>
<boundaryEvent id="t" attachedToRef="sub"><timerEventDefinition>
  <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
<userTask id="late"/>
s -> a -> sub -> after
t -> late
"""
EACH = """
<startEvent id="s"/> <userTask id="after"/>
<subProcess id="sub">
  <multiInstanceLoopCharacteristics><extensionElements>
    <zeebe:loopCharacteristics inputCollection="=items" inputElement="item"
      outputCollection="done" outputElement="=item"/>
  </extensionElements></multiInstanceLoopCharacteristics>
  <startEvent id="s2"/> <userTask id="i"/> <userTask id="k"/>
  s2 -> i -> k
</subProcess>
s -> sub -> after
"""


def modify(drive: Drive, *instructions: Instruction) -> None:
    drive.give(Modified(instructions=instructions))


def token(drive: Drive, node: str, place: int = 0) -> int:
    return sorted(t.id for t in drive.instance.tokens.values() if t.node == node)[place]


def test_a_token_moved_within_a_sub_process_stays_in_its_scope() -> None:
    drive = Drive(NESTED)
    drive.complete("a")
    scopes = set(drive.instance.scopes)
    modify(drive, MoveToken(token=token(drive, "i"), node="k"))
    assert drive.at == ["k", "sub"]
    assert set(drive.instance.scopes) == scopes


def test_a_token_moved_out_takes_the_scope_it_emptied_with_it() -> None:
    drive = Drive(NESTED)
    drive.complete("a")
    modify(drive, MoveToken(token=token(drive, "i"), node="after"))
    assert drive.at == ["after"]
    assert drive.subscriptions("timer") == []
    drive.complete("after")
    assert drive.outcome.state == "completed"


def test_a_token_moved_out_leaves_the_scope_where_others_are() -> None:
    drive = Drive(NESTED)
    drive.complete("a")
    modify(drive, StartBefore(node="k"))
    modify(drive, MoveToken(token=token(drive, "i"), node="after"))
    assert drive.at == ["after", "k", "sub"]


def test_a_token_moved_into_a_sub_process_opens_it() -> None:
    drive = Drive(NESTED)
    modify(drive, MoveToken(token=token(drive, "a"), node="k", variables={"n": 1}))
    assert drive.at == ["k", "sub"]
    assert len(drive.subscriptions("timer")) == 1
    assert [s.variables for s in drive.instance.scopes.values()] == [{}, {"n": 1}]
    drive.complete("k")
    assert drive.at == ["after"]


def test_a_token_moved_within_one_iteration_stays_in_that_iteration() -> None:
    drive = Drive(EACH, items=["x", "y"])
    modify(drive, MoveToken(token=token(drive, "i", 1), node="k"))
    assert drive.at == ["i", "k", "sub", "sub", "sub"]
    drive.complete("k")
    drive.complete("i")
    drive.complete("k")
    assert drive.at == ["after"]
    assert drive.variables["done"] == ["x", "y"]


def test_a_node_in_several_iterations_needs_the_scope_said() -> None:
    drive = Drive(EACH, items=["x", "y"])
    with pytest.raises(ExecutionError, match=r"'sub' runs 2 times.*say in which scope: 9, 11"):
        modify(drive, StartBefore(node="k"))
    modify(drive, StartBefore(node="k", scope=11))
    assert [t.scope for t in drive.instance.tokens.values() if t.node == "k"] == [11]


def test_a_scope_may_be_named_by_its_holder() -> None:
    drive = Drive(EACH, items=["x", "y"])
    holder = drive.instance.scopes[11].holder
    assert holder is not None
    modify(drive, StartBefore(node="k", scope=holder))
    assert [t.scope for t in drive.instance.tokens.values() if t.node == "k"] == [11]


def test_a_running_loop_is_given_one_iteration_more() -> None:
    drive = Drive(EACH, items=["x"])
    loop = next(s for s in drive.instance.scopes.values() if s.kind == "loop")
    modify(drive, StartBefore(node="sub", scope=loop.id, variables={"item": "z"}))
    assert drive.at.count("i") == 2
    for node in "iikk":
        drive.complete(node)
    assert drive.variables["done"] == ["x", "z"]


def test_a_sequential_loop_takes_the_new_item_when_its_turn_comes() -> None:
    drive = Drive(
        EACH.replace("<multiInstance", "<multiInstance", 1).replace(
            "<multiInstanceLoopCharacteristics>",
            "<multiInstanceLoopCharacteristics isSequential='true'>",
        ),
        items=["x"],
    )
    loop = next(s for s in drive.instance.scopes.values() if s.kind == "loop")
    modify(drive, StartBefore(node="sub", scope=loop.id, variables={"item": "z"}))
    assert drive.at.count("i") == 1
    for node in "ikik":
        drive.complete(node)
    assert drive.variables["done"] == ["x", "z"]


def test_starting_inside_a_loop_that_does_not_run_begins_it_with_one_iteration() -> None:
    drive = Drive(
        "<startEvent id='x'/><userTask id='a'/>\nx -> a\n"
        + EACH.replace('<startEvent id="s"/>', "<exclusiveGateway id='s'/>").replace(
            "s -> sub", "a -> s -> sub"
        )
    )
    modify(drive, MoveToken(token=token(drive, "a"), node="k"))
    drive.complete("k")
    assert drive.at == ["after"]
    assert drive.variables["done"] == [None]


def test_an_ad_hoc_sub_process_is_opened_with_its_choice() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/>
    <adHocSubProcess id="ad"><userTask id="x"/><userTask id="y"/></adHocSubProcess>
    s -> a -> ad
    """)
    modify(drive, MoveToken(token=token(drive, "a"), node="y"))
    assert drive.at == ["ad", "y"]
    assert len(drive.subscriptions("choice")) == 1


def test_variables_are_set_in_the_same_step() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <exclusiveGateway id="x"/> <userTask id="b"/>
    s -> a -> x
    x -> b : n > 1
    """)
    modify(drive, SetVariables(variables={"n": 2}), MoveToken(token=token(drive, "a"), node="x"))
    assert drive.at == ["b"]


def test_every_objection_is_told_at_once() -> None:
    drive = Drive(
        """
    <startEvent id="s"/> <userTask id="a"/> <userTask id="undo" isForCompensation="true"/>
    <subProcess id="ev" triggeredByEvent="true"><startEvent id="es">
      <signalEventDefinition signalRef="g"/></startEvent></subProcess>
    s -> a
    """,
        "<signal id='g' name='g'/>",
    )
    asked = (
        CancelToken(token=99),
        StartBefore(node="ghost"),
        StartBefore(node="undo"),
        StartBefore(node="ev"),
        StartAfter(node="a", scope=77),
        StartBefore(node="es", scope=token(drive, "a")),
        SetVariables(variables={"n": 1}, scope=5_000),
    )
    found = [p.message for p in objections(drive.program, drive.instance, asked)]
    assert len(found) == 7
    assert found[1] == "there is no flow node 'ghost' in process 'p'"
    assert "compensation handler" in found[2]
    assert "event sub-process" in found[3]
    before = dict(drive.instance.tokens)
    with pytest.raises(ExecutionError, match=r"ghost.*event sub-process"):
        modify(drive, *asked)
    assert drive.instance.tokens == before


def test_a_scope_of_something_else_is_refused() -> None:
    drive = Drive(NESTED)
    drive.complete("a")
    inner = next(s.id for s in drive.instance.scopes.values() if s.container == "sub")
    with pytest.raises(ExecutionError, match="is one of 'sub', which user task 'a' is not in"):
        modify(drive, StartBefore(node="a", scope=inner))


def test_what_may_not_be_meant_is_said() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/> <parallelGateway id="j"/>
    <subProcess id="sub"><userTask id="i"/></subProcess>
    s -> a -> j
    s -> b -> j
    s -> sub
    """)
    asked = (StartBefore(node="j"), CancelToken(token=token(drive, "sub")))
    assert warnings(drive.program, drive.instance, asked) == [
        "parallel gateway 'j' is a join of 2 flows: the token may wait for the others",
        "1 token(s) inside 'sub' are stopped with it",
    ]


def test_an_instance_can_begin_in_the_middle() -> None:
    program = program_of(document(NESTED))
    instance = Instance(joins=program.joins)
    outcome = step(program, instance, Begun(at=("k", "after"), variables={"n": 1}), NOON)
    instance.apply(outcome.changes)
    assert sorted(t.node for t in instance.tokens.values()) == ["after", "k", "sub"]
    assert outcome.records[0].detail == {"at": ["k", "after"]}


def test_an_instance_cannot_begin_where_there_is_nothing() -> None:
    program = program_of(document(NESTED))
    with pytest.raises(ExecutionError, match="'ghost'"):
        step(program, Instance(joins=program.joins), Begun(at=("ghost",)), NOON)
