"""The core's one function: what each input does, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ExecutionError, Stale
from engine.state import Instance
from engine.step import (
    Assigned,
    Cancelled,
    CancelNode,
    CancelToken,
    Compensated,
    Happened,
    Input,
    Modified,
    Start,
    StartAfter,
    StartBefore,
    Thrown,
    step,
)
from tests.kit import NOON, Drive, document, program_of

LINE = """
<startEvent id="s"/> <userTask id="a"/> <userTask id="b"/> <endEvent id="e"/>
s -> a -> b -> e
"""


def modify(drive: Drive, *instructions: Any) -> None:
    drive.give(Modified(instructions=instructions))


# Start


def test_a_start_sets_its_variables_in_the_process_scope() -> None:
    drive = Drive(LINE, n=1)
    assert drive.variables == {"n": 1}
    assert [r.kind for r in drive.records[:3]] == ["started", "opened", "variables"]


def test_a_start_by_command_needs_a_place_to_begin() -> None:
    with pytest.raises(ExecutionError, match="it starts by its triggers only"):
        Drive("""
        <startEvent id="s"><messageEventDefinition messageRef="M"/></startEvent>
        <userTask id="a"/>
        s -> a
        """)


def test_a_start_at_an_event_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ExecutionError, match="there is no start event 'x'"):
        Drive(LINE, start="x")


# Happened and Thrown


@pytest.mark.parametrize("given", [Happened(subscription=99), Thrown(subscription=99)])
def test_what_no_longer_waits_is_stale(given: Input) -> None:
    drive = Drive(LINE)
    with pytest.raises(Stale, match="subscription 99"):
        drive.give(given)
    assert drive.at == ["a"]


def test_nothing_can_be_thrown_at_what_is_no_work() -> None:
    drive = Drive(
        """
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c"><messageEventDefinition messageRef="M"/></startEvent> <task id="h"/>
          c -> h
        </subProcess>
        <startEvent id="s"/> <userTask id="a"/>
        s -> a
        """,
        "<message id='M' name='m'/>",
    )
    with pytest.raises(ExecutionError, match="no work that could throw"):
        drive.give(Thrown(subscription=drive.waiting("c").id))


# Assigned


def test_variables_can_be_set_in_the_process_and_in_any_scope() -> None:
    drive = Drive("""
    <startEvent id="s"/> <subProcess id="sub"> <userTask id="a"/> </subProcess>
    s -> sub
    """)
    drive.assign(n=1)
    inner = max(drive.instance.scopes)
    drive.give(Assigned(scope=inner, variables={"n": 2}))
    assert [s.variables for s in drive.instance.scopes.values()] == [{"n": 1}, {"n": 2}]


def test_a_scope_that_is_not_there_is_an_error() -> None:
    drive = Drive(LINE)
    with pytest.raises(ExecutionError, match="there is no scope 99 any more"):
        drive.give(Assigned(scope=99, variables={"n": 1}))


# Cancelled


def test_a_cancelled_instance_says_why_and_what_it_knew() -> None:
    drive = Drive(LINE, n=1)
    drive.give(Cancelled(reason="ordered twice"))
    outcome = drive.outcome
    assert (outcome.state, outcome.reason, outcome.variables) == (
        "cancelled",
        "ordered twice",
        {"n": 1},
    )
    assert drive.records[-1].kind == "ended"


@pytest.mark.parametrize(
    "given",
    [
        Cancelled(),
        Compensated(),
        Assigned(variables={"n": 1}),
        Modified(instructions=(StartBefore(node="a"),)),
    ],
)
def test_an_ended_instance_takes_no_more(given: Input) -> None:
    drive = Drive(LINE)
    drive.give(Cancelled())
    with pytest.raises(ExecutionError, match="the instance has ended"):
        drive.give(given)


# Modified


def test_a_token_can_be_moved() -> None:
    drive = Drive(LINE)
    (token,) = drive.instance.tokens
    modify(drive, CancelToken(token=token), StartBefore(node="b"))
    assert drive.at == ["b"]
    drive.complete("b")
    assert drive.outcome.state == "completed"


def test_all_tokens_at_a_node_can_be_stopped() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
    s -> a
    s -> b
    <sequenceFlow id="again" sourceRef="s" targetRef="a"/>
    """)
    assert drive.at == ["a", "a", "b"]
    modify(drive, CancelNode(node="a"))
    assert drive.at == ["b"]


def test_a_token_that_is_gone_cannot_be_stopped() -> None:
    drive = Drive(LINE)
    with pytest.raises(ExecutionError, match="there is no token 99 any more"):
        modify(drive, CancelToken(token=99))


@pytest.mark.parametrize("make", [StartBefore, StartAfter])
def test_a_node_that_is_not_there_cannot_be_started(make: Any) -> None:
    drive = Drive(LINE)
    with pytest.raises(ExecutionError, match="there is no flow node 'x' in process 'p'"):
        modify(drive, make(node="x"))


def test_starting_after_a_node_puts_a_token_on_each_flow() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/> <userTask id="c"/>
    s -> a -> b
    a -> c
    """)
    modify(drive, StartAfter(node="a"))
    assert drive.at == ["a", "b", "c"]


def test_starting_with_variables_sets_them_first() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="a"/> <exclusiveGateway id="x"/> <userTask id="b"/>
        s -> a -> x
        x -> b : n > 1
        """,
    )
    modify(drive, CancelNode(node="a"), StartBefore(node="x", variables={"n": 2}))
    assert drive.at == ["b"]


INNER = """
<startEvent id="s"/> <userTask id="a"/> <userTask id="after"/> <userTask id="late"/>
<subProcess id="sub">
  <extensionElements><k:input source="=n + 1" target="own"/></extensionElements>
  <dataObject id="note" name="note"/>
  <startEvent id="s2"/> <userTask id="i"/> <endEvent id="e2"/>
  s2 -> i -> e2
</subProcess>
<boundaryEvent id="t" attachedToRef="sub"><timerEventDefinition>
  <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
s -> a -> sub -> after
t -> late
"""


def test_starting_inside_a_sub_process_opens_it_with_all_that_belongs_to_it() -> None:
    drive = Drive(INNER, n=1)
    modify(drive, CancelNode(node="a"), StartBefore(node="i"))
    assert drive.at == ["i", "sub"]
    names = [dict(s.variables) for s in drive.instance.scopes.values()]
    assert names == [{"n": 1}, {"own": 2}, {"note": None}]
    assert len(drive.subscriptions("timer")) == 1
    drive.complete("i")
    assert drive.at == ["after"]


def test_starting_inside_a_running_sub_process_takes_the_one_that_runs() -> None:
    drive = Drive(INNER, n=1)
    drive.complete("a")
    modify(drive, StartBefore(node="i"))
    assert drive.at == ["i", "i", "sub"]


def test_starting_after_the_end_of_a_sub_process_ends_it() -> None:
    drive = Drive(INNER, n=1)
    modify(drive, CancelNode(node="a"), StartAfter(node="e2"))
    assert drive.at == ["after"]


def test_stopping_the_last_token_of_a_sub_process_ends_it() -> None:
    drive = Drive(INNER, n=1)
    drive.complete("a")
    modify(drive, CancelNode(node="i"))
    assert drive.at == ["after"]


def test_stopping_the_last_token_ends_the_instance() -> None:
    drive = Drive(LINE)
    modify(drive, CancelNode(node="a"))
    assert drive.outcome.state == "completed"


def test_of_several_instructions_one_that_is_wrong_undoes_all() -> None:
    drive = Drive(LINE)
    with pytest.raises(ExecutionError):
        modify(drive, CancelNode(node="a"), StartBefore(node="x"))
    assert drive.at == ["a"]


# Budget


LOOP = """
<startEvent id="s"/> <exclusiveGateway id="m"/> <task id="t"/>
<exclusiveGateway id="x" default="x-m"/> <endEvent id="e"/>
<scriptTask id="add" k:resultVariable="n"><script>n + 1</script></scriptTask>
s -> m -> add -> t -> x -> m
x -> e : n > 20
"""


def test_past_its_budget_a_step_leaves_the_rest_to_another_transaction() -> None:
    drive = Drive(LOOP, budget=10, n=0)
    (waiting,) = drive.subscriptions("continue")
    assert waiting.trigger.due == NOON
    assert drive.outcome.state == "active"
    steps = 1
    while not drive.ended:
        drive.give(Happened(subscription=drive.subscriptions("continue")[0].id))
        steps += 1
    assert steps == 9
    assert drive.variables == {"n": 21}


def test_a_process_that_never_rests_costs_one_budget_a_transaction() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <exclusiveGateway id="m"/> <task id="t"/>
        s -> m -> t -> m
        """,
        budget=100,
    )
    assert len(drive.outcome.records) < 500
    assert drive.subscriptions("continue")


def test_the_budget_changes_when_things_happen_and_not_what_happens() -> None:
    def visits(budget: int) -> list[str]:
        drive = Drive(LOOP, budget=budget, n=0)
        drive.go_on()
        return drive.entered()

    assert visits(3) == visits(17) == visits(10_000)


# Purity


def test_the_same_input_to_the_same_instance_comes_to_the_same_outcome() -> None:
    program = program_of(document(LINE))
    first = step(program, Instance(joins=program.joins), Start(variables={"n": 1}), NOON)
    second = step(program, Instance(joins=program.joins), Start(variables={"n": 1}), NOON)
    assert first.changes == second.changes
    assert first.records == second.records


def test_a_step_that_raises_leaves_the_instance_as_it_was() -> None:
    program = program_of(
        document("""
        <startEvent id="s"/> <userTask id="a"/> <task id="b"/>
        s -> a
        a -> b : ok
        """)
    )
    instance = Instance(joins=program.joins)
    instance.apply(step(program, instance, Start(), NOON).changes)
    rows = (dict(instance.scopes), dict(instance.tokens), dict(instance.subscriptions))
    (wait,) = instance.subscriptions
    with pytest.raises(ExecutionError):
        step(program, instance, Happened(subscription=wait, payload={"n": 1}), NOON)
    assert rows == (instance.scopes, instance.tokens, instance.subscriptions)


def test_ids_count_up_and_are_never_used_again() -> None:
    drive = Drive(LOOP, budget=10, n=0)
    drive.go_on()
    ids = [r.token for r in drive.records if r.kind == "entered"]
    assert ids == sorted(set(ids))
    assert drive.outcome.changes.last_id >= max(ids)
