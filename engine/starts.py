"""What starts an instance other than a command: triggered start events, instantiating receive tasks
and event-based gateways (BPMN 2.0.2 §10.5.2, §13.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import bpmn.model as m
from engine.errors import ExecutionError
from engine.events.message import MessagePlan
from engine.events.timer import TimerPlan, due_of
from engine.expressions import Expression
from engine.schedule import Schedule
from engine.state import Variables

if TYPE_CHECKING:
    from engine.program import Node, Program


class StartTrigger(Struct, frozen=True, kw_only=True):
    """What starts an instance of a process, other than a command (§10.5.2)."""

    element: str
    """The start event, or the instantiating receive task or event-based gateway's event."""
    part: int = 0
    """Which of its event definitions, from 0."""
    kind: str
    name: str | None = None
    timer: Any = None
    """Of a timer: what `engine.starts.start_schedule` takes."""
    condition: Expression | None = None


def start_triggers(program: Program) -> list[StartTrigger]:
    """The triggers a deployment must listen for, in document order."""
    nodes = program.nodes.values()
    return [t for node in nodes if node.container == program.id for t in _triggers_of(node)]


def _triggers_of(node: Node[Any]) -> Iterator[StartTrigger]:
    element = node.element
    if isinstance(element, m.StartEvent):
        for part in node.parts:
            yield from _of_plan(node.id, part.index, part.plan, part.definition)
    elif isinstance(element, m.ReceiveTask) and element.instantiate and not node.incoming:
        yield from _of_plan(node.id, 0, node.plan, None)
    elif isinstance(element, m.EventBasedGateway) and element.instantiate and not node.incoming:
        for flow in node.outgoing:
            target = flow.target
            if isinstance(target.element, m.ReceiveTask):
                yield from _of_plan(target.id, 0, target.plan, None)
            for part in target.parts:
                yield from _of_plan(target.id, part.index, part.plan, part.definition)


def _of_plan(element: str, part: int, plan: Any, definition: Any) -> Iterator[StartTrigger]:
    if isinstance(plan, MessagePlan):
        yield StartTrigger(element=element, part=part, kind="message", name=_constant(plan.name))
    elif isinstance(plan, TimerPlan):
        yield StartTrigger(element=element, part=part, kind="timer", timer=plan)
    elif isinstance(definition, m.SignalEventDefinition):
        yield StartTrigger(element=element, part=part, kind="signal", name=_constant(plan))
    elif isinstance(definition, m.ConditionalEventDefinition):
        yield StartTrigger(element=element, part=part, kind="condition", condition=plan)


def _constant(expression: Any) -> str:
    """A name that must be known before any instance is there."""
    value = expression.evaluate({})
    if not isinstance(value, str):
        raise ExecutionError(f"the name {expression.text!r} of a start event is {value!r}")
    return value


def start_schedule(timer: TimerPlan, now: datetime) -> Schedule:
    """When a timer start event is due first. Raises ScheduleError."""
    return due_of(timer, timer.value.evaluate({}, now=now), now)


def holding_start(
    program: Program, variables: Variables, now: datetime, element: str | None = None
) -> StartTrigger | None:
    """The first conditional start, or that of `element`, whose condition holds over `variables`;
    one that cannot be evaluated does not."""
    for trigger in start_triggers(program):
        if trigger.condition is not None and element in (None, trigger.element):
            with suppress(ExecutionError):
                if trigger.condition.evaluate(variables, now=now) is True:
                    return trigger
    return None
