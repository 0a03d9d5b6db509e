"""Correlation (BPMN 2.0.2 §8.4.2): which conversation a message belongs to.

A key has properties. In a message they are found by retrieval expressions over its payload, in the
process by the bindings of a correlation subscription; without one, the first message of a
conversation that is sent or received gives them, and they hold as long as the conversation does.
Either way the values become one text, which waits and messages are matched by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

import bpmn.model as m
from engine.errors import Invalid
from engine.expressions import Expression
from engine.state import Subscription, Token, Trigger, Variables
from engine.values import normalise

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Program
    from engine.run import Run

PATH = re.compile(r"/{1,2}(\w+(?:/\w+)*)$")
"""The one form of XPath that messages need: names from the top of a document."""

KEPT = "="
"""Under this name, which no variable can have, the key of a conversation is kept."""


class Correlation(Struct, frozen=True):
    """How one message is told from others of its name."""

    key: str
    """Id of the correlation key."""
    retrieved: tuple[Expression, ...]
    """Over the message's payload, one a property."""
    bound: tuple[Expression, ...]
    """Over the process's data; empty where no correlation subscription binds all properties."""

    @property
    def names(self) -> frozenset[str]:
        """The variables that the bindings read."""
        return frozenset[str]().union(*(expression.names for expression in self.bound))


def correlation_of(
    compiler: Compiler, message: m.Message, element: m.BaseElement
) -> Correlation | None:
    """The correlation of a message: by the first key that finds all its properties in it, and of
    those rather one that a process of the file subscribes to."""
    definitions = compiler.graph.definitions
    subscribed = {
        subscription.correlation_key_ref
        for root in definitions.root_elements
        if isinstance(root, m.Process)
        for subscription in root.correlation_subscriptions
    }
    found = [
        (key, paths)
        for key in _keys(definitions)
        if (paths := _paths(compiler, key, message.id)) is not None
    ]
    if not found:
        return None
    key, paths = min(found, key=lambda pair: pair[0].id not in subscribed)
    retrieved = _compiled(compiler, paths, element)
    bound = _compiled(compiler, _bindings(compiler, key), element)
    return Correlation(key.id, retrieved, bound) if len(retrieved) == len(paths) else None


def _keys(definitions: m.Definitions) -> Iterator[m.CorrelationKey]:
    for root in definitions.root_elements:
        yield from getattr(root, "correlation_keys", ())
        yield from _keys_of(getattr(root, "conversation_nodes", ()))


def _keys_of(nodes: Iterable[m.ConversationNode]) -> Iterator[m.CorrelationKey]:
    for node in nodes:
        yield from node.correlation_keys
        yield from _keys_of(getattr(node, "conversation_nodes", ()))


def _paths(compiler: Compiler, key: m.CorrelationKey, message: str) -> list[Any] | None:
    """How each property of a key is found in a message; None where one is not."""
    paths = []
    for ref in key.correlation_property_refs:
        property = compiler.root(ref, m.CorrelationProperty)
        ways = property.correlation_property_retrieval_expressions if property else ()
        path = next((way.message_path for way in ways if way.message_ref == message), None)
        if path is None:
            return None
        paths.append(path)
    return paths or None


def _bindings(compiler: Compiler, key: m.CorrelationKey) -> list[Any]:
    """How each property of a key is found in the process's data; none unless all of them are."""
    for subscription in compiler.graph.process.correlation_subscriptions:
        if subscription.correlation_key_ref == key.id:
            bindings = subscription.correlation_property_bindings
            by_property = {b.correlation_property_ref: b.data_path for b in bindings}
            paths = [by_property.get(ref) for ref in key.correlation_property_refs]
            return [] if None in paths else paths
    return []


def _compiled(
    compiler: Compiler, paths: Iterable[m.FormalExpression], element: m.BaseElement
) -> tuple[Expression, ...]:
    found = []
    for path in paths:
        if simple := PATH.fullmatch(path.text.strip()):
            text = ".".join(simple[1].split("/"))
            path = m.FormalExpression(text=text, language="feel")
        found.append(compiler.expression(path, element))
    return tuple(expression for expression in found if expression is not None)


def correlations_by_message(program: Program) -> dict[str, Correlation]:
    """How the messages that a process names are told from others of their name, by that name."""
    found: dict[str, Correlation] = {}
    for node in program.nodes.values():
        for plan in (getattr(node, "plan", None), *(part.plan for part in node.parts)):
            correlation = getattr(plan, "correlation", None)
            if correlation is not None:
                name = plan.name.evaluate({})
                if isinstance(name, str):
                    found.setdefault(name, correlation)
    return found


def key_in(correlation: Correlation, payload: Variables, now: datetime) -> str | None:
    """The key that a message from outside carries in its payload; None where it does not."""
    return _key(now, correlation.retrieved, payload)


def awaited_key(run: Run, correlation: Correlation, scope: int) -> str | None:
    """The key of a wait in `scope`; None where no message has told it yet: any will do."""
    return _key(run.now, correlation.bound, run.visible(scope)) or _kept(run, correlation, scope)


def thrown_key(run: Run, correlation: Correlation, token: Token, payload: Variables) -> str | None:
    """The key of a message thrown at `token`, from its payload and what is seen there; the first
    of its conversation tells it to others."""
    key = _key(run.now, correlation.retrieved, run.visible(run.local(token), payload))
    if key is None:
        return awaited_key(run, correlation, token.scope)
    begin(run, correlation, token.scope, key)
    return key


def received(
    run: Run,
    correlation: Correlation,
    scope: int,
    payload: Variables,
    by: Subscription | None = None,
) -> None:
    """A message has come, to the wait `by`: the first of its conversation tells the key."""
    if key := _key(run.now, correlation.retrieved, payload):
        begin(run, correlation, scope, key, by)


def begin(
    run: Run, correlation: Correlation, scope: int, key: str, by: Subscription | None = None
) -> None:
    """Keep the key of a conversation, unless it is known, and have other waits ask for it."""
    if correlation.bound or _kept(run, correlation, scope) is not None:
        return
    at = _conversing(run, scope)
    run.open(correlation.key, "snapshot", parent=at, variables={KEPT: key})
    _ask_for(run, correlation.key, by)


def ask_again(run: Run, changed: Set[str]) -> None:
    """Have the waits of this instance follow the data that their keys are bound to (§8.4.2)."""
    keys = {c.key for c in run.program.correlations if changed & c.names}
    for key in sorted(keys):
        _ask_for(run, key)


def _ask_for(run: Run, id: str, by: Subscription | None = None) -> None:
    """Renew the waits for messages of a correlation key where their key is another now; not the
    one `by` that has just been met."""
    for row in sorted(run.instance.subscriptions.values(), key=lambda s: s.id):
        if row.trigger.kind != "message" or (by is not None and row.id == by.id):
            continue
        correlation = correlation_at(run.program.nodes[row.catcher], row.part)
        if correlation is None or correlation.key != id:
            continue
        key = awaited_key(run, correlation, row.scope)
        if key not in (None, row.trigger.key):
            run.withdraw(row)
            trigger = Trigger(kind="message", name=row.trigger.name, key=key)
            run.subscribe(row.scope, row.token, row.catcher, trigger, row.part)


def correlation_at(node: Node[Any], part: int) -> Correlation | None:
    """The correlation of the message that an event or receive task waits for."""
    plan = node.parts[part].plan if node.parts else node.plan
    return getattr(plan, "correlation", None)


def _key(now: datetime, expressions: tuple[Expression, ...], variables: Variables) -> str | None:
    """The properties' values as one text, the same for the same values wherever they come from;
    None where one is missing."""
    values = [_text(e.evaluate(variables, now=now)) for e in expressions]
    texts = [value for value in values if value is not None]
    if not texts or len(texts) < len(values):
        return None
    return texts[0] if len(texts) == 1 else msgspec.json.encode(texts).decode()


def _text(value: Any) -> str | None:
    """A value as the part of a key; None for what tells nothing apart."""
    try:
        value = normalise(value, "its value")
    except Invalid:
        return None
    if value is None or isinstance(value, list | dict):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kept(run: Run, correlation: Correlation, scope: int) -> str | None:
    """The key of the conversation around `scope`, nearest first."""
    at: int | None = scope
    while at is not None:
        for kept in run.instance.inside.get(at, {}).values():
            if kept.kind == "snapshot" and kept.container == correlation.key:
                return str(kept.variables[KEPT])
        at = run.instance.scopes[at].parent
    return None


def _conversing(run: Run, scope: int) -> int:
    """Where a conversation lives: each iteration of a looping sub-process has its own, otherwise
    the process."""
    row = run.instance.scopes[scope]
    while row.parent is not None:
        holder = run.instance.tokens.get(row.holder or 0)
        if row.kind == "sub_process" and holder is not None and run.is_iteration(holder):
            break
        row = run.instance.scopes[row.parent]
    return row.id
