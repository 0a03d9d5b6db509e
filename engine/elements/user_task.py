"""User task (BPMN 2.0.2 §10.3.4): work for a person, found by assignment and done by a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from bpmn.model import UserTask
from engine.behaviour import NodeBehaviour, behaviour
from engine.elements.pass_through import completes_with
from engine.expressions import Expression
from engine.resources import assigned_by_resources
from engine.state import Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.program import Compiler, Node
    from engine.run import Run

ATTRIBUTES = (
    "assignee",
    "candidate_users",
    "candidate_groups",
    "due_date",
    "follow_up_date",
    "priority",
)


class UserTaskPlan(Struct, frozen=True):
    """Who, until when, and the form; what is stated is evaluated when a token comes."""

    stated: dict[str, Expression]
    form: Any
    name: str


@behaviour(UserTask)
class UserTaskBehaviour(NodeBehaviour[UserTaskPlan]):
    def prepare(self, compiler: Compiler, node: Node[UserTaskPlan]) -> UserTaskPlan:
        stated: dict[str, Expression] = assigned_by_resources(compiler, node)
        for name in ATTRIBUTES:
            if found := compiler.code(getattr(node.settings, name), node.element):
                stated[name] = found
        form = msgspec.to_builtins(node.settings.form) if node.settings.form else None
        return UserTaskPlan(stated, form, node.element.name or node.id)

    def enter(self, run: Run, token: Token, node: Node[UserTaskPlan]) -> None:
        scope = run.local(token)
        details: dict[str, Any] = {}
        for name, expression in node.plan.stated.items():
            value = run.evaluate(expression, scope)
            if name.startswith("candidate_"):
                value = _names(value)
            if value is not None:
                details[name] = value
        if node.plan.form is not None:
            details["form"] = node.plan.form
        run.wait(token, Trigger(kind="user_task", name=node.plan.name, details=details))

    def caught(
        self, run: Run, node: Node[UserTaskPlan], subscription: Subscription, payload: Variables
    ) -> None:
        completes_with(run, node, subscription, payload)


def _names(value: Any) -> list[str]:
    """A list of names, also where it was written with commas."""
    if value is None:
        return []
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    return [str(name) for name in value] if isinstance(value, list | tuple) else [str(value)]
