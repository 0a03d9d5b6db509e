"""Processes at random, and somebody who drives them at random: for the laws.

`Structured` ones are sound by construction: whatever is done to them, they end. `unstructured`
ones are any graph at all.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeAlias

from hypothesis import strategies as st

from engine.errors import ExecutionError
from engine.step import (
    Assigned,
    CancelNode,
    CancelToken,
    Happened,
    Modified,
    StartAfter,
    StartBefore,
    Thrown,
)
from tests.kit import Drive

Block: TypeAlias = tuple[Any, ...]
"""A kind and what it is made of; see `Structured`."""

ROOTS = (
    "<message id='M' name='m'/><signal id='S' name='s'/><error id='E' errorCode='E'/>"
    "<escalation id='L' escalationCode='L'/>"
)
MESSAGE = "<messageEventDefinition messageRef='M'/>"
SIGNAL = "<signalEventDefinition signalRef='S'/>"
TIMER = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>"
CONDITION = "<conditionalEventDefinition><condition>d = 3</condition></conditionalEventDefinition>"
ERROR = "<errorEventDefinition/>"
ESCALATION = "<escalationEventDefinition/>"
BESIDE = {
    "message": MESSAGE,
    "signal": SIGNAL,
    "timer": TIMER,
    "condition": CONDITION,
    "escalation": ESCALATION,
}
INTERRUPTING = {**BESIDE, "error": ERROR}

TASKS = (
    *("userTask", "userTask", "userTask", "serviceTask", "callActivity", "task"),
    *("throw", "escalate", "signal", "catch", "fails", "fails", "stuck", "later"),
)


LEAVES = ("task", "task", "task", "undo", "done", "done")
SEVERAL = ("seq", "seq", "and", "and", "xor", "or", "or", "complex", "race", "ad_hoc")
ONE = ("loop", "sub", "many", "again", "undoable")
TWO = ("guarded", "beside", "event", "transaction", "terminate", "both")
EVENTS = st.sampled_from(sorted(BESIDE))


@st.composite
def blocks(draw: st.DrawFn, depth: int = 3) -> Block:
    """A block of at most so many levels."""
    kinds = LEAVES if depth == 0 else (*SEVERAL, *ONE, *TWO, *(LEAVES if depth < 3 else ()))
    kind = draw(st.sampled_from(kinds))
    inner = blocks(depth=depth - 1)
    if kind == "task":
        return kind, draw(st.sampled_from(TASKS))
    if kind == "undo":
        return kind, draw(st.booleans())
    if kind == "done":
        return "undoable", ("task", "userTask")
    if kind in SEVERAL:
        several = tuple(draw(st.lists(inner, min_size=2, max_size=3)))
        return (kind, several, draw(st.booleans())) if kind == "ad_hoc" else (kind, several)
    more: tuple[Any, ...] = ()
    match kind:
        case "many":
            more = (draw(st.integers(0, 3)), draw(st.booleans()))
        case "again":
            more = (draw(st.integers(0, 2)),)
        case "guarded":
            more = (draw(st.sampled_from(sorted(INTERRUPTING))),)
        case "beside":
            more = (draw(EVENTS),)
        case "event":
            more = (draw(EVENTS), draw(st.booleans()))
    parts = [draw(inner)] if kind in ONE else [draw(inner), draw(inner)]
    return kind, *parts, *more


BLOCKS = blocks()
_NUMBERS = st.integers(0, 10_000)
CHOICES = st.one_of(st.lists(_NUMBERS, max_size=8), st.lists(_NUMBERS, min_size=12, max_size=40))


class Structured:
    """A block as the inside of a process: one way in, one way out, no token left behind."""

    def __init__(self, block: Block) -> None:
        self._lines: list[str] = []
        self.joins: list[tuple[str, str]] = []
        """Each split with the join that its branches come to."""
        self._count = 0
        self._is_heard = False
        """Whether what is written runs on the signal, and so must not throw it again."""
        self._inside(block)
        self.xml = "\n".join(self._lines)

    def _id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _add(self, line: str) -> None:
        self._lines.append(line)

    def _node(self, kind: str, inside: str = "", attributes: str = "") -> str:
        id = self._id(kind[0])
        self._add(f"<{kind} id='{id}' {attributes}>{inside}</{kind}>")
        return id

    def _flow(self, a: str, b: str, condition: str = "") -> None:
        self._add(f"{a} -> {b}{f' : {condition}' if condition else ''}")

    def _inside(self, block: Block) -> None:
        """A start, the block, an end."""
        start, end = self._node("startEvent"), self._node("endEvent")
        first, last = self.build(block)
        self._flow(start, first)
        self._flow(last, end)

    def build(self, block: Block) -> tuple[str, str]:
        """Write the block; its first and last node."""
        kind, *parts = block
        found: tuple[str, str] = getattr(self, f"_{kind}")(*parts)
        return found

    def _task(self, kind: str) -> tuple[str, str]:
        match kind:
            case "throw":
                id = self._node("intermediateThrowEvent", MESSAGE)
            case "escalate":
                id = self._node(
                    "intermediateThrowEvent", "<escalationEventDefinition escalationRef='L'/>"
                )
            case "signal" if not self._is_heard:
                id = self._node("intermediateThrowEvent", SIGNAL)
            case "catch":
                id = self._node("intermediateCatchEvent", SIGNAL)
            case "signal":
                id = self._node("task")
            case "fails":
                job = "k:jobType='=if d &gt; 2 then null else &quot;x&quot;'"
                id = self._node("serviceTask", attributes=job)
            case "stuck":
                id, after = self._node("task"), self._node("task")
                self._flow(id, after, "d < 3")
                return id, after
            case "callActivity":
                id = self._node(kind, attributes="calledElement='other'")
            case "later":
                id = self._node("task", attributes="k:asyncBefore='true' k:asyncAfter='true'")
            case _:
                id = self._node(kind)
        return id, id

    def _undo(self, waits: bool) -> tuple[str, str]:
        flag = str(waits).lower()
        id = self._node(
            "intermediateThrowEvent", f"<compensateEventDefinition waitForCompletion='{flag}'/>"
        )
        return id, id

    def _seq(self, blocks: tuple[Block, ...]) -> tuple[str, str]:
        ends = [self.build(block) for block in blocks]
        for (_, a), (b, _) in pairwise(ends):
            self._flow(a, b)
        return ends[0][0], ends[-1][1]

    def _split(self, kind: str, blocks: tuple[Block, ...], condition: str) -> tuple[str, str]:
        split, join = self._id("x"), self._node(kind)
        ends = [self.build(block) for block in blocks]
        default = f"default='{split}-{ends[-1][0]}'" if condition else ""
        self._add(f"<{kind} id='{split}' {default}/>")
        self.joins.append((split, join))
        for place, (first, last) in enumerate(ends):
            is_default = not condition or place == len(ends) - 1
            self._flow(split, first, "" if is_default else condition.format(place))
            self._flow(last, join)
        return split, join

    def _and(self, blocks: tuple[Block, ...]) -> tuple[str, str]:
        return self._split("parallelGateway", blocks, "")

    def _xor(self, blocks: tuple[Block, ...]) -> tuple[str, str]:
        return self._split("exclusiveGateway", blocks, "modulo(d, 3) = {}")

    def _or(self, blocks: tuple[Block, ...]) -> tuple[str, str]:
        return self._split("inclusiveGateway", blocks, "modulo(d, {} + 2) = 0")

    def _complex(self, blocks: tuple[Block, ...]) -> tuple[str, str]:
        return self._split("complexGateway", blocks, "")

    def _ad_hoc(self, blocks: tuple[Block, ...], is_sequential: bool) -> tuple[str, str]:
        id = self._id("p")
        ordering = "Sequential" if is_sequential else "Parallel"
        self._add(f"<adHocSubProcess id='{id}' ordering='{ordering}'>")
        for block in blocks:
            self.build(block)
        self._add("</adHocSubProcess>")
        return id, id

    def _race(self, blocks: tuple[Block, ...]) -> tuple[str, str]:
        gateway, join = self._node("eventBasedGateway"), self._node("exclusiveGateway")
        events = (MESSAGE, SIGNAL, TIMER)
        for place, block in enumerate(blocks):
            event = self._node("intermediateCatchEvent", events[place])
            first, last = self.build(block)
            self._flow(gateway, event)
            self._flow(event, first)
            self._flow(last, join)
        return gateway, join

    def _loop(self, block: Block) -> tuple[str, str]:
        merge, count = self._node("exclusiveGateway"), self._id("c")
        step = self._node(
            "scriptTask",
            f"<script>if {count} = null then 1 else {count} + 1</script>",
            f"k:resultVariable='{count}'",
        )
        first, last = self.build(block)
        split, after = self._id("x"), self._node("task")
        self._add(f"<exclusiveGateway id='{split}' default='{split}-{after}'/>")
        self._flow(merge, first)
        self._flow(last, step)
        self._flow(step, split)
        self._flow(split, after)
        self._flow(split, merge, f"{count} < 3")
        return merge, after

    def _activity(self, block: Block, loop: str = "", kind: str = "subProcess") -> str:
        """A task as it is, anything else as a sub-process."""
        if block[0] == "task" and block[1] in ("userTask", "serviceTask") and kind == "subProcess":
            return self._node(block[1], loop)
        id = self._id("p")
        self._add(f"<{kind} id='{id}'>{loop}")
        self._inside(block)
        self._add(f"</{kind}>")
        return id

    def _sub(self, block: Block) -> tuple[str, str]:
        id = self._activity(block)
        return id, id

    def _many(self, block: Block, count: int, is_sequential: bool) -> tuple[str, str]:
        id = self._activity(
            block,
            f"<multiInstanceLoopCharacteristics isSequential='{str(is_sequential).lower()}'>"
            f"<loopCardinality>{count}</loopCardinality></multiInstanceLoopCharacteristics>",
        )
        return id, id

    def _again(self, block: Block, count: int) -> tuple[str, str]:
        id = self._activity(
            block, f"<standardLoopCharacteristics testBefore='true' loopMaximum='{count}'/>"
        )
        return id, id

    def _undoable(self, block: Block) -> tuple[str, str]:
        id, event = self._activity(block), self._id("b")
        self._add(
            f"<boundaryEvent id='{event}' attachedToRef='{id}'><compensateEventDefinition/>"
            f"</boundaryEvent><userTask id='undo-{id}' isForCompensation='true'/>"
            f"<association id='as-{id}' sourceRef='{event}' targetRef='undo-{id}'/>"
        )
        return id, id

    def _guarded(self, block: Block, after: Block, kind: str) -> tuple[str, str]:
        id, event, join = self._activity(block), self._id("b"), self._node("exclusiveGateway")
        self._add(
            f"<boundaryEvent id='{event}' attachedToRef='{id}'>{INTERRUPTING[kind]}</boundaryEvent>"
        )
        first, last = self.build(after)
        self._flow(event, first)
        self._flow(last, join)
        self._flow(id, join)
        return id, join

    def _both(self, block: Block, after: Block) -> tuple[str, str]:
        """Guarded by an event that needs a message and an escalation."""
        id, event, join = self._activity(block), self._id("b"), self._node("exclusiveGateway")
        self._add(
            f"<boundaryEvent id='{event}' attachedToRef='{id}' parallelMultiple='true'>"
            f"{MESSAGE}{ESCALATION}</boundaryEvent>"
        )
        first, last = self.build(after)
        self._flow(event, first)
        self._flow(last, join)
        self._flow(id, join)
        return id, join

    def _beside(self, block: Block, after: Block, kind: str) -> tuple[str, str]:
        id, event, end = self._activity(block), self._id("b"), self._node("endEvent")
        self._add(
            f"<boundaryEvent id='{event}' attachedToRef='{id}' cancelActivity='false'>"
            f"{BESIDE[kind]}</boundaryEvent>"
        )
        # Each time it fires in a scope of its own: else inclusive joins would mix them up.
        first, last = self._build_heard(("sub", after), kind)
        self._flow(event, first)
        self._flow(last, end)
        return id, id

    def _build_heard(self, block: Block, kind: str) -> tuple[str, str]:
        before, self._is_heard = self._is_heard, self._is_heard or kind == "signal"
        found = self.build(block)
        self._is_heard = before
        return found

    def _event(self, block: Block, after: Block, kind: str, interrupts: bool) -> tuple[str, str]:
        id, start, end = self._id("p"), self._id("s"), self._id("e")
        self._add(f"<subProcess id='{id}'>")
        self._inside(block)
        self._add(f"<subProcess id='{self._id('p')}' triggeredByEvent='true'>")
        self._add(
            f"<startEvent id='{start}' isInterrupting='{str(interrupts).lower()}'>"
            f"{BESIDE[kind]}</startEvent> <endEvent id='{end}'/>"
        )
        first, last = self._build_heard(after, kind)
        self._flow(start, first)
        self._flow(last, end)
        self._add("</subProcess>")
        self._add(f"<subProcess id='{self._id('p')}' triggeredByEvent='true'>")
        other = self._node("startEvent", ERROR if interrupts else SIGNAL)
        self._flow(other, self._node("userTask"))
        self._add("</subProcess>")
        self._add("</subProcess>")
        return id, id

    def _transaction(self, block: Block, after: Block) -> tuple[str, str]:
        id, event, join = self._id("p"), self._id("b"), self._node("exclusiveGateway")
        self._add(f"<transaction id='{id}'>")
        start, split = self._node("startEvent"), self._id("x")
        end = self._node("endEvent")
        stop = self._node("endEvent", "<cancelEventDefinition/>")
        self._add(f"<exclusiveGateway id='{split}' default='{split}-{end}'/>")
        first, last = self.build(block)
        self._flow(start, first)
        self._flow(last, split)
        self._flow(split, end)
        self._flow(split, stop, "d > 2")
        self._add("</transaction>")
        self._add(
            f"<boundaryEvent id='{event}' attachedToRef='{id}'><cancelEventDefinition/>"
            f"</boundaryEvent>"
        )
        first, last = self.build(after)
        self._flow(event, first)
        self._flow(last, join)
        self._flow(id, join)
        return id, join

    def _terminate(self, block: Block, other: Block) -> tuple[str, str]:
        id = self._id("p")
        self._add(f"<subProcess id='{id}'>")
        start, fork = self._node("startEvent"), self._node("parallelGateway")
        stop = self._node("endEvent", "<terminateEventDefinition/>")
        first, last = self.build(block)
        self._flow(start, fork)
        self._flow(fork, first)
        self._flow(last, stop)
        first, last = self.build(other)
        self._flow(fork, first)
        self._flow(last, self._node("endEvent"))
        self._add("</subProcess>")
        return id, id


WORK = ("job", "user_task", "call", "decision", "continue")


class Hand:
    """Drives an instance by a list of numbers, each of which chooses what to do next."""

    def __init__(self, drive: Drive, choices: list[int], *, by_hand: bool = False) -> None:
        self.drive = drive
        self.by_hand = by_hand
        """Whether tokens are also stopped from outside, which keeps no process sound."""
        for choice in choices:
            if drive.ended:
                return
            self.play(choice)

    def open(self, *kinds: str) -> list[Any]:
        rows = self.drive.instance.subscriptions.values()
        return sorted((s for s in rows if s.trigger.kind in kinds), key=lambda s: s.id)

    def play(self, choice: int) -> None:
        """Do one thing; what cannot be applied has no effect."""
        drive = self.drive
        what, which = divmod(choice, 97)
        value = {"d": which % 5}
        waiting = self.open(*WORK, "message", "signal", "timer", "incident")
        if not waiting:
            drive.give(Assigned(variables=value))
            return
        row = waiting[which % len(waiting)]
        is_work = row.trigger.kind in ("job", "user_task", "call")
        try:
            if what % 7 == 0 and is_work:
                drive.give(Thrown(subscription=row.id, kind="error", code="E"))
            elif what % 7 == 1 and is_work:
                drive.give(Thrown(subscription=row.id, kind="escalation", code="L"))
            elif what % 7 == 2:
                drive.give(Assigned(variables=value))
            elif what % 7 == 3 and self.by_hand:
                tokens = sorted(drive.instance.tokens)
                token = tokens[which % len(tokens)]
                drive.give(Modified(instructions=(CancelToken(token=token),)))
            elif what % 7 == 4 and self.by_hand:
                nodes = sorted(drive.program.nodes)
                node = nodes[which % len(nodes)]
                make = (CancelNode, StartBefore, StartAfter)[choice % 3]
                drive.give(Modified(instructions=(make(node=node),)))
            else:
                payload = {} if row.trigger.kind == "continue" else value
                drive.give(Happened(subscription=row.id, payload=payload))
        except ExecutionError:
            pass

    def finish(self, limit: int) -> None:
        """Do all work that is open, and let events happen that a token stands and waits for; what
        is parked is tried again when its reason is gone."""
        drive = self.drive
        for _ in range(limit):
            if drive.incidents:
                drive.give(Assigned(variables={"d": 0}))
                drive.retry()
                continue
            rows = self.open(*WORK) or [
                s
                for s in self.open("message", "signal", "timer")
                if s.token is not None and self._stands_for(s)
            ]
            if drive.ended or not rows:
                return
            drive.give(Happened(subscription=rows[0].id))

    def _stands_for(self, row: Any) -> bool:
        node = self.drive.instance.tokens[row.token].node
        element = type(self.drive.program.nodes[node].element).__name__
        return element in ("IntermediateCatchEvent", "EventBasedGateway", "ReceiveTask")


# Any graph at all

NODES = (
    *("task", "userTask", "userTask", "xor", "and", "or", "sub", "guarded", "end", "catch"),
    *("complex", "many", "undoable", "undoable", "undo", "undo_on", "signal", "escalate", "fail"),
    *("terminate", "beside", "transaction", "later", "split_later", "event", "ad_hoc", "both"),
    *("two", "call", "again", "stuck"),
)
LAST = ("end", "fail", "terminate")
"""Where no flow leads from."""
GUARDED = ("guarded", "beside", "transaction", "both")
"""Those with a boundary event, which may have flows of its own."""


@st.composite
def unstructured(draw: st.DrawFn) -> str:
    """A start event, nodes, and flows between any of them."""
    kinds = draw(st.lists(st.sampled_from(NODES), min_size=1, max_size=8))
    places = st.integers(0, len(kinds) - 1)
    flows = draw(st.sets(st.tuples(places, places), min_size=1, max_size=14))
    lines = ["<startEvent id='s'/>", f"s -> n{draw(places)}"]
    for place, kind in enumerate(kinds):
        lines.append(_NODE_XML[kind].format(id=f"n{place}", i=f"i{place}"))
    sources = [(f"n{a}", kinds[a]) for a, _ in flows]
    for (a, b), (source, kind) in zip(sorted(flows), sorted(sources), strict=True):
        assert source == f"n{a}"
        if kind in LAST:
            continue
        condition = f" : modulo(d, {b + 2}) = 0" if kind in ("xor", "or", "stuck") else ""
        lines.append(f"{source} -> n{b}{condition}")
        if kinds[a] in GUARDED and draw(st.booleans()):
            lines.append(f"<sequenceFlow id='b{a}-{b}' sourceRef='b{source}' targetRef='n{b}'/>")
    return "\n".join(lines)


def _hosted(task: str, boundary: str, attributes: str = "") -> str:
    """An activity with a boundary event."""
    return (
        f"{task}<boundaryEvent id='b{{id}}' attachedToRef='{{id}}' {attributes}>{boundary}"
        f"</boundaryEvent>"
    )


_USER = "<userTask id='{id}'/>"
_LOOP = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
_THROW = "<intermediateThrowEvent id='{{id}}'>{}</intermediateThrowEvent>"
_NODE_XML = {
    "task": "<task id='{id}'/>",
    "userTask": _USER,
    "xor": "<exclusiveGateway id='{id}'/>",
    "and": "<parallelGateway id='{id}'/>",
    "or": "<inclusiveGateway id='{id}'/>",
    "complex": (
        "<complexGateway id='{id}'><activationCondition>activationCount &gt; 1"
        "</activationCondition></complexGateway>"
    ),
    "sub": "<subProcess id='{id}'><userTask id='{i}'/></subProcess>",
    "guarded": _hosted(_USER, MESSAGE),
    "beside": _hosted(_USER, SIGNAL, "cancelActivity='false'"),
    "both": _hosted(
        "<subProcess id='{id}'><userTask id='{i}'/></subProcess>",
        f"{MESSAGE}{ESCALATION}",
        "parallelMultiple='true'",
    ),
    "many": f"<userTask id='{{id}}'>{_LOOP}</multiInstanceLoopCharacteristics></userTask>",
    "again": (
        "<userTask id='{id}'><standardLoopCharacteristics loopMaximum='2' testBefore='false'/>"
        "</userTask>"
    ),
    "undoable": (
        "<userTask id='{id}'/><boundaryEvent id='b{id}' attachedToRef='{id}'>"
        "<compensateEventDefinition/></boundaryEvent><userTask id='no-{id}' "
        "isForCompensation='true'/><association id='as-{id}' sourceRef='b{id}' "
        "targetRef='no-{id}'/>"
    ),
    "undo": _THROW.format("<compensateEventDefinition/>"),
    "undo_on": _THROW.format("<compensateEventDefinition waitForCompletion='false'/>"),
    "signal": _THROW.format(SIGNAL),
    "escalate": _THROW.format("<escalationEventDefinition escalationRef='L'/>"),
    "transaction": _hosted(
        "<transaction id='{id}'><startEvent id='s{id}'/><userTask id='{i}'/><endEvent id='e{id}'>"
        "<cancelEventDefinition/></endEvent><sequenceFlow id='f{id}' sourceRef='s{id}' "
        "targetRef='{i}'/><sequenceFlow id='g{id}' sourceRef='{i}' targetRef='e{id}'/>"
        "</transaction>",
        "<cancelEventDefinition/>",
    ),
    "later": "<task id='{id}' k:asyncBefore='true' k:asyncAfter='true'/>",
    "split_later": "<parallelGateway id='{id}' k:asyncBefore='true' k:asyncAfter='true'/>",
    "event": (
        "<subProcess id='{id}'><userTask id='{i}'/><subProcess id='p{id}' triggeredByEvent='true'>"
        f"<startEvent id='s{{id}}' isInterrupting='false'>{SIGNAL}</startEvent>"
        "<userTask id='u{id}'/><sequenceFlow id='f{id}' sourceRef='s{id}' targetRef='u{id}'/>"
        "</subProcess></subProcess>"
    ),
    "ad_hoc": (
        "<adHocSubProcess id='{id}'><userTask id='{i}'/><userTask id='j{id}'/></adHocSubProcess>"
    ),
    "two": "<userTask id='{id}' startQuantity='2' completionQuantity='2'/>",
    "call": "<callActivity id='{id}' calledElement='other'/>",
    "stuck": "<task id='{id}'/>",
    "end": "<endEvent id='{id}'/>",
    "fail": f"<endEvent id='{{id}}'>{ERROR}</endEvent>",
    "terminate": "<endEvent id='{id}'><terminateEventDefinition/></endEvent>",
    "catch": f"<intermediateCatchEvent id='{{id}}'>{SIGNAL}</intermediateCatchEvent>",
}
