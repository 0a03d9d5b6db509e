"""Signal event (BPMN 2.0.2 §10.5.5): a broadcast, heard by everyone who listens now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import Signal, SignalEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.state import Token, Trigger

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


def signal_name(run: Run, expression: Expression, scope: int) -> str:
    """The name, evaluated now. Raises ExecutionError where it is no text."""
    name = run.evaluate(expression, scope)
    if not isinstance(name, str) or not name:
        raise ExecutionError(f"the signal's name {expression.text!r} is {name!r}, not a text")
    return name


@behaviour(SignalEventDefinition)
class SignalBehaviour(EventBehaviour[Expression]):
    is_late = True

    def prepare(self, compiler: Compiler, part: Part[Expression], node: Node[Any]) -> Expression:
        ref = part.definition.signal_ref  # type: ignore[attr-defined]
        signal = compiler.root(ref, Signal)
        name = (signal.name or signal.id) if signal else node.id
        return compiler.named(name, node.element)

    def trigger(self, run: Run, part: Part[Expression], scope: int) -> Trigger:
        return Trigger(kind="signal", name=signal_name(run, part.plan, scope))

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[Expression]) -> bool:
        """Everyone in this instance hears it before the thrower moves on (an interruption may
        take the thrower); all others when the step is saved."""
        name = signal_name(run, part.plan, run.local(token))
        payload = run.thrown_variables(token)
        run.publish("signal", name, None, payload, node.id)
        run.hear("signal", name, payload)
        return token.id in run.instance.tokens
