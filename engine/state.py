"""The state of one process instance: three kinds of frozen rows, linked by id.

    Scope 1 -- * Token             a token is in one scope
    Token 0..1 -- * Scope          a token holds the scope of what runs inside it
    Token|Scope 1 -- * Subscription   what that token, or else that scope, waits for

There is nothing else. Whatever the engine wants from the world (run a job, wake me at noon, show
a form, run another process) is a subscription; what is over is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from msgspec import Struct

Variables: TypeAlias = Mapping[str, Any]

ScopeKind: TypeAlias = Literal[
    "process", "sub_process", "activity", "loop", "compensation", "snapshot"
]
"""
process, sub_process  an instance of that container
activity              the local variables of one activity that is not a sub-process
loop                  its tokens are the iterations of one looping activity
compensation          its tokens are the compensation handlers that a throw event runs
snapshot              the variables that a completed activity saw, for its compensation handler
"""

TriggerKind: TypeAlias = Literal[
    "job",
    "user_task",
    "timer",
    "message",
    "signal",
    "condition",
    "call",
    "decision",
    "compensation",
    "continue",
    "incident",
    "choice",
    "reset",
    "thrown",
    "turn",
]
"""
job, user_task   work for somebody outside
timer, message, signal, condition   events (BPMN 2.0.2 §10.5.5)
call             the end of a called process instance
decision         the result of a decision, given within the same transaction
compensation     nobody's wait: the promise a completed activity leaves behind (§13.5.5)
continue         go on from here in another transaction
incident         a move that could not be made; going on tries it again
choice           somebody's choice of an activity of an ad-hoc sub-process (§13.3.5)
reset            a complex gateway's reset phase, until its other tokens have come (§13.4.5)
thrown           an error or escalation that a parallel multiple event still needs (§10.5.4)
turn             a throw's turn to undo what completed in its scope: one after the other (§13.5.5)
"""

UNHEARD: frozenset[TriggerKind] = frozenset({"compensation", "reset", "thrown", "turn"})
"""Kinds that nobody outside can make happen."""


class Scope(Struct, frozen=True, kw_only=True, gc=False):
    """Where tokens and variables live (BPMN 2.0.2 §10.5.7): an instance of its container."""

    id: int
    container: str
    """Id of the process, sub-process or activity that this is an instance of."""
    kind: ScopeKind
    parent: int | None = None
    holder: int | None = None
    """The token, in the parent scope, that waits for this scope to end."""
    variables: Variables = {}
    """Declared here; values as `engine.values` admits them."""
    items: tuple[Any, ...] | None = None
    """A sequential loop's items, one an iteration; of a process: what it will count as when it
    ends, and why, where an end event or somebody has said so."""
    index: int = -1
    """A sequential or standard loop's current iteration, or this iteration's place, from 0; of an
    event sub-process: 1 when it interrupted the scope around it."""
    completed: bool = False
    """Over, but kept for compensation until the scope around it closes."""


class Token(Struct, frozen=True, kw_only=True, gc=False):
    """One visit to one flow node (§7.1.1); its id is the id of the activity instance."""

    id: int
    scope: int
    node: str
    flow: str | None = None
    """The sequence flow it came by."""


class Trigger(Struct, frozen=True, kw_only=True, gc=False):
    """What must happen: a kind, and what tells one of that kind from another."""

    kind: TriggerKind
    name: str | None = None
    """Job type, message or signal name, process id, decision id, ..."""
    key: str | None = None
    """Correlation key of a message; None where any will do."""
    due: datetime | None = None
    """Not before this moment (aware, UTC)."""
    details: Mapping[str, Any] = {}
    """What only this kind needs: a timer's period, a task's assignee, a job's headers."""


class Subscription(Struct, frozen=True, kw_only=True, gc=False):
    """When `trigger` happens, `catcher` is told. Dies with its token, or else with its scope."""

    id: int
    scope: int
    token: int | None
    catcher: str
    """Id of the flow node that is told."""
    trigger: Trigger
    part: int = 0
    """Which of the catcher's event definitions this is, from 0."""


Row: TypeAlias = Scope | Token | Subscription


class Changes(Struct, kw_only=True):
    """The difference a step made: rows by id as they are now, None where they are gone."""

    scopes: dict[int, Scope | None] = {}
    tokens: dict[int, Token | None] = {}
    subscriptions: dict[int, Subscription | None] = {}
    last_id: int = 0


class Instance:
    """The rows of one instance, with the indexes the core asks them by.

    Changed only by `apply` (between steps) and by a `Run`, which puts all back when it is done.
    """

    __slots__ = (
        "at_joins",
        "held_by",
        "held_by_scope",
        "holds",
        "inside",
        "joins",
        "last_id",
        "scopes",
        "subscriptions",
        "tokens",
        "tokens_in",
    )

    def __init__(
        self,
        scopes: Iterable[Scope] = (),
        tokens: Iterable[Token] = (),
        subscriptions: Iterable[Subscription] = (),
        *,
        last_id: int = 0,
        joins: frozenset[str] = frozenset(),
    ) -> None:
        self.last_id = last_id
        self.joins = joins
        """Ids of the nodes whose tokens are indexed by the flow they came by."""
        self.scopes: dict[int, Scope] = {}
        self.tokens: dict[int, Token] = {}
        self.subscriptions: dict[int, Subscription] = {}
        self.tokens_in: dict[int, dict[int, Token]] = {}
        """Tokens by id, by scope."""
        self.at_joins: dict[tuple[int, str], dict[str | None, dict[int, Token]]] = {}
        """Tokens by id, by flow, by scope and node."""
        self.held_by: dict[int, dict[int, Subscription]] = {}
        """Subscriptions by id, by token."""
        self.held_by_scope: dict[int, dict[int, Subscription]] = {}
        """Subscriptions without a token by id, by scope."""
        self.holds: dict[int, dict[int, Scope]] = {}
        """Scopes by id, by holding token."""
        self.inside: dict[int, dict[int, Scope]] = {}
        """Scopes by id, by parent scope."""
        for scope in scopes:
            self.set_scope(scope.id, scope)
        for token in tokens:
            self.set_token(token.id, token)
        for subscription in subscriptions:
            self.set_subscription(subscription.id, subscription)

    @property
    def ended(self) -> bool:
        return not self.scopes

    def apply(self, changes: Changes) -> None:
        """Make the difference that a step made."""
        for id, scope in changes.scopes.items():
            self.set_scope(id, scope)
        for id, token in changes.tokens.items():
            self.set_token(id, token)
        for id, subscription in changes.subscriptions.items():
            self.set_subscription(id, subscription)
        self.last_id = changes.last_id

    def set_scope(self, id: int, row: Scope | None) -> Scope | None:
        """Put, replace or drop one row; the row that was there."""
        before = self.scopes.get(id)
        if before is not None and row is None:
            del self.scopes[id]
            if before.holder is not None:
                _drop(self.holds, before.holder, id)
            if before.parent is not None:
                _drop(self.inside, before.parent, id)
            return before
        if row is None:
            return None
        self.scopes[id] = row
        if before is not None:
            if before.holder is not None and before.holder != row.holder:
                _drop(self.holds, before.holder, id)
            if before.parent is not None and before.parent != row.parent:
                _drop(self.inside, before.parent, id)
        if row.holder is not None:
            _add(self.holds, row.holder, id, row)
        if row.parent is not None:
            _add(self.inside, row.parent, id, row)
        return before

    def set_token(self, id: int, row: Token | None) -> Token | None:
        """Put, replace or drop one row; the row that was there."""
        before = self.tokens.get(id)
        if before is not None:
            _drop(self.tokens_in, before.scope, id)
            if before.node in self.joins:
                place = (before.scope, before.node)
                by_flow = self.at_joins[place]
                _drop(by_flow, before.flow, id)
                if not by_flow:
                    del self.at_joins[place]
            if row is None:
                del self.tokens[id]
        if row is not None:
            self.tokens[id] = row
            _add(self.tokens_in, row.scope, id, row)
            if row.node in self.joins:
                by_flow = self.at_joins.setdefault((row.scope, row.node), {})
                _add(by_flow, row.flow, id, row)
        return before

    def set_subscription(self, id: int, row: Subscription | None) -> Subscription | None:
        """Put, replace or drop one row; the row that was there."""
        before = self.subscriptions.get(id)
        if before is not None:
            if before.token is None:
                _drop(self.held_by_scope, before.scope, id)
            else:
                _drop(self.held_by, before.token, id)
            if row is None:
                del self.subscriptions[id]
        if row is not None:
            self.subscriptions[id] = row
            if row.token is None:
                _add(self.held_by_scope, row.scope, id, row)
            else:
                _add(self.held_by, row.token, id, row)
        return before


def _add(index: dict[Any, dict[int, Any]], key: Any, id: int, row: Any) -> None:
    rows = index.get(key)
    if rows is None:
        index[key] = {id: row}
    else:
        rows[id] = row


def _drop(index: dict[Any, dict[int, Any]], key: Any, id: int) -> None:
    rows = index[key]
    del rows[id]
    if not rows:
        del index[key]
