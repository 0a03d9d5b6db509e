"""One run: the verbs that behaviours are written in, over the rows of one instance.

A run changes the instance it is given and keeps a log of what each row was before; whoever made it
takes the difference and puts everything back (`engine.step`). Work is queued, never recursive;
`engine.rest` does what is queued.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec.structs import replace

from engine.agenda import CONDITION, OFFER, RESET, SETTLE, WORK
from engine.correlation import correlation_at, received
from engine.errors import ExecutionError, Stale
from engine.evaluation import evaluated, holds
from engine.expressions.execution import NOTHING, Surroundings
from engine.history import Record
from engine.journal import Journal
from engine.listeners import KEY, passing, tell
from engine.mappings import map_outputs
from engine.program import Flow, Node, Program
from engine.state import (
    UNHEARD,
    Instance,
    Scope,
    ScopeKind,
    Subscription,
    Token,
    Trigger,
    Variables,
)
from engine.throwing import Escaped, awaited, thrown
from engine.undo import pass_turn
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


class Run(Journal):
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

    # Tokens

    def enter(self, scope: int, node: Node[Any], flow: Flow | None = None) -> Token:
        """Put a new token at `node`, for it to treat."""
        token = self.place(scope, node, flow)
        taken = node.arriving.get(flow.id, ()) if node.arriving and flow is not None else ()
        if not taken or tell(self, token, taken, "arrive"):
            self.queue(token, node)
        return token

    def queue(self, token: Token, node: Node[Any]) -> None:
        """Let a token that has arrived be treated by its node: at once, or when all is at rest."""
        if node.is_late:
            self.late.append(token.id)
        else:
            self.agenda.append((OFFER, token.id))

    def place(self, scope: int, node: Node[Any], flow: Flow | None = None) -> Token:
        """Put a new token at `node`; whoever asks for it treats it."""
        id = self._id()
        by = flow.id if flow is not None else None
        token = Token(id=id, scope=scope, node=node.id, flow=by)
        self._set_token(id, token)
        self.records.append(Record("entered", node.id, id, scope, None, by))
        return token

    def offer(self, token: Token) -> None:
        """Queue a token for its node to treat (again)."""
        self.agenda.append((OFFER, token.id))

    def leave(
        self, token: Token, flows: Sequence[Flow] | None = None, *, is_passing: bool = False
    ) -> None:
        """End the visit, and take `flows`: by default, what `flows_out` says. `is_passing`: the
        node was not entered before, as its trigger happened."""
        node = self.program.nodes[token.node]
        if flows is None:
            flows = self.flows_out(token, node)
        if not node.is_activity and (node.ending or (is_passing and node.starting)):
            listeners = passing(node) if is_passing else node.ending
            stage = "pass" if is_passing else "leave"
            if not tell(self, token, listeners, stage, flows=[flow.id for flow in flows]):
                return
        self.depart(token, flows)

    def depart(self, token: Token, flows: Sequence[Flow]) -> None:
        """End the visit, whose listeners have been told, and take `flows`: at once, or each in a
        transaction of its own."""
        if self.program.nodes[token.node].is_async_after:
            self._take_later(token, flows)
        else:
            self.take(token, flows)

    def take(self, token: Token, flows: Iterable[Flow]) -> None:
        """End the visit, and take `flows` at once."""
        self._gone("left", token)
        scope = token.scope
        for flow in flows:
            self.enter(scope, flow.target, flow)
        if scope not in self.instance.tokens_in or self.is_ad_hoc(scope):
            self.agenda.append((SETTLE, scope))

    def _take_later(self, token: Token, flows: Sequence[Flow]) -> None:
        """Have each of `flows` taken in a transaction of its own; what the visit held is over."""
        for subscription in list(self.instance.held_by.get(token.id, {})):
            self._set_subscription(subscription, None)
        for scope in sorted(self.instance.holds.get(token.id, {})):
            self.close(scope)
        if not flows:
            self.go_on_later(token, "taken", flow=None)
        for place, flow in enumerate(flows):
            at = token if place == 0 else self.place(token.scope, self.node_of(token))
            self.go_on_later(at, "taken", flow=flow.id)

    def go_on_later(self, token: Token, stage: str, **details: Any) -> None:
        """Have a token go on from a stage of its visit in another transaction."""
        trigger = Trigger(kind="continue", due=self.now, details={"stage": stage, **details})
        self.wait(token, trigger)

    def pass_by(self, token: Token, node: Node[Any]) -> None:
        """Leave an event whose trigger has happened."""
        if node.is_async_before:
            self.go_on_later(token, "fired")
        else:
            self.leave(token, is_passing=True)

    def is_ad_hoc(self, scope: int) -> bool:
        """Whether a scope asks after each completion whether it is enough (§13.3.5)."""
        ad_hoc = self.program.ad_hoc
        if not ad_hoc:
            return False
        row = self.instance.scopes[scope]
        return row.kind == "sub_process" and row.container in ad_hoc

    def end(self, token: Token) -> None:
        """End the visit; the token goes no further."""
        self.leave(token, ())

    def merge(self, token: Token) -> None:
        """Let a token go up in another one, at a join."""
        self._gone("merged", token)

    def left(self, token: Token) -> None:
        """End the visit without a word to the scope: whoever asks for it goes on from here."""
        self._gone("left", token)

    def stop(self, token: Token) -> None:
        """Stop a token from outside, with all that runs inside it; its scope goes on."""
        self._gone("cancelled", token)

    def cancel(self, token: Token) -> None:
        """Stop a token from outside; its scope may end by that."""
        scope = token.scope
        self._gone("cancelled", token)
        if scope not in self.instance.tokens_in:
            self.agenda.append((SETTLE, scope))

    def _gone(self, how: Any, token: Token) -> None:
        self.records.append(Record(how, token.node, token.id, token.scope))
        instance, id = self.instance, token.id
        if id in instance.held_by:
            for subscription in list(instance.held_by[id]):
                self._set_subscription(subscription, None)
        if id in instance.holds:
            for scope in sorted(instance.holds[id]):
                self.close(scope)
        self._set_token(id, None)
        self.touched.add(token.scope)

    def node_of(self, token: Token) -> Node[Any]:
        return self.program.nodes[token.node]

    def tokens_in(self, scope: int, node: str | None = None) -> list[Token]:
        """The tokens in a scope, oldest first."""
        rows = self.instance.tokens_in.get(scope)
        if not rows:
            return []
        return [rows[id] for id in sorted(rows) if node is None or rows[id].node == node]

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

    def _stage(self, token: int) -> str | None:
        """For which stage of its visit a token waits: a listener's job or another transaction."""
        for held in self.instance.held_by.get(token, {}).values():
            details = held.trigger.details
            if held.trigger.kind == "continue":
                return str(details.get("stage", "entered"))
            if KEY in details:
                return str(details[KEY]["stage"])
        return None

    def can_come(
        self, scope: int, node: Node[Any], full: frozenset[str | None] | set[str | None]
    ) -> bool:
        """Whether some token has a way to a flow into `node` that is not in `full`, and none to one
        that is (§13.4.3)."""
        places = self.program.reaching_only_empty(node, frozenset(full))
        tokens = self.instance.tokens_in.get(scope, {})
        if any(token.node in places for token in tokens.values()):
            return True
        return node.may_linger and any(
            self._stage(id) in ("arrive", "entered")
            for flow, waiting in self.instance.at_joins.get((scope, node.id), {}).items()
            for id in waiting
            if flow not in full
        )

    def is_iteration(self, token: Token) -> bool:
        return self.instance.scopes[token.scope].kind == "loop"

    def flows_out(self, token: Token, node: Node[Any]) -> list[Flow]:
        """The flows to take: unconditional ones, and conditional ones that hold; if none of the
        conditional ones does, also the default (§8.4.13, §13.3.2)."""
        default = node.default
        taken: list[Flow] = []
        is_any_conditional_taken = False
        for flow in node.outgoing:
            if flow is default:
                continue
            if flow.condition is None:
                taken.append(flow)
            elif self.holds(flow.condition, token.scope):
                is_any_conditional_taken = True
                taken.append(flow)
        if default is not None and not is_any_conditional_taken:
            taken.append(default)
        if not taken and node.outgoing:
            raise ExecutionError(
                f"{node}: no condition holds and there is no default flow", node.id
            )
        return taken

    # Scopes

    def open(
        self,
        container: str,
        kind: ScopeKind,
        *,
        parent: int | None,
        holder: Token | None = None,
        variables: Variables | None = None,
        items: tuple[Any, ...] | None = None,
        index: int = -1,
    ) -> int:
        """Open an empty scope inside a token."""
        id = self._id()
        row = Scope(
            id=id,
            container=container,
            kind=kind,
            parent=parent,
            holder=holder.id if holder is not None else None,
            variables=variables or {},
            items=items,
            index=index,
        )
        self._set_scope(id, row)
        if kind == "snapshot":
            return id
        self.records.append(Record("opened", container, row.holder, id, None, kind))
        if variables:
            self.records.append(Record("variables", container, None, id, None, dict(variables)))
        return id

    def start(self, scope: int) -> None:
        """Start what is in a process or sub-process: make its scope ready, then put a token at each
        of its start nodes (§13.3.4)."""
        self.ready(scope)
        starts = self.program.containers[self.instance.scopes[scope].container].starts
        for node in starts:
            self.enter(scope, node)
        if not starts:
            self.settle(scope)

    def ready(self, scope: int) -> None:
        """Declare a new scope's data objects, and arm its event sub-processes."""
        container = self.program.containers[self.instance.scopes[scope].container]
        if container.declared:
            own = self.instance.scopes[scope].variables
            values = dict.fromkeys(name for name in container.declared if name not in own)
            self.declare(scope, values, container.id)
        for event in container.armed:
            self.arm(event, scope, None)

    def adopt(self, kept: Scope, holder: Token) -> None:
        """Hand a kept scope to a token, which sees its variables (§10.5.6: as they were) and sets
        those of the scope that it was kept in."""
        self._set_scope(kept.id, replace(kept, holder=holder.id, completed=False))

    def close(self, scope: int) -> None:
        """Drop a scope with all that is in it."""
        instance = self.instance
        if scope not in instance.scopes:
            return
        for token in self.tokens_in(scope):
            self._gone("cancelled", token)
        for subscription in list(instance.held_by_scope.get(scope, ())):
            self._set_subscription(subscription, None)
        for kept in sorted(instance.inside.get(scope, ())):
            self.close(kept)
        row = instance.scopes[scope]
        self._set_scope(scope, None)
        if row.kind == "compensation":
            pass_turn(self, row)
        if row.kind != "snapshot":
            self.records.append(Record("closed", row.container, row.holder, scope))

    def keep(self, scope: int, parent: int, variables: Variables) -> None:
        """Leave an ended scope behind for compensation, as it is now, until `parent` closes."""
        for subscription in list(self.instance.held_by_scope.get(scope, {}).values()):
            if subscription.trigger.kind != "compensation":
                self._set_subscription(subscription.id, None)
        row = self.instance.scopes[scope]
        self._set_scope(
            scope, replace(row, completed=True, holder=None, parent=parent, variables=variables)
        )

    def interrupt(self, scope: int, spare: Token | None = None) -> None:
        """Cancel every token in a scope but one, and disarm its event sub-processes."""
        for token in self.tokens_in(scope):
            if spare is None or token.id != spare.id:
                self._gone("cancelled", token)
        for undoing in self.undoing(scope):
            self.close(undoing)
        self.disarm(scope)

    def undoing(self, scope: int) -> list[int]:
        """The compensation scopes inside a scope whose throws did not wait for them."""
        inside = self.instance.inside.get(scope, {}).values()
        return sorted(s.id for s in inside if s.kind == "compensation" and s.holder is None)

    def is_idle(self, scope: int) -> bool:
        """Whether nothing is left to do in a scope."""
        return scope not in self.instance.tokens_in and not self.undoing(scope)

    def disarm(self, scope: int) -> None:
        """Withdraw what a scope waits for; what is kept for compensation stays."""
        for subscription in list(self.instance.held_by_scope.get(scope, {}).values()):
            if subscription.trigger.kind != "compensation":
                self._set_subscription(subscription.id, None)

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

    def settle(self, scope: int) -> None:
        """Queue the question whether a scope has ended."""
        self.agenda.append((SETTLE, scope))

    def local(self, token: Token) -> int:
        """The scope of a token's own variables: its activity scope, or else the one it is in."""
        for scope in self.instance.holds.get(token.id, {}).values():
            if scope.kind == "activity" or scope.kind == "snapshot":
                return scope.id
        return token.scope

    def set_scope(self, row: Scope) -> None:
        """Replace a scope's row."""
        self._set_scope(row.id, row)

    def set_token(self, row: Token) -> None:
        """Replace a token's row."""
        self._set_token(row.id, row)

    def set_subscription(self, row: Subscription) -> None:
        """Replace a subscription's row."""
        self._set_subscription(row.id, row)

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

    def holds(self, condition: Any, scope: int, top: Variables | None = None) -> bool:
        """Whether a condition is true there."""
        return holds(self, condition, scope, top)

    def evaluate(self, expression: Any, scope: int, top: Variables | None = None) -> Any:
        """An expression's value, as a variable can have it. Raises ExecutionError."""
        return evaluated(self, expression, scope, top)

    # Events

    def subscription(self, id: int) -> Subscription:
        """Raises Stale when it is not there any more."""
        found = self.instance.subscriptions.get(id)
        if found is None:
            raise Stale(f"subscription {id} has been used already, or was withdrawn")
        return found

    def wait(self, token: Token, trigger: Trigger, *, catcher: str | None = None) -> Subscription:
        """Leave the token where it is until `trigger` happens."""
        return self.subscribe(token.scope, token.id, catcher or token.node, trigger)

    def subscribe(
        self, scope: int, token: int | None, catcher: str, trigger: Trigger, part: int = 0
    ) -> Subscription:
        id = self._id()
        row = Subscription(
            id=id, scope=scope, token=token, catcher=catcher, trigger=trigger, part=part
        )
        self._set_subscription(id, row)
        if trigger.kind not in UNHEARD:
            detail: dict[str, Any] = {"kind": trigger.kind, "name": trigger.name}
            if trigger.key is not None:
                detail["key"] = trigger.key
            if trigger.due is not None:
                detail["due"] = trigger.due.isoformat()
            self.records.append(Record("waiting", catcher, token, scope, id, detail))
        return row

    def subscribe_started(self, token: Token) -> Subscription:
        """The wait of a token that begins by what it waits for: it is over at once."""
        return self.wait(token, Trigger(kind="message"))

    def arm(
        self, event: Node[Any], scope: int, token: int | None, *, but: int | None = None
    ) -> None:
        """Subscribe a catch event to each of its triggers; not to the one at place `but`."""
        for part in event.parts:
            if part.index == but:
                continue
            if trigger := awaited(self, event, part, scope):
                row = self.subscribe(scope, token, event.id, trigger, part.index)
                if trigger.kind == "condition":
                    self.agenda.append((CONDITION, row.id))

    def change(self, row: Subscription) -> None:
        """Replace a subscription's row."""
        self._set_subscription(row.id, row)

    def withdraw(self, subscription: Subscription) -> None:
        self._set_subscription(subscription.id, None)

    def catch(self, subscription: Subscription, payload: Variables) -> None:
        """Tell the catcher of a subscription that its trigger has happened."""
        self.records.append(
            Record(
                "caught",
                subscription.catcher,
                subscription.token,
                subscription.scope,
                subscription.id,
            )
        )
        node = self.program.nodes[subscription.catcher]
        if self.program.correlations and subscription.trigger.kind == "message":
            if correlation := correlation_at(node, subscription.part):
                received(self, correlation, subscription.scope, payload, subscription)
        node.behaviour.caught(self, node, subscription, payload)

    def fire(
        self, scope: int, event: Node[Any], payload: Variables, flow: Flow | None = None
    ) -> None:
        """Let a token pass a catch event whose trigger has happened."""
        token = self.place(scope, event, flow)
        map_outputs(self, token, event, payload)
        self.pass_by(token, event)

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

    def throw(
        self,
        token: Token,
        kind: str,
        code: str | None,
        payload: Variables,
        message: str | None = None,
    ) -> bool:
        """Tell the nearest catcher outward of a token; whether there was one."""
        return thrown(self, token, kind, code, payload, message)

    def hear(self, kind: str, name: str, payload: Variables) -> None:
        """Tell everything in this instance that waits for a signal of this name now."""
        listening = [
            s
            for s in self.instance.subscriptions.values()
            if s.trigger.kind == kind and s.trigger.name == name
        ]
        for subscription in sorted(listening, key=lambda s: s.id):
            if self.is_waiting(subscription):
                self.catch(subscription, payload)

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

    def thrown_variables(self, token: Token) -> dict[str, Any]:
        """What a throw event carries along: its mapped inputs, or all that it sees."""
        local = self.local(token)
        if self.node_of(token).settings.propagate_all_in:
            return dict(self.visible(local))
        return dict(self.instance.scopes[local].variables) if local != token.scope else {}

    def decide(self, state: Literal["failed", "cancelled"], reason: str | None) -> None:
        """Say what the instance will count as when it ends, and why; what was said first stands."""
        for scope in self.instance.scopes.values():
            if scope.kind == "process" and scope.items is None:
                self._set_scope(scope.id, replace(scope, items=(state, reason)))

    def escape(self, escaped: Escaped) -> None:
        """End this called instance, handing what was thrown to its caller."""
        self.escaped.append(escaped)
        self.state, self.reason = "failed", escaped.code
        for scope in [s for s in self.instance.scopes.values() if s.kind == "process"]:
            self.result = dict(scope.variables)
            self.close(scope.id)
            self.record("ended", scope.container, detail=self.reason)
