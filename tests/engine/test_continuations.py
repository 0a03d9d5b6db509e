"""Continuations: where a model asks for a transaction of its own, before a node or after it."""

from __future__ import annotations

import pytest

from tests.kit import Drive

BEFORE, AFTER = 'k:asyncBefore="true"', 'k:asyncAfter="true"'
ROOTS = "<message id='M' name='m'/><signal id='S' name='s'/>"
MESSAGE = "<messageEventDefinition messageRef='M'/>"


def kinds(drive: Drive) -> list[str]:
    return sorted(s.trigger.kind for s in drive.instance.subscriptions.values())


def step(drive: Drive) -> None:
    """Let the oldest continuation go on."""
    drive.complete(drive.subscriptions("continue")[0].catcher)


@pytest.mark.parametrize(
    "node",
    [
        "<exclusiveGateway id='n' {0}/>",
        "<parallelGateway id='n' {0}/>",
        "<inclusiveGateway id='n' {0}/>",
        "<complexGateway id='n' {0}/>",
        "<intermediateThrowEvent id='n' {0}/>",
        f"<intermediateThrowEvent id='n' {{0}}>{MESSAGE}</intermediateThrowEvent>",
        "<intermediateThrowEvent id='n' {0}><signalEventDefinition signalRef='S'/>"
        "</intermediateThrowEvent>",
        "<task id='n' {0}/>",
        "<subProcess id='n' {0}><task id='inner'/></subProcess>",
    ],
)
@pytest.mark.parametrize("where", [BEFORE, AFTER])
def test_any_node_can_be_entered_or_left_in_a_transaction_of_its_own(node: str, where: str) -> None:
    drive = Drive(f"<startEvent id='s'/>{node.format(where)}<userTask id='a'/>\ns -> n -> a", ROOTS)
    assert drive.at == ["n"]
    assert kinds(drive) == ["continue"]
    assert bool(drive.published) == (where == AFTER and "EventDefinition" in node)
    drive.go_on()
    assert drive.at == ["a"]
    assert drive.entered("n") == ["n"]


def test_nothing_is_armed_before_a_catch_event_is_entered() -> None:
    catch = f"<intermediateCatchEvent id='n' {BEFORE}>{MESSAGE}</intermediateCatchEvent>"
    drive = Drive(f"<startEvent id='s'/>{catch}<userTask id='a'/>\ns -> n -> a", ROOTS)
    assert kinds(drive) == ["continue"]
    drive.go_on()
    assert kinds(drive) == ["message"]
    drive.complete("n")
    assert drive.at == ["a"]


def test_nothing_is_armed_before_an_event_based_gateway_is_entered() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <eventBasedGateway id="n" {BEFORE}/> <userTask id="a"/>
        <intermediateCatchEvent id="c">{MESSAGE}</intermediateCatchEvent>
        s -> n -> c -> a
        """,
        ROOTS,
    )
    assert kinds(drive) == ["continue"]
    drive.go_on()
    drive.complete("c")
    assert drive.at == ["a"]


def test_a_caught_event_is_left_in_a_transaction_of_its_own() -> None:
    catch = f"<intermediateCatchEvent id='n' {AFTER}>{MESSAGE}</intermediateCatchEvent>"
    drive = Drive(f"<startEvent id='s'/>{catch}<userTask id='a'/>\ns -> n -> a", ROOTS)
    drive.complete("n", x=1)
    assert drive.variables == {"x": 1}
    assert (drive.at, kinds(drive)) == (["n"], ["continue"])
    drive.go_on()
    assert drive.at == ["a"]


@pytest.mark.parametrize("where", [BEFORE, AFTER])
def test_start_and_end_events_too(where: str) -> None:
    drive = Drive(f"<startEvent id='s' {where}/><endEvent id='e' {where}/>\ns -> e")
    assert drive.at == ["s"]
    step(drive)
    assert drive.at == ["e"]
    step(drive)
    assert drive.ended


@pytest.mark.parametrize("where", [BEFORE, AFTER])
def test_a_triggered_start_and_a_boundary_event_too(where: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s" {where}>{MESSAGE}</startEvent> <userTask id="a"/> <userTask id="z"/>
        <boundaryEvent id="b" attachedToRef="a" {where}>{MESSAGE}</boundaryEvent>
        s -> a
        b -> z
        """,
        ROOTS,
        start="s",
        x=1,
    )
    assert (drive.at, drive.variables) == (["s"], {"x": 1})
    drive.go_on()
    drive.complete("b")
    assert drive.at == ["b"]
    drive.go_on()
    assert drive.at == ["z"]


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway", "complexGateway"])
def test_before_a_join_each_token_goes_on_by_itself(kind: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <task id="a"/> <task id="b"/>
        <{kind} id="join" {BEFORE}/> <userTask id="after"/>
        s -> fork -> a -> join -> after
        fork -> b -> join
        """
    )
    assert drive.at == ["join", "join"]
    assert len(drive.subscriptions("continue")) == 2
    step(drive)
    assert drive.at == ["join", "join"]
    step(drive)
    assert drive.at == ["after"]


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway", "task"])
def test_after_a_fork_each_flow_is_taken_by_itself(kind: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <{kind} id="fork" {AFTER}/> <userTask id="a"/> <userTask id="b"/>
        s -> fork -> a
        fork -> b
        """
    )
    assert len(drive.subscriptions("continue")) == 2
    step(drive)
    assert drive.at == ["a", "fork"]
    step(drive)
    assert drive.at == ["a", "b"]


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway", "complexGateway"])
def test_what_has_gone_through_a_join_is_not_counted_again(kind: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
        <exclusiveGateway id="m"/> <{kind} id="join" {AFTER}/> <userTask id="after"/>
        s -> fork -> m -> a -> join -> after
        fork -> b -> join
        """
    )
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["join"]
    drive.go_on()
    assert drive.at == ["after"]


@pytest.mark.parametrize("attributes", ["", 'isSequential="true"'])
def test_each_iteration_may_begin_in_a_transaction_of_its_own(attributes: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <task id="n"><multiInstanceLoopCharacteristics {attributes} {BEFORE}>
          <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></task>
        s -> n -> after
        """
    )
    count = 1 if attributes else 2
    assert len(drive.subscriptions("continue")) == count
    drive.go_on()
    assert drive.at == ["after"]


def test_the_completion_quantity_counts_for_each_flow() -> None:
    drive = Drive(
        f"<startEvent id='s'/><task id='n' completionQuantity='2' {AFTER}/><userTask id='a'/>\n"
        "s -> n -> a"
    )
    assert len(drive.subscriptions("continue")) == 2
    drive.go_on()
    assert drive.at == ["a", "a"]
