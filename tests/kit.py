"""Write a process as a few lines, and drive it by hand through the pure core."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

from msgspec.structs import replace

from bpmn.model import Definitions, Process
from bpmn.reader import read
from engine.assembly import compile_program
from engine.program import Program
from engine.state import UNHEARD, Instance, Scope, Subscription
from engine.step import Assigned, Happened, Input, Outcome, Start, Thrown, step
from engine.values import decode, encode

NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def document(xml: str, roots: str = "", attributes: str = "") -> bytes:
    """A whole BPMN document around the inside of process `p`.

    Lines `a -> b -> c` become sequence flows `a-b`, `b-c`; `a -> b : x > 1` has a condition.
    Prefixes zeebe, camunda, k and modeler are declared.
    """
    return (
        f"<definitions xmlns='{NAMESPACE}' xmlns:zeebe='{ZEEBE}' xmlns:camunda='{CAMUNDA}' "
        f"xmlns:modeler='http://camunda.org/schema/modeler/1.0' "
        f"xmlns:k='http://kapellmeister.dev/schema/1.0' "
        f"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
        f"id='d' targetNamespace='urn:test' {attributes}>{roots}"
        f"<process id='p' isExecutable='true'>{flows(xml)}</process></definitions>"
    ).encode()


def flows(xml: str) -> str:
    """The same text with its arrows as sequence flows."""
    lines = []
    for line in xml.strip().splitlines():
        if line.strip().startswith("<") or "->" not in line:
            lines.append(line)
            continue
        path, _, condition = line.partition(" : ")
        nodes = [node.strip() for node in path.split("->")]
        body = (
            f"<conditionExpression xsi:type='tFormalExpression'>"
            f"<![CDATA[{condition.strip()}]]></conditionExpression>"
            if condition
            else ""
        )
        lines += [
            f"<sequenceFlow id='{a}-{b}' sourceRef='{a}' targetRef='{b}'>{body}</sequenceFlow>"
            for a, b in pairwise(nodes)
        ]
    return "\n".join(lines)


def program_of(source: bytes, process: str = "p") -> Program:
    definitions: Definitions = read(source)
    found = next(e for e in definitions.root_elements if e.id == process)
    assert isinstance(found, Process)
    return compile_program(definitions, found)


def reloaded(instance: Instance) -> Instance:
    """The instance as it comes back from a store, its values through their text and back."""
    again = Instance(
        [_reloaded_scope(instance.scopes[id]) for id in sorted(instance.scopes)],
        [instance.tokens[id] for id in sorted(instance.tokens)],
        [_reloaded_wait(instance.subscriptions[id]) for id in sorted(instance.subscriptions)],
        last_id=instance.last_id,
        joins=instance.joins,
    )
    assert _rows(again) == _rows(instance), "a row does not come back as it went in"
    return again


def _reloaded_scope(scope: Scope) -> Scope:
    items = None if scope.items is None else tuple(decode(encode(list(scope.items))))
    return replace(scope, variables=decode(encode(scope.variables)), items=items)


def _reloaded_wait(row: Subscription) -> Subscription:
    trigger = row.trigger
    due = trigger.due.astimezone(UTC) if trigger.due is not None else None
    details = decode(encode(trigger.details))
    return replace(row, trigger=replace(trigger, due=due, details=details))


class Drive:
    """One instance of the process whose inside is given, started and at rest.

    With `reload=True` its rows go through a store's columns and back after every step.
    """

    reloads: ClassVar[bool] = False
    """What `reload` is where it is not said."""

    def __init__(
        self,
        xml: str,
        roots: str = "",
        *,
        attributes: str = "",
        start: str | None = None,
        called: bool = False,
        budget: int = 10_000,
        reload: bool | None = None,
        in_place: bool = False,
        **variables: Any,
    ) -> None:
        self.program = program_of(document(xml, roots, attributes))
        self.instance = Instance(joins=self.program.joins)
        self.now = NOON
        self.called = called
        self.budget = budget
        self.reload = self.reloads if reload is None else reload
        self.in_place = in_place
        self.records: list[Any] = []
        self.published: list[Any] = []
        self.outcome: Outcome
        self._told = Told()
        self.give(Start(variables=variables, element=start))

    def give(self, given: Input) -> Outcome:
        """Give one input, and make the difference that comes of it."""
        before = _rows(self.instance)
        try:
            outcome = step(
                self.program,
                self.instance,
                given,
                self.now,
                called=self.called,
                budget=self.budget,
                in_place=self.in_place,
            )
        except BaseException:
            assert _rows(self.instance) == before, "a step that failed changed its input"
            raise
        if not self.in_place:
            assert _rows(self.instance) == before, "a step changed its input"
            self.instance.apply(outcome.changes)
        assert_sound(self.instance)
        self._told.check(outcome, self.instance)
        if self.reload:
            self.instance = reloaded(self.instance)
        self.outcome = outcome
        self.records += outcome.records
        self.published += outcome.published
        return outcome

    def complete(self, node: str, /, **payload: Any) -> None:
        """The trigger that `node` waits for happened: the oldest, where it waits more than once."""
        self.give(Happened(subscription=self.waiting(node).id, payload=payload))

    def fail(self, node: str, /, code: str | None = None, **payload: Any) -> None:
        """The work that `node` waits for ended in a BPMN error."""
        self.give(Thrown(subscription=self.waiting(node).id, code=code, payload=payload))

    def assign(self, **variables: Any) -> None:
        """Somebody sets variables of the process."""
        self.give(Assigned(variables=variables))

    def retry(self) -> None:
        """Try the oldest parked move again."""
        self.give(Happened(subscription=self.subscriptions("incident")[0].id))

    def go_on(self) -> None:
        """Continue, one transaction after the other, until nothing is left to be continued."""
        while rows := self.subscriptions("continue"):
            self.give(Happened(subscription=rows[0].id))

    def wait(self, **amount: float) -> None:
        """Let time pass, firing each timer at the moment it is due."""
        until = self.now + timedelta(**amount)
        while True:
            due = [s for s in self.subscriptions("timer") if s.trigger.due <= until]
            if not due:
                break
            first = min(due, key=lambda s: (s.trigger.due, s.id))
            self.now = max(self.now, first.trigger.due)
            self.give(Happened(subscription=first.id))
        self.now = until

    def waiting(self, node: str) -> Subscription:
        rows = self.instance.subscriptions.values()
        found = [s for s in rows if s.catcher == node and s.trigger.kind not in UNHEARD]
        assert found, f"{node!r} waits for nothing; at {self.at}"
        return min(found, key=lambda s: s.id)

    def subscriptions(self, kind: str) -> list[Any]:
        rows = self.instance.subscriptions.values()
        return sorted((s for s in rows if s.trigger.kind == kind), key=lambda s: s.id)

    @property
    def at(self) -> list[str]:
        """Where the tokens are, in alphabetical order."""
        return sorted(t.node for t in self.instance.tokens.values())

    @property
    def ended(self) -> bool:
        return self.instance.ended

    @property
    def variables(self) -> dict[str, Any]:
        """The process scope's; of an ended instance what they were at its end."""
        for scope in self.instance.scopes.values():
            if scope.kind == "process":
                return dict(scope.variables)
        return dict(self.outcome.variables)

    @property
    def incidents(self) -> list[str]:
        return [s.trigger.details["message"] for s in self.subscriptions("incident")]

    def entered(self, prefix: str = "") -> list[str]:
        """The nodes that were entered, in order."""
        found = [r.element for r in self.records if r.kind == "entered"]
        return [e for e in found if re.match(prefix, e)]


class Told:
    """What the records so far say is there; it must be what is there (RELIABILITY: P2)."""

    def __init__(self) -> None:
        self.tokens: dict[Any, str | None] = {}
        self.scopes: set[Any] = set()

    def check(self, outcome: Outcome, instance: Instance) -> None:
        """Follow the records of one step; each visit and each scope ends once."""
        for record in outcome.records:
            match record.kind:
                case "entered":
                    assert record.token not in self.tokens, f"{record} entered twice"
                    self.tokens[record.token] = record.element
                case "left" | "merged" | "cancelled":
                    assert self.tokens.pop(record.token, None) == record.element, record
                case "opened":
                    assert record.scope not in self.scopes, f"{record} opened twice"
                    self.scopes.add(record.scope)
                case "closed":
                    assert record.scope in self.scopes, f"{record} was not open"
                    self.scopes.remove(record.scope)
        assert self.tokens == {t.id: t.node for t in instance.tokens.values()}
        told = {s.id for s in instance.scopes.values() if s.kind != "snapshot"}
        assert self.scopes == told
        assert (outcome.state == "active") != instance.ended, outcome.state


def _rows(instance: Instance) -> Any:
    return (
        dict(instance.scopes),
        dict(instance.tokens),
        dict(instance.subscriptions),
        instance.last_id,
    )


def assert_sound(instance: Instance) -> None:
    """The invariants that hold after every step, whatever the process (RELIABILITY, rule 13)."""
    scopes, tokens = instance.scopes, instance.tokens
    for token in tokens.values():
        assert token.scope in scopes, f"{token} is in no scope"
        assert not scopes[token.scope].completed, f"{token} is in a completed scope"
    for scope in scopes.values():
        assert scope.parent is None or scope.parent in scopes, f"{scope} has no parent"
        assert scope.holder is None or scope.holder in tokens, f"{scope} has no holder"
        if scope.completed:
            held = instance.held_by_scope.get(scope.id, {}).values()
            assert all(s.trigger.kind in ("compensation", "turn") for s in held), (
                f"{scope} still waits"
            )
    for row in instance.subscriptions.values():
        assert row.scope in scopes, f"{row} is in no scope"
        assert row.token is None or row.token in tokens, f"{row} has no token"
    again = Instance(
        scopes.values(),
        tokens.values(),
        instance.subscriptions.values(),
        last_id=instance.last_id,
        joins=instance.joins,
    )
    for index in ("tokens_in", "at_joins", "held_by", "held_by_scope", "holds", "inside"):
        assert getattr(instance, index) == getattr(again, index), f"index {index} is off"
    if not tokens and not any(s.trigger.kind == "incident" for s in again.subscriptions.values()):
        assert not scopes, "no token is left, but a scope is"
