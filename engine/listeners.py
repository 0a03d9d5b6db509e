"""Listeners: what a model has done beside the elements' own work, when one begins or ends.

A listener is an expression or script that is evaluated in the step, a Python function registered
as a delegate under its name, or else a job of that name, for which the token waits. The standard
knows none of them; every vendor does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import bpmn.model as m
from bpmn.dialects import Code, Settings
from engine.errors import BpmnError, ExecutionError
from engine.evaluation import asked, evaluated
from engine.expressions import Expression
from engine.expressions.execution import NAME
from engine.jobs import JobPlan, field_values, fields_of, wait_for_job
from engine.state import Token

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Program
    from engine.run import Run

KEY = "listener"
"""Among a job's details: which listener it is, and how to go on behind it."""


class Listener(Struct, frozen=True, kw_only=True):
    """One listener, ready to be told."""

    event: str
    code: Expression | None = None
    delegate: str | None = None
    """Name of the Python function that is called where one is registered."""
    fields: tuple[tuple[str, Expression], ...] = ()
    job: JobPlan | None = None
    timer: Expression | None = None
    """Of a task listener's `timeout`: when, and in which form."""
    timer_form: str = ""


def listeners_of(
    compiler: Compiler, settings: Settings, element: m.BaseElement, kind: str = "execution"
) -> tuple[Listener, ...]:
    """The listeners that the extensions of an element state, compiled."""
    found: list[Listener] = []
    for stated in settings.listeners:
        if stated.kind != kind:
            continue
        delegate = stated.delegate
        source = stated.script
        if delegate is not None and delegate.kind == "expression":
            source = delegate.code
        code = compiler.code(source, element)
        job = None
        if code is None:
            named = stated.job_type or Code("literal", stated.event)
            if type := compiler.code(named, element):
                job = JobPlan(type, compiler.code(stated.retries, element), None, {})
        timer = stated.timer
        found.append(
            Listener(
                event=stated.event,
                code=code,
                delegate=delegate.name if delegate and delegate.kind != "expression" else None,
                fields=fields_of(compiler, delegate, element),
                job=job,
                timer=compiler.code(timer[1], element) if timer else None,
                timer_form=timer[0] if timer else "",
            )
        )
    return tuple(found)


def wire_listeners(program: Program, compiler: Compiler) -> None:
    """Hand each node the listeners it has to tell: its own, those of the flows that lead to it, and
    those of its process. A join begins when it has gathered, just before it ends."""
    graph = program.graph
    whole = listeners_of(compiler, compiler.settings(graph.process), graph.process)
    program.ending = _of(whole, "end")
    begun = _of(whole, "start")
    for node in program.nodes.values():
        own = listeners_of(compiler, node.settings, node.element)
        node.starting, node.ending = _of(own, "start"), _of(own, "end")
        if begun and node.container == program.id and isinstance(node.element, m.StartEvent):
            node.starting = begun + node.starting
        for flow in node.incoming:
            stated = compiler.settings(graph.flows[flow.id])
            taken = listeners_of(compiler, stated, graph.flows[flow.id])
            if taken:
                node.arriving = {**node.arriving, flow.id: taken}
        if node.id in program.gathering and not node.is_activity:
            node.ending, node.starting = node.starting + node.ending, ()
        if getattr(node.element, "triggered_by_event", False):
            for start in graph.start_events(node.id):
                before = program.nodes[start.id]
                before.starting = node.starting + before.starting
            node.starting = ()
        if node.starting or node.ending:
            node.is_plain = False
        node.may_linger |= bool(node.arriving or node.starting or node.ending)


def _of(listeners: Iterable[Listener], event: str) -> tuple[Listener, ...]:
    return tuple(one for one in listeners if one.event == event)


def tell(
    run: Run,
    token: Token,
    listeners: tuple[Listener, ...],
    stage: str,
    *,
    first: int = 0,
    **more: Any,
) -> bool:
    """Tell listeners, one after the other; whether all have been told. Otherwise the token waits
    for a job, and `more` says how to go on when it is done."""
    for index in range(first, len(listeners)):
        listener = listeners[index]
        if not told(run, token, run.local(token), listener):
            assert listener.job is not None
            details = {"stage": stage, "index": index, "event": listener.event, **more}
            wait_for_job(run, token, listener.job, {KEY: details}, headers(run, token, listener))
            return False
    return True


def told(run: Run, token: Token | None, scope: int, listener: Listener) -> bool:
    """Tell one listener within this step; False for one that is a job."""
    here, run.here = run.here, token if token is not None else run.here
    before, run.told = run.told, {**run.told, "event": listener.event}
    if token is not None and token.flow is not None and listener.event == "take":
        run.told["flow"] = token.flow
    try:
        if listener.code is not None:
            evaluated(run, listener.code, scope)
            return True
        return called(run, scope, listener.delegate, listener.fields)
    finally:
        run.here, run.told = here, before


def called(
    run: Run, scope: int, delegate: str | None, fields: tuple[tuple[str, Expression], ...]
) -> bool:
    """Call the Python function registered for a delegate; whether there is one. It runs within the
    step, so it reads and sets variables, and does nothing outside."""
    function = run.surroundings.delegates.get(delegate or "")
    if function is None:
        return False
    given = field_values(run, scope, fields)

    def call(seen: Mapping[str, Any]) -> None:
        try:
            function(seen[NAME])
        except (BpmnError, ExecutionError):
            raise
        except Exception as error:
            said = f"delegate {delegate!r} failed with {type(error).__name__}: {error}"
            raise ExecutionError(said) from error

    asked(run, scope, call, fields=given)
    return True


def headers(run: Run, token: Token, listener: Listener) -> dict[str, Any]:
    """What the worker of a listener's job finds beside the variables."""
    return {
        "event": listener.event,
        "element": token.node,
        **field_values(run, run.local(token), listener.fields),
    }


def passing(node: Node[Any]) -> tuple[Listener, ...]:
    """The listeners of a node that is entered and left at once: an event that was triggered."""
    return node.starting + node.ending
