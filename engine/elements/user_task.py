"""User task (BPMN 2.0.2 §10.3.4): work for a person, found by assignment and done by a form.

Its task listeners are told when it is created, assigned, completed and late. One that is a job
holds up the creation and the completion; after an assignment and a timeout the task stays open.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bpmn.model import UserTask
from engine.activities import complete
from engine.behaviour import NodeBehaviour, behaviour
from engine.errors import ExecutionError
from engine.events.timer import TimerPlan, due_of
from engine.expressions import Expression
from engine.jobs import wait_for_job
from engine.listeners import KEY, Listener, headers, listeners_of, tell, told
from engine.resources import assigned_by_resources
from engine.schedule import Schedule, ScheduleError
from engine.state import Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run

ATTRIBUTES = (
    "assignee",
    "candidate_users",
    "candidate_groups",
    "due_date",
    "follow_up_date",
    "priority",
)
FACTS = {"assignee": "assignee", "due_date": "dueDate", "follow_up_date": "followUpDate"}
"""What a listener is told of the task, by the attribute it comes from."""
CHANGES = {name: attribute for attribute, name in FACTS.items()} | {
    "candidateUsers": "candidate_users",
    "candidateGroups": "candidate_groups",
    "priority": "priority",
}


class UserTaskPlan(Struct, frozen=True):
    """Who, until when, and the form; what is stated is evaluated when a token comes."""

    stated: dict[str, Expression]
    form: Any
    name: str
    listeners: tuple[Listener, ...] = ()

    def of(self, *events: str) -> tuple[Listener, ...]:
        """The task listeners of these events."""
        return tuple(one for one in self.listeners if one.event in events)


@behaviour(UserTask)
class UserTaskBehaviour(NodeBehaviour[UserTaskPlan]):
    def prepare(self, compiler: Compiler, node: Node[UserTaskPlan]) -> UserTaskPlan:
        stated: dict[str, Expression] = assigned_by_resources(compiler, node)
        for name in ATTRIBUTES:
            if found := compiler.code(getattr(node.settings, name), node.element):
                stated[name] = found
        form = msgspec.to_builtins(node.settings.form) if node.settings.form else None
        listeners = listeners_of(compiler, node.settings, node.element, "task")
        return UserTaskPlan(stated, form, node.element.name or node.id, listeners)

    def enter(self, run: Run, token: Token, node: Node[UserTaskPlan]) -> None:
        before = self._before(run, node)
        if before and not tell(run, token, before, "create"):
            return
        self._open(run, token, node)

    def _before(self, run: Run, node: Node[UserTaskPlan]) -> tuple[Listener, ...]:
        """The listeners to tell before the task is there: all, where one of them is a job."""
        creating = node.plan.of("create")
        known = run.surroundings.delegates
        is_any_job = any(one.code is None and one.delegate not in known for one in creating)
        return creating if is_any_job else ()

    def _open(self, run: Run, token: Token, node: Node[UserTaskPlan]) -> None:
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
        row = run.wait(token, Trigger(kind="user_task", name=node.plan.name, details=details))
        self._arm(run, token, node)
        creating = () if self._before(run, node) else node.plan.of("create")
        changes = self._tell(run, token, node, row, creating)
        details |= changes
        now = replace(row, trigger=replace(row.trigger, details=details))
        if details.get("assignee"):
            changed = self._tell(run, token, node, now, node.plan.of("assignment"))
            now = replace(row, trigger=replace(row.trigger, details=details | changed))
            changes |= changed
        if changes:
            run.change(now)

    def _tell(
        self,
        run: Run,
        token: Token,
        node: Node[UserTaskPlan],
        row: Subscription,
        listeners: tuple[Listener, ...],
    ) -> dict[str, Any]:
        """Tell listeners of an open task; what they change of it. One that is a job is given to a
        worker, while the task goes on."""
        changes: dict[str, Any] = {}
        if not listeners:
            return changes
        details = row.trigger.details
        facts: dict[str, Any] = {
            "id": str(row.id),
            "name": node.element.name or None,
            "description": next((d.text for d in node.element.documentation), None),
            "taskDefinitionKey": node.id,
            "priority": details.get("priority", 50),
            **{told: details.get(name) for name, told in FACTS.items()},
            **{n: f for n, f in run.surroundings.facts.items() if n.startswith("process")},
            "executionId": str(token.id),
        }
        for listener in listeners:
            facts["eventName"] = listener.event
            before, run.told = run.told, {**run.told, "task": facts, "changes": {}}
            try:
                if told(run, token, run.local(token), listener):
                    made = run.told["changes"]
                    changes |= {CHANGES[n]: v for n, v in made.items() if n in CHANGES}
                    facts |= made
                elif listener.job is not None:
                    aside = {KEY: {"stage": "aside", "index": 0, "event": listener.event}}
                    given = headers(run, token, listener) | {"task": str(row.id)}
                    wait_for_job(run, token, listener.job, aside, given)
            finally:
                run.told = before
        return changes

    def changed(self, run: Run, row: Subscription, event: str, values: Variables) -> None:
        """Somebody has assigned or changed the open task: `values` are its details now."""
        assert row.token is not None
        token = run.instance.tokens[row.token]
        node = run.node_of(token)
        now = replace(row, trigger=replace(row.trigger, details=dict(values)))
        changes = self._tell(run, token, node, now, node.plan.of(event))
        if changes:
            run.change(replace(row, trigger=replace(row.trigger, details={**values, **changes})))

    # Timeouts

    def _arm(self, run: Run, token: Token, node: Node[UserTaskPlan]) -> None:
        for index, listener in enumerate(node.plan.of("timeout")):
            if listener.timer is None:
                continue
            value = run.evaluate(listener.timer, run.local(token))
            plan = TimerPlan(listener.timer_form, listener.timer, run.program.dialect.cron)
            try:
                schedule = due_of(plan, value, run.now)
            except ScheduleError as error:
                said = f"{node}: its listener's timer {listener.timer.text!r}: {error}"
                raise ExecutionError(said, node.id) from None
            self._await(run, token, schedule, index)

    def _await(self, run: Run, token: Token, schedule: Schedule, index: int) -> None:
        details = {**schedule.details(), KEY: {"stage": "timeout", "index": index}}
        run.wait(token, Trigger(kind="timer", due=schedule.due, details=details))

    def late(self, run: Run, node: Node[UserTaskPlan], fired: Subscription) -> None:
        """The time of a `timeout` listener has come."""
        assert fired.token is not None
        token, index = run.instance.tokens[fired.token], fired.trigger.details[KEY]["index"]
        due: datetime | None = fired.trigger.due
        if following := Schedule.from_details(fired.trigger.details, due).following():
            self._await(run, token, following, index)
        held = run.instance.held_by.get(token.id, {}).values()
        row = next((s for s in held if s.trigger.kind == "user_task"), None)
        if row is not None:
            listener = node.plan.of("timeout")[index]
            changes = self._tell(run, token, node, row, (listener,))
            if changes:
                details = {**row.trigger.details, **changes}
                run.change(replace(row, trigger=replace(row.trigger, details=details)))

    # Completing

    def caught(
        self, run: Run, node: Node[UserTaskPlan], subscription: Subscription, payload: Variables
    ) -> None:
        assert subscription.token is not None
        token = run.instance.tokens[subscription.token]
        listeners = node.plan.of("complete")
        for held in list(run.instance.held_by.get(token.id, {}).values()):
            if held.id == subscription.id or held.trigger.details.get(KEY):
                run.withdraw(held)
        if not listeners:
            complete(run, token, node, payload)
            return
        local = run.local(token)
        if node.outputs and local != token.scope:
            run.declare_if(local, payload, node.id)
        else:
            run.assign(local, payload, node.id)
        facts = {
            "id": str(subscription.id),
            "name": node.element.name or None,
            "taskDefinitionKey": node.id,
            "eventName": "complete",
            **{told: subscription.trigger.details.get(n) for n, told in FACTS.items()},
        }
        before, run.told = run.told, {**run.told, "task": facts, "changes": {}}
        try:
            if tell(run, token, listeners, "complete", names=list(payload)):
                self._completed(run, token, node, list(payload))
        finally:
            run.told = before

    def _completed(
        self, run: Run, token: Token, node: Node[UserTaskPlan], names: list[str]
    ) -> None:
        seen = run.visible(run.local(token))
        complete(run, token, node, {name: seen[name] for name in names if name in seen})

    def resumed(
        self, run: Run, token: Token, node: Node[UserTaskPlan], stated: dict[str, Any]
    ) -> None:
        """The job of a task listener is done."""
        first = stated["index"] + 1
        if stated["stage"] == "create":
            if tell(run, token, node.plan.of("create"), "create", first=first):
                self._open(run, token, node)
        elif stated["stage"] == "complete":
            names = stated["names"]
            if tell(run, token, node.plan.of("complete"), "complete", first=first, names=names):
                self._completed(run, token, node, names)


def _names(value: Any) -> list[str]:
    """A list of names, also where it was written with commas."""
    if value is None:
        return []
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    return [str(name) for name in value] if isinstance(value, list | tuple) else [str(value)]
