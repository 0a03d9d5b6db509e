"""What a run has in hand: the rows of one instance, what is queued, and questions about both."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec.structs import replace

from engine.agenda import CONDITION, OFFER, RESET, SETTLE, WORK
from engine.errors import Stale
from engine.expressions.execution import NOTHING, Surroundings
from engine.history import Record
from engine.journal import Journal
from engine.listeners import KEY
from engine.program import Node, Program
from engine.state import (
    Instance,
    Scope,
    Subscription,
    Token,
    Variables,
)
from engine.throwing import Escaped
from engine.variables import landing, visible


class Published:
    """A message or signal thrown for others to hear, once this step is saved."""

    __slots__ = ("element", "id", "key", "kind", "name", "ttl", "variables")

    def __init__(
        self,
        kind: Literal["message", "signal"],
        name: str,
        key: str | None,
        variables: Variables,
        element: str,
        id: str | None = None,
        ttl: timedelta | None = None,
    ) -> None:
        self.id = id
        """Of a message: published twice under it, it is one."""
        self.ttl = ttl
        """Of a message: for how long it is kept for its receiver; None: the engine's hour."""
        self.kind = kind
        self.name = name
        self.key = key
        self.variables = variables
        self.element = element


class Working(Journal):
    """A working copy of one instance in the middle of a step."""

    def __init__(
        self,
        program: Program,
        instance: Instance,
        now: datetime,
        *,
        budget: int = 10_000,
        called: bool = False,
        surroundings: Surroundings = NOTHING,
    ) -> None:
        super().__init__(instance)
        self.program = program
        self.now = now
        self.called = called
        """Whether another instance called this one, and hears what is thrown out of it."""
        self.surroundings = surroundings
        self.here: Token | None = None
        """The token that is being treated, for code that asks where it is."""
        self.told: dict[str, Any] = {}
        """What a listener is told of: its `event`, the `flow` taken, the `task`."""
        self.published: list[Published] = []
        self.state: Literal["active", "completed", "failed", "cancelled"] = "active"
        self.reason: str | None = None
        self.result: Variables = {}
        self.escaped: list[Escaped] = []
        self.budget = budget
        self.agenda: deque[tuple[int, int]] = deque()
        """What to do next: one of OFFER, SETTLE, CONDITION and WORK, and the id it is about."""
        self.late: deque[int] = deque()
        """Tokens at throws that wait until all else has come to rest."""
        self.touched: set[int] = set()
        """Scopes that a token has left: their joins may be free."""
        self.changed: dict[str, int] = {}
        """Variables that were set, and the last id before that: conditions that were armed by then
        may hold now."""
        self.made: set[str] = set()
        """Those of them that did not exist before."""
        self.is_at_rest = False
        """Whether nothing else moves: joins that depend on what else may come can be decided."""

    # Rows and questions about them

    def node_of(self, token: Token) -> Node[Any]:
        return self.program.nodes[token.node]

    def tokens_in(self, scope: int, node: str | None = None) -> list[Token]:
        """The tokens in a scope, oldest first."""
        rows = self.instance.tokens_in.get(scope)
        if not rows:
            return []
        return [rows[id] for id in sorted(rows) if node is None or rows[id].node == node]

    def is_iteration(self, token: Token) -> bool:
        return self.instance.scopes[token.scope].kind == "loop"

    def is_ad_hoc(self, scope: int) -> bool:
        """Whether a scope asks after each completion whether it is enough (§13.3.5)."""
        ad_hoc = self.program.ad_hoc
        if not ad_hoc:
            return False
        row = self.instance.scopes[scope]
        return row.kind == "sub_process" and row.container in ad_hoc

    def local(self, token: Token) -> int:
        """The scope of a token's own variables: its activity scope, or else the one it is in."""
        for scope in self.instance.holds.get(token.id, {}).values():
            if scope.kind == "activity" or scope.kind == "snapshot":
                return scope.id
        return token.scope

    def undoing(self, scope: int) -> list[int]:
        """The compensation scopes inside a scope whose throws did not wait for them."""
        inside = self.instance.inside.get(scope, {}).values()
        return sorted(s.id for s in inside if s.kind == "compensation" and s.holder is None)

    def is_idle(self, scope: int) -> bool:
        """Whether nothing is left to do in a scope."""
        return scope not in self.instance.tokens_in and not self.undoing(scope)

    def subscription(self, id: int) -> Subscription:
        """Raises Stale when it is not there any more."""
        found = self.instance.subscriptions.get(id)
        if found is None:
            raise Stale(f"subscription {id} has been used already, or was withdrawn")
        return found

    def is_waiting(self, subscription: Subscription) -> bool:
        return subscription.id in self.instance.subscriptions

    def subscriptions_of(self, token: int | None, scope: int, catcher: str) -> list[Subscription]:
        """What `catcher` still waits for on behalf of this token, or else of this scope."""
        held = (
            self.instance.held_by.get(token, {})
            if token is not None
            else self.instance.held_by_scope.get(scope, {})
        )
        return [s for s in held.values() if s.catcher == catcher and s.trigger.kind != "incident"]

    def set_scope(self, row: Scope) -> None:
        """Replace a scope's row."""
        self._set_scope(row.id, row)

    def set_token(self, row: Token) -> None:
        """Replace a token's row."""
        self._set_token(row.id, row)

    def set_subscription(self, row: Subscription) -> None:
        """Replace a subscription's row."""
        self._set_subscription(row.id, row)

    def change(self, row: Subscription) -> None:
        """Replace a subscription's row."""
        self._set_subscription(row.id, row)

    def withdraw(self, subscription: Subscription) -> None:
        self._set_subscription(subscription.id, None)

    # What waits at joins

    def waiting_at(self, token: Token) -> dict[str | None, dict[int, Token]]:
        """Of a join: the tokens at the same node in the same scope, by flow and id."""
        return self.arrived(token.scope, token.node)

    def arrived(self, scope: int, node: str) -> dict[str | None, dict[int, Token]]:
        """The tokens at a join, by flow and id; without those that have not come to it, or have
        gone through it, for a listener or another transaction."""
        by_flow = self.instance.at_joins.get((scope, node), {})
        if not by_flow or not self.program.nodes[node].may_linger:
            return by_flow
        come = {
            flow: {id: token for id, token in tokens.items() if self._stage(id) is None}
            for flow, tokens in by_flow.items()
        }
        return {flow: tokens for flow, tokens in come.items() if tokens}

    def can_come(
        self, scope: int, node: Node[Any], full: frozenset[str | None] | set[str | None]
    ) -> bool:
        """Whether some token has a way to a flow into `node` that is not in `full`, and none to one
        that is (§13.4.3)."""
        places = self.program.reaching_only_empty(node, frozenset(full))
        tokens, at_joins = self.instance.tokens_in.get(scope, {}), self.instance.at_joins
        if len(tokens) <= len(places):
            if any(token.node in places for token in tokens.values()):
                return True
        elif any((scope, place) in at_joins for place in places):
            return True
        return node.may_linger and any(
            self._stage(id) in ("arrive", "entered")
            for flow, waiting in self.instance.at_joins.get((scope, node.id), {}).items()
            for id in waiting
            if flow not in full
        )

    def _stage(self, token: int) -> str | None:
        """For which stage of its visit a token waits: a listener's job or another transaction."""
        for held in self.instance.held_by.get(token, {}).values():
            details = held.trigger.details
            if held.trigger.kind == "continue":
                return str(details.get("stage", "entered"))
            if KEY in details:
                return str(details[KEY]["stage"])
        return None

    # What is done next

    def queue(self, token: Token, node: Node[Any]) -> None:
        """Let a token that has arrived be treated by its node: at once, or when all is at rest."""
        if node.is_late:
            self.late.append(token.id)
        else:
            self.agenda.append((OFFER, token.id))

    def offer(self, token: Token) -> None:
        """Queue a token for its node to treat (again)."""
        self.agenda.append((OFFER, token.id))

    def settle(self, scope: int) -> None:
        """Queue the question whether a scope has ended."""
        self.agenda.append((SETTLE, scope))

    def ask_at_rest(self, scope: int) -> None:
        """Have the joins in a scope asked when everything else has come to rest."""
        self.touched.add(scope)

    def queue_work(self, token: Token) -> None:
        """Let an activity do its work after what is queued first."""
        self.agenda.append((WORK, token.id))

    def resume(self, what: int, id: int) -> None:
        """Queue a move that was parked."""
        if what not in (CONDITION, RESET) or id in self.instance.subscriptions:
            self.agenda.append((what, id))

    # Variables

    def visible(self, scope: int, top: Variables | None = None) -> Variables:
        return visible(self.instance, scope, top)

    def assign(self, scope: int, values: Variables, cause: str) -> None:
        """Set each variable where it is declared, nearest scope outward, or else outermost."""
        if not values:
            return
        row = self.instance.scopes[scope]
        if row.parent is None:
            self.declare(scope, values, cause)
            return
        by_scope: dict[int, dict[str, Any]] = {}
        for name, value in values.items():
            for at in landing(self.instance, scope, name):
                by_scope.setdefault(at, {})[name] = value
        for at, found in by_scope.items():
            self.declare(at, found, cause)

    def declare(self, scope: int, values: Variables, cause: str) -> None:
        """Set variables in this very scope."""
        row = self.instance.scopes[scope]
        if self.program.has_conditions:
            self.made |= values.keys() - row.variables.keys()
        self._set_scope(scope, replace(row, variables={**row.variables, **values}))
        self.records.append(Record("variables", cause, None, scope, None, dict(values)))
        self.changed.update(dict.fromkeys(values, self.instance.last_id))

    def declare_if(self, scope: int, values: Variables, cause: str) -> None:
        """Set variables in this very scope, if there are any."""
        if values:
            self.declare(scope, values, cause)

    def thrown_variables(self, token: Token) -> dict[str, Any]:
        """What a throw event carries along: its mapped inputs, or all that it sees."""
        local = self.local(token)
        if self.node_of(token).settings.propagate_all_in:
            return dict(self.visible(local))
        return dict(self.instance.scopes[local].variables) if local != token.scope else {}

    # What is told

    def publish(
        self,
        kind: Literal["message", "signal"],
        name: str,
        key: str | None,
        variables: Variables,
        element: str,
        *,
        id: str | None = None,
        ttl: timedelta | None = None,
    ) -> None:
        """Have a message or signal told to other instances, once this step is saved."""
        self.published.append(Published(kind, name, key, variables, element, id, ttl))
        self.record("published", element, detail={"kind": kind, "name": name, "key": key})

    def decide(self, state: Literal["failed", "cancelled"], reason: str | None) -> None:
        """Say what the instance will count as when it ends, and why; what was said first stands."""
        for scope in self.instance.scopes.values():
            if scope.kind == "process" and scope.items is None:
                self._set_scope(scope.id, replace(scope, items=(state, reason)))
