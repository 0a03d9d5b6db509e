"""What executes, printed from the register and from trial: one tiny model for each event cell."""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

from msgspec import Struct

import bpmn.model as m
from bpmn.checks import check
from bpmn.dialects import DIALECTS, tables
from bpmn.reader import read
from engine.assembly import compile_program
from engine.behaviour import registered
from engine.program import NotExecutable

Verdict: TypeAlias = Literal["executes", "accepted", "refused"]
"""
executes  a token does there what the standard says
accepted  read, kept, shown and written back; it has no execution semantics here
refused   a deployment that contains it is refused, with the clause
"""


class Element(Struct, frozen=True):
    """One kind of element, and what becomes of it."""

    name: str
    verdict: Verdict
    group: str


class Cell(Struct, frozen=True):
    """One trigger at one position of the standard's event table (BPMN 2.0.2, Table 10.93)."""

    trigger: str
    position: str
    verdict: Verdict
    rules: tuple[str, ...] = ()
    """The rules that refuse it."""


POSITIONS = (
    "start",
    "event sub-process, interrupting",
    "event sub-process, non-interrupting",
    "intermediate catch",
    "boundary, interrupting",
    "boundary, non-interrupting",
    "intermediate throw",
    "end",
)
_DEFINITIONS = {
    "none": "",
    "message": "<messageEventDefinition messageRef='M'/>",
    "timer": "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>",
    "error": "<errorEventDefinition errorRef='E'/>",
    "escalation": "<escalationEventDefinition escalationRef='X'/>",
    "cancel": "<cancelEventDefinition/>",
    "compensation": "<compensateEventDefinition/>",
    "conditional": (
        "<conditionalEventDefinition><condition>x > 1</condition></conditionalEventDefinition>"
    ),
    "link": "<linkEventDefinition name='L'/>",
    "signal": "<signalEventDefinition signalRef='S'/>",
    "terminate": "<terminateEventDefinition/>",
    "multiple": ("<messageEventDefinition messageRef='M'/><signalEventDefinition signalRef='S'/>"),
    "parallel multiple": (
        "<messageEventDefinition messageRef='M'/><signalEventDefinition signalRef='S'/>"
    ),
}
TRIGGERS = tuple(_DEFINITIONS)
_ROOTS = (
    "<message id='M' name='m'/><signal id='S' name='s'/><error id='E' errorCode='e'/>"
    "<escalation id='X' escalationCode='x'/>"
)
_GROUPS: tuple[tuple[str, type[m.BaseElement]], ...] = (
    ("activities", m.Activity),
    ("gateways", m.Gateway),
    ("events", m.Event),
    ("event definitions", m.EventDefinition),
    ("loops", m.LoopCharacteristics),
    ("called", m.CallableElement),
)
_DATA = (m.DataObject, m.DataObjectReference, m.Property, m.DataInputAssociation)
_SHOWN = (
    m.Choreography,
    m.ChoreographyTask,
    m.SubChoreography,
    m.CallChoreography,
    m.Collaboration,
    m.Participant,
    m.MessageFlow,
    m.Conversation,
    m.SubConversation,
    m.CallConversation,
    m.DataStore,
    m.DataStoreReference,
    m.Group,
    m.TextAnnotation,
    m.Association,
)


def elements() -> list[Element]:
    """Every kind of element that a diagram can show, in the standard's order of chapters."""
    known = registered()
    found: list[Element] = []
    for group, base in _GROUPS:
        for cls in _concrete(base):
            executes = any(c in known for c in cls.__mro__) or cls in (
                m.Process,
                m.GlobalTask,
                *_concrete(m.GlobalTask),
            )
            if cls is not m.ImplicitThrowEvent:
                found.append(Element(cls.__name__, "executes" if executes else "accepted", group))
    found += [Element(cls.__name__, "executes", "data") for cls in _DATA]
    found += [Element("Lane", "executes", "swimlanes: names the candidate group of its tasks")]
    found += [Element(cls.__name__, "accepted", "shown and kept") for cls in _SHOWN]
    return found


def _concrete(base: type[m.BaseElement]) -> list[type[m.BaseElement]]:
    classes = [c for c in vars(m).values() if isinstance(c, type) and issubclass(c, base)]
    return sorted((c for c in classes if "ABSTRACT" not in vars(c)), key=lambda c: c.__name__)


@cache
def event_cells() -> tuple[Cell, ...]:
    """Every trigger at every position, tried: checked and compiled."""
    return tuple(_cell(trigger, position) for trigger in TRIGGERS for position in POSITIONS)


def _cell(trigger: str, position: str) -> Cell:
    definitions = read(_model(trigger, position).encode())
    rules = tuple(sorted({p.rule for p in check(definitions) if p.severity == "error"}))
    if rules:
        return Cell(trigger, position, "refused", rules)
    try:
        process = definitions.root_elements[-1]
        assert isinstance(process, m.Process)
        compile_program(definitions, process)
    except NotExecutable as error:
        return Cell(trigger, position, "refused", (str(error.problems[0].message),))
    return Cell(trigger, position, "executes")


def _model(trigger: str, position: str) -> str:
    """A process that is right in all but, perhaps, this cell."""
    definition = _DEFINITIONS[trigger]
    parallel = " parallelMultiple='true'" if trigger == "parallel multiple" else ""
    is_throw = position in ("intermediate throw", "end")
    parallel = "" if is_throw else parallel
    event = f"<{{tag}} id='ev'{parallel}{{more}}>{definition}</{{tag}}>"
    match position:
        case "start":
            inside = (
                event.format(tag="startEvent", more="") + "<endEvent id='z'/>" + _flow("ev", "z")
            )
        case "event sub-process, interrupting" | "event sub-process, non-interrupting":
            more = " isInterrupting='false'" if position.endswith("non-interrupting") else ""
            start = event.format(tag="startEvent", more=more)
            inner = f"{start}<endEvent id='y'/>{_flow('ev', 'y')}"
            handler = f"<subProcess id='h' triggeredByEvent='true'>{inner}</subProcess>"
            inside = f"<startEvent id='s'/><subProcess id='u'><task id='t'/>{handler}</subProcess>"
            inside += f"<endEvent id='z'/>{_flow('s', 'u')}{_flow('u', 'z')}"
        case "boundary, interrupting" | "boundary, non-interrupting":
            more = " attachedToRef='u'"
            more += " cancelActivity='false'" if position.endswith("non-interrupting") else ""
            boundary = event.format(tag="boundaryEvent", more=more)
            around = f"<startEvent id='s'/><endEvent id='z'/>{_flow('s', 'u')}{_flow('u', 'z')}"
            inside = f"{around}{_transaction(trigger)}{boundary}{_boundary_after(trigger)}"
        case "intermediate catch":
            other = ""
            if trigger == "link":
                other = f"<intermediateThrowEvent id='l'>{definition}</intermediateThrowEvent>"
            into = "" if trigger == "link" else _flow("s", "ev")
            out = _flow("s", "l") if trigger == "link" else ""
            inside = (
                "<startEvent id='s'/>"
                + event.format(tag="intermediateCatchEvent", more="")
                + f"<endEvent id='z'/>{other}{into}{out}{_flow('ev', 'z')}"
            )
        case "intermediate throw":
            other, out = "<endEvent id='z'/>", _flow("ev", "z")
            if trigger == "link":
                catch = f"<intermediateCatchEvent id='l'>{definition}</intermediateCatchEvent>"
                other, out = f"{catch}<endEvent id='z'/>", _flow("l", "z")
            thrown = event.format(tag="intermediateThrowEvent", more="")
            inside = f"<startEvent id='s'/>{thrown}{other}{_flow('s', 'ev')}{out}"
        case _:
            ended = event.format(tag="endEvent", more="")
            inside = f"<startEvent id='s'/>{ended}{_flow('s', 'ev')}"
            if trigger == "cancel":
                cancelled = "<boundaryEvent id='b' attachedToRef='u'><cancelEventDefinition/>"
                inside = (
                    f"<startEvent id='s0'/><transaction id='u'>{inside}</transaction>"
                    f"{cancelled}</boundaryEvent><endEvent id='z'/>"
                    f"{_flow('s0', 'u')}{_flow('u', 'z')}{_flow('b', 'z')}"
                )
    return (
        f"<definitions xmlns='{m.base.BPMN}' id='d' targetNamespace='urn:cell'>{_ROOTS}"
        f"<process id='p' isExecutable='true'>{inside}</process></definitions>"
    )


def _transaction(trigger: str) -> str:
    """The activity that a boundary event is attached to: a transaction for a cancel event."""
    if trigger == "cancel":
        inner = "<startEvent id='s1'/><endEvent id='c'><cancelEventDefinition/></endEvent>"
        return f"<transaction id='u'>{inner}{_flow('s1', 'c')}</transaction>"
    return "<subProcess id='u'><task id='t'/></subProcess>"


def _boundary_after(trigger: str) -> str:
    if trigger == "compensation":
        return (
            "<task id='undo' isForCompensation='true'/>"
            "<association id='as' associationDirection='One' sourceRef='ev' targetRef='undo'/>"
        )
    return _flow("ev", "z")


def _flow(source: str, target: str) -> str:
    return f"<sequenceFlow id='{source}-{target}' sourceRef='{source}' targetRef='{target}'/>"


class Word(Struct, frozen=True):
    """One word of a vendor's vocabulary."""

    dialect: str
    name: str
    treatment: str
    fields: tuple[str, ...] = ()
    note: str = ""


def dialect_words() -> list[Word]:
    """What becomes of each attribute and element of the vendors' extensions."""
    return [
        Word(dialect.name, entry.name, entry.treatment, entry.fields, entry.note)
        for dialect in DIALECTS.values()
        for entry in dialect.register
    ]


def dialect_tables() -> str:
    """The same, as documents show it."""
    return tables()


def markdown() -> str:
    """Both tables, as documents show them."""
    groups: dict[str, list[str]] = {}
    for element in elements():
        groups.setdefault(element.group, []).append(f"`{element.name}`")
    lines = ["| | |", "|---|---|"]
    lines += [f"| {group} | {', '.join(names)} |" for group, names in groups.items()]
    lines += ["", f"| event | {' | '.join(POSITIONS)} |", f"|---|{'---|' * len(POSITIONS)}"]
    marks = {"executes": "✓", "refused": "–", "accepted": "(✓)"}
    by_place = {(c.trigger, c.position): marks[c.verdict] for c in event_cells()}
    for trigger in TRIGGERS:
        row = " | ".join(by_place[trigger, position] for position in POSITIONS)
        lines.append(f"| {trigger} | {row} |")
    return "\n".join(lines)
