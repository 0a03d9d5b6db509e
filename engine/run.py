"""One run: the verbs that behaviours are written in, over the rows of one instance.

A run changes the instance it is given and keeps a log of what each row was before; whoever made it
takes the difference and puts everything back (`engine.step`). Work is queued, never recursive;
`engine.rest` does what is queued.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from engine.agenda import CONDITION, SETTLE
from engine.correlation import correlation_at, received
from engine.errors import ExecutionError
from engine.evaluation import evaluated, holds
from engine.history import Record
from engine.listeners import passing, tell
from engine.mappings import map_outputs
from engine.program import Flow, Node
from engine.state import (
    UNHEARD,
    Scope,
    ScopeKind,
    Subscription,
    Token,
    Trigger,
    Variables,
)
from engine.throwing import Escaped, awaited, thrown
from engine.undo import pass_turn
from engine.working import Working


class Run(Working):
    """A working copy of one instance in the middle of a step."""

    # Tokens

    def enter(self, scope: int, node: Node[Any], flow: Flow | None = None) -> Token:
        """Put a new token at `node`, for it to treat."""
        token = self.place(scope, node, flow)
        taken = node.arriving.get(flow.id, ()) if node.arriving and flow is not None else ()
        if not taken or tell(self, token, taken, "arrive"):
            self.queue(token, node)
        return token

    def place(self, scope: int, node: Node[Any], flow: Flow | None = None) -> Token:
        """Put a new token at `node`; whoever asks for it treats it."""
        id = self._id()
        by = flow.id if flow is not None else None
        token = Token(id=id, scope=scope, node=node.id, flow=by)
        self._set_token(id, token)
        self.records.append(Record("entered", node.id, id, scope, None, by))
        return token

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

    def disarm(self, scope: int) -> None:
        """Withdraw what a scope waits for; what is kept for compensation stays."""
        for subscription in list(self.instance.held_by_scope.get(scope, {}).values()):
            if subscription.trigger.kind != "compensation":
                self._set_subscription(subscription.id, None)

    # Variables

    def holds(self, condition: Any, scope: int, top: Variables | None = None) -> bool:
        """Whether a condition is true there."""
        return holds(self, condition, scope, top)

    def evaluate(self, expression: Any, scope: int, top: Variables | None = None) -> Any:
        """An expression's value, as a variable can have it. Raises ExecutionError."""
        return evaluated(self, expression, scope, top)

    # Events

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

    def escape(self, escaped: Escaped) -> None:
        """End this called instance, handing what was thrown to its caller."""
        self.escaped.append(escaped)
        self.state, self.reason = "failed", escaped.code
        for scope in [s for s in self.instance.scopes.values() if s.kind == "process"]:
            self.result = dict(scope.variables)
            self.close(scope.id)
            self.record("ended", scope.container, detail=self.reason)
