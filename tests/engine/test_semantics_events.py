"""Where naive engines get BPMN wrong: compensation, events and data (points 24-42).

One test a point, numbered as the points are; the details stand with each element and event.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bpmn.checks import check
from bpmn.reader import read
from engine import Engine, Invalid
from engine.step import Happened
from engine.values import admit
from tests.kit import NOON, Drive, document

ROOTS = """<message id='M' name='m'/><message id='N' name='n'/><signal id='S' name='s'/>
<error id='E' errorCode='broke'/>"""
MESSAGE = "<messageEventDefinition messageRef='M'/>"
SIGNAL = "<signalEventDefinition signalRef='S'/>"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Iterator[Engine]:
    engine = Engine("sqlite://", clock=clock)
    engine.migrate()
    yield engine
    engine.close()


def undoable(id: str, kind: str = "userTask", inside: str = "") -> str:
    return (
        f"<{kind} id='{id}'>{inside}</{kind}><userTask id='no-{id}' isForCompensation='true'/>"
        f"<boundaryEvent id='c-{id}' attachedToRef='{id}'><compensateEventDefinition/>"
        f"</boundaryEvent><association id='as-{id}' sourceRef='c-{id}' targetRef='no-{id}'/>"
    )


def undo(drive: Drive) -> list[str]:
    done = []
    while running := [t for t in drive.at if t.startswith("no-")]:
        assert len(running) == 1
        drive.complete(running[0])
        done += running
    return done


UNDO = "<intermediateThrowEvent id='undo'><compensateEventDefinition/></intermediateThrowEvent>"


# Compensation and transactions


def test_24_handlers_run_in_reverse_one_by_one_with_the_data_as_it_was() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <endEvent id="e"/> {UNDO}
        {undoable("a")}
        {undoable("b")}
        <scriptTask id="change" k:resultVariable="n"><script>99</script></scriptTask>
        s -> a -> b -> change -> undo -> e
        """
    )
    drive.complete("a", n=1)
    drive.complete("b", n=2)
    seen = []
    while not drive.ended:
        (kept,) = [s for s in drive.instance.scopes.values() if s.kind == "snapshot" and s.holder]
        seen.append((kept.container, kept.variables["n"]))
        drive.complete(f"no-{kept.container}")
    assert seen == [("b", 2), ("a", 1)]


def test_25_a_sub_process_is_undone_by_its_own_handler_or_by_what_is_inside() -> None:
    own = """<subProcess id="mend" triggeredByEvent="true"><startEvent id="sc">
      <compensateEventDefinition/></startEvent> <userTask id="no-all"/>
      sc -> no-all
    </subProcess>"""
    xml = f"""
    <startEvent id="s"/> <endEvent id="e"/> {UNDO}
    <subProcess id="sub"><startEvent id="s2"/>
      {undoable("a")}
      {undoable("b")}
      {{own}}
      s2 -> a -> b
    </subProcess>
    s -> sub -> undo -> e
    """
    for text, expected in ((own, ["no-all"]), ("", ["no-b", "no-a"])):
        drive = Drive(xml.format(own=text))
        drive.complete("a")
        drive.complete("b")
        assert undo(drive) == expected
        assert drive.ended


def test_26_a_throw_undoes_its_own_scope_and_a_second_one_finds_nothing_left() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("out")}
        <subProcess id="sub"><startEvent id="s2"/>
          {undoable("a")}
          {UNDO}
          {UNDO.replace("undo", "again")}
          s2 -> a -> undo -> again
        </subProcess>
        s -> out -> sub -> after
        """
    )
    drive.complete("out")
    drive.complete("a")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["after"]


def test_27_each_completed_iteration_is_undone_for_itself() -> None:
    inside = (
        "<multiInstanceLoopCharacteristics k:collection='=all' k:elementVariable='item'>"
        "<completionCondition>numberOfCompletedInstances = 2</completionCondition>"
        "</multiInstanceLoopCharacteristics>"
    )
    drive = Drive(
        f"""
        <startEvent id="s"/> <endEvent id="e"/> {UNDO}
        {undoable("a", inside=inside)}
        s -> a -> undo -> e
        """,
        all=["x", "y", "z"],
    )
    drive.complete("a")
    drive.complete("a")
    items = []
    while not drive.ended:
        items += [
            s.variables["item"]
            for s in drive.instance.scopes.values()
            if s.kind == "snapshot" and s.holder
        ]
        drive.complete("no-a")
    assert items == ["y", "x"]


TRANSACTION = f"""
<startEvent id="s"/> <userTask id="cancelled"/> <userTask id="hazard"/>
<transaction id="tx"><startEvent id="s2"/> <endEvent id="stop"><cancelEventDefinition/></endEvent>
  {undoable("a")}
  <userTask id="decide"/> <userTask id="beside"/>
  s2 -> a -> decide -> stop
  s2 -> beside
</transaction>
<boundaryEvent id="c" attachedToRef="tx"><cancelEventDefinition/></boundaryEvent>
<boundaryEvent id="h" attachedToRef="tx"><errorEventDefinition/></boundaryEvent>
s -> tx
c -> cancelled
h -> hazard
"""


def test_28_a_cancelled_transaction_stops_undoes_and_then_leaves_and_a_hazard_does_not_undo() -> (
    None
):
    drive = Drive(TRANSACTION)
    drive.complete("a")
    drive.complete("decide")
    assert drive.at == ["no-a", "stop", "tx"]
    drive.complete("no-a")
    assert drive.at == ["cancelled"]
    drive = Drive(TRANSACTION)
    drive.complete("a")
    drive.fail("decide", "E")
    assert drive.at == ["hazard"]


def test_29_an_error_in_a_handler_is_thrown_from_the_throw() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="mend"/>
        <subProcess id="sub"><startEvent id="s2"/> {UNDO}
          {undoable("a")}
          s2 -> a -> undo
        </subProcess>
        <boundaryEvent id="oops" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>
        s -> sub
        oops -> mend
        """
    )
    drive.complete("a")
    drive.fail("no-a", "E")
    assert drive.at == ["mend"]


# Events

HEARS = """
<startEvent id="s"/> <intermediateCatchEvent id="c">{0}</intermediateCatchEvent> <endEvent id="e"/>
s -> c -> e
"""
STARTS = """
<startEvent id="s">{0}</startEvent> <userTask id="u"/>
s -> u
"""


def test_30_a_message_goes_to_one_receiver_and_a_signal_to_all_who_listen(engine: Engine) -> None:
    for name, definition in (("message", MESSAGE), ("signal", SIGNAL)):
        source = document(HEARS.format(definition), ROOTS).replace(
            b"id='p'", f"id='{name}'".encode()
        )
        engine.deploy({f"{name}.bpmn": source})
        for _ in range(2):
            engine.start(name)
    started = document(STARTS.format(SIGNAL), ROOTS).replace(b"id='p'", b"id='starts'")
    engine.deploy({"starts.bpmn": started})
    engine.publish("m")
    engine.broadcast("s")
    states = sorted((i.process_id, i.state) for i in engine.instances().items)
    assert states == [
        ("message", "active"),
        ("message", "completed"),
        ("signal", "completed"),
        ("signal", "completed"),
        ("starts", "active"),
    ]


def test_31_one_message_is_consumed_once(engine: Engine) -> None:
    xml = f"""
    <startEvent id="s">{MESSAGE}</startEvent> <endEvent id="e"/>
    <intermediateCatchEvent id="c">{MESSAGE}</intermediateCatchEvent>
    s -> c -> e
    """
    engine.deploy({"p.bpmn": document(xml, ROOTS)})
    engine.publish("m")
    (instance,) = engine.instances().items
    assert instance.elements == ["c"]


def test_32_a_condition_is_asked_on_arming_and_when_what_it_reads_has_changed() -> None:
    condition = (
        "<conditionalEventDefinition><condition>n &gt; 1</condition></conditionalEventDefinition>"
    )
    xml = f"""
    <subProcess id="sub" triggeredByEvent="true"><startEvent id="c">{condition}</startEvent>
      <userTask id="h"/>
      c -> h
    </subProcess>
    <startEvent id="s"/> <task id="work"/> <userTask id="a"/>
    s -> work -> a
    """
    at_once = Drive(xml, n=2)
    assert at_once.at == ["h", "sub"]
    assert "work" not in at_once.entered()
    later = Drive(xml, n=0)
    later.assign(n=2)
    assert later.at == ["h", "sub"]


def test_33_timers_count_from_arming_and_a_cycle_from_its_nominal_series() -> None:
    xml = """
    <startEvent id="s"/> <userTask id="a"/> <task id="b"/>
    <boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition>
      <{0}>{1}</{0}></timerEventDefinition></boundaryEvent>
    s -> a
    t -> b
    """
    drive = Drive(xml.format("timeCycle", "R/PT1H"))
    (row,) = drive.subscriptions("timer")
    drive.now = NOON + timedelta(minutes=90)
    drive.give(Happened(subscription=row.id))
    assert drive.subscriptions("timer")[0].trigger.due == NOON + timedelta(hours=2)
    past = Drive(xml.format("timeDate", "2020-01-01T00:00:00Z"))
    past.wait()
    assert past.entered("b") == ["b"]
    once = Drive(
        HEARS.format("<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>")
    )
    once.wait(hours=9)
    assert once.ended


def test_34_a_link_joins_its_name_in_its_container_and_needs_both_ends() -> None:
    link = "<linkEventDefinition id='{0}' name='over'/>"
    throw = f"<intermediateThrowEvent id='t'>{link.format('l1')}</intermediateThrowEvent>"
    catch = f"<intermediateCatchEvent id='c'>{link.format('l2')}</intermediateCatchEvent>"
    start, end = "<startEvent id='s'/>", "<endEvent id='e'/>"
    assert Drive(f"{start} {throw} {catch} {end}\ns -> t\nc -> e").ended
    for xml, culprit in (
        (f"{start} {throw}\ns -> t", "t"),
        (f"{start} {catch} {end}\ns -> e\nc -> e", "c"),
    ):
        problems = check(read(document(xml)))
        assert culprit in [p.element for p in problems if p.severity == "error"]


@pytest.mark.parametrize(("parallel", "needed"), [("true", 2), ("false", 1)])
def test_35_a_parallel_multiple_event_needs_each_of_its_triggers(
    parallel: str, needed: int
) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <endEvent id="e"/>
        <intermediateCatchEvent id="c" parallelMultiple="{parallel}">{MESSAGE}{SIGNAL}
        </intermediateCatchEvent>
        s -> c -> e
        """,
        ROOTS,
    )
    for count in range(1, needed + 1):
        drive.complete("c")
        assert drive.ended == (count == needed)


def test_36_names_come_from_the_root_elements_and_are_evaluated_on_arming() -> None:
    drive = Drive(HEARS.format(MESSAGE), "<message id='M' name='=&quot;order-&quot; + n'/>", n="1")
    assert drive.waiting("c").trigger.name == "order-1"
    drive.assign(n="2")
    assert drive.waiting("c").trigger.name == "order-1"


def test_37_a_definition_by_reference_behaves_as_an_inline_one() -> None:
    defined = "<signalEventDefinition id='D' signalRef='S'/>"
    drive = Drive(HEARS.format("<eventDefinitionRef>D</eventDefinitionRef>"), ROOTS + defined)
    assert drive.waiting("c").trigger.name == "s"
    drive.complete("c")
    assert drive.ended


@pytest.mark.parametrize("kind", ["message", "signal", "timer"])
def test_38_exactly_one_version_listens_for_starts(engine: Engine, clock: Clock, kind: str) -> None:
    timer = "<timerEventDefinition><timeDate>2030-01-01T13:00:00Z</timeDate></timerEventDefinition>"
    definition = {"message": MESSAGE, "signal": SIGNAL, "timer": timer}[kind]
    for name in ("first", "second"):
        xml = STARTS.format(definition).replace('id="u"', f'id="u" name="{name}"')
        engine.deploy({"p.bpmn": document(xml, ROOTS)})
    if kind == "message":
        engine.publish("m")
    elif kind == "signal":
        engine.broadcast("s")
    else:
        clock.now += timedelta(hours=2)
        engine.run_due()
    assert [i.version for i in engine.instances().items] == [2]


# Data


def test_39_a_variable_is_set_where_it_is_declared_and_else_in_the_root() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/>
    <subProcess id="sub"><extensionElements><k:input source="=1" target="own"/></extensionElements>
      <userTask id="a"/> </subProcess>
    <userTask id="b"/>
    s -> fork -> sub
    fork -> b
    """)
    drive.complete("b", n="b")
    drive.complete("a", own=2, n="a")
    assert drive.outcome.variables == {"n": "a"}
    told = [(r.element, r.detail) for r in drive.records if r.kind == "variables"]
    assert told == [
        ("sub", {"own": 1}),
        ("b", {"n": "b"}),
        ("a", {"own": 2}),
        ("a", {"n": "a"}),
    ]


@pytest.mark.parametrize(
    "value",
    [
        2**200,
        Decimal("1.10"),
        datetime(2030, 1, 1, 12, tzinfo=UTC),
        None,
        {"a": [{"b": None}], "🦆": ""},
    ],
)
def test_40_types_survive(value: Any) -> None:
    drive = Drive("<startEvent id='s'/> <userTask id='a'/>\ns -> a", reload=True, value=value)
    assert drive.variables["value"] == value
    assert type(drive.variables["value"]) is type(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a\0b"])
def test_40_what_cannot_be_kept_is_refused_with_a_reason(value: Any) -> None:
    with pytest.raises(Invalid, match="'value'"):
        admit({"value": value})


def test_41_conditions_see_their_own_scope_outward_and_a_missing_variable_is_null() -> None:
    drive = Drive(
        """
        <startEvent id="s"/>
        <subProcess id="sub"><extensionElements><k:input source="=2" target="n"/>
          </extensionElements>
          <startEvent id="s2"/> <exclusiveGateway id="x" default="x-b"/> <userTask id="a"/>
          <userTask id="b"/>
          s2 -> x
          x -> a : n = 2 and m = 1 and missing = null
          x -> b
        </subProcess>
        s -> sub
        """,
        n=1,
        m=1,
    )
    assert drive.at == ["a", "sub"]


def test_42_an_incident_leaves_the_token_and_its_siblings_and_retry_repeats_just_that() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="b"/>
        <serviceTask id="a" k:jobType="=kind"/> <parallelGateway id="join"/> <endEvent id="e"/>
        s -> fork -> a -> join -> e
        fork -> b -> join
        """
    )
    parked = next(t for t in drive.instance.tokens.values() if t.node == "a")
    assert drive.at == ["a", "b"]
    drive.complete("b")
    drive.assign(kind="x")
    drive.retry()
    (job,) = drive.subscriptions("job")
    assert job.token == parked.id
    assert drive.entered("a") == ["a"]
    drive.complete("a")
    assert drive.ended
