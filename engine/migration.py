"""Going on with another version: a running instance's rows, put onto another program.

What runs stays as it is: tokens, loops, variables, jobs that are out, timers with their dates,
messages with their names and keys. Only what the rows are instances of is said anew; so each of
them needs a target that behaves alike, at the same place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bpmn.model import BoundaryEvent, StartEvent
from engine.program import Node, Problem, Program
from engine.run import Run
from engine.state import Instance, Scope, Subscription, Token, Trigger

Mapping_: TypeAlias = Mapping[str, str | None]


class Migrated(Struct, frozen=True, kw_only=True):
    """Somebody has an instance go on with the program that the step is given."""

    source: str
    """Id of the process it ran so far."""
    mapping: Mapping_
    """Elements and flows of it by id; None: its waits are withdrawn. All that is active is here."""
    update: tuple[str, ...] = ()
    """Events of the new program whose triggers are read anew."""


def complete_mapping(source: Program, target: Program, given: Mapping_) -> dict[str, str | None]:
    """What is given, and for all else the element of the same id, where it is of the same kind."""
    found: dict[str, str | None] = dict(given)
    for id, node in source.nodes.items():
        if id not in found and id in target.nodes and not unlike(node, target.nodes[id]):
            found[id] = id
    for id in source.graph.flows:
        if id not in found and id in target.graph.flows:
            found[id] = id
    return found


def unlike(node: Node[Any], other: Node[Any]) -> str | None:
    """Why a token in `node` could not go on in `other`; None: it could."""
    if type(node.element) is not type(other.element):
        return f"{node} and {other} are of different kinds"
    if type(node.loop) is not type(other.loop):
        return f"{node} and {other} do not repeat alike"
    sequential = [getattr(n.loop_plan, "is_sequential", None) for n in (node, other) if n.loop]
    if len(set(sequential)) > 1:
        return f"{node} and {other}: one repeats in sequence, the other in parallel"
    kinds = [[type(part.definition).__name__ for part in n.parts] for n in (node, other)]
    if kinds[0] != kinds[1]:
        return f"{node} and {other} are events of different kinds"
    if _is_event_sub_process(node) != _is_event_sub_process(other):
        return f"only one of {node} and {other} is an event sub-process"
    return None


def _is_event_sub_process(node: Node[Any]) -> bool:
    return bool(getattr(node.element, "triggered_by_event", False))


# What stands against it


def plan_problems(
    source: Program, target: Program, given: Mapping_, update: tuple[str, ...] = ()
) -> list[Problem]:
    """What is wrong with a plan, whatever instance it is for."""
    found: list[Problem] = []
    for id, other in given.items():
        if id in source.graph.flows and (other is None or other in target.graph.flows):
            continue
        node = source.nodes.get(id)
        if node is None:
            found.append(_problem(id, f"there is no flow node {id!r} in {source.id!r}"))
        elif other is None:
            if not _is_catcher(node):
                message = f"{node} cannot be left out: only what waits beside the flow can"
                found.append(_problem(id, message, "give it a target"))
        elif other not in target.nodes:
            found.append(_problem(id, f"there is no flow node {other!r} in {target.id!r}"))
        elif reason := unlike(node, target.nodes[other]):
            found.append(_problem(id, reason, "map it to one that behaves alike"))
    for id in update:
        if id not in target.nodes or not target.nodes[id].parts:
            message = f"update: {id!r} is no event of {target.id!r} with a trigger"
            found.append(_problem(id, message))
    return found


def instance_problems(
    source: Program, target: Program, mapping: Mapping_, instance: Instance
) -> list[Problem]:
    """All that keeps an instance from going on with another program, by this mapping."""
    active = Counter(_active(source, instance))
    found: list[Problem] = []
    for (id, what), count in sorted(active.items()):
        found += _element_problems(source, target, mapping, id, what, count)
    for token in instance.tokens.values():
        found += _join_problems(source, target, mapping, token)
    return found


def _active(source: Program, instance: Instance) -> Iterator[tuple[str, str]]:
    """Each element that rows are instances of, and what it is in them."""
    for token in instance.tokens.values():
        yield token.node, "token"
    for scope in instance.scopes.values():
        if scope.container != source.id:
            yield scope.container, "scope"
    for row in instance.subscriptions.values():
        is_own = row.token is not None and instance.tokens[row.token].node == row.catcher
        if not is_own and row.catcher in source.nodes:
            yield row.catcher, "wait"
        if row.trigger.kind == "compensation" and row.trigger.name:
            yield row.trigger.name, "wait"


_WORDS = {"token": "a token is in it", "scope": "it runs", "wait": "something waits for it"}


def _element_problems(
    source: Program, target: Program, mapping: Mapping_, id: str, what: str, count: int
) -> Iterator[Problem]:
    node = source.nodes[id]
    other_id = mapping.get(id)
    if id in mapping and other_id is None and what == "wait" and _is_catcher(node):
        return
    if other_id is None:
        times = "" if count == 1 else f" ({count} times)"
        message = f"{node} has no target, and {_WORDS[what]}{times}"
        remedy = f"map it to an element of {target.id!r}"
        if what == "wait" and _is_catcher(node):
            remedy += ", or to none to withdraw it"
        yield _problem(id, message, remedy)
        return
    other = target.nodes.get(other_id)
    if other is None or unlike(node, other):
        return  # the plan itself says so
    around = target.id if node.container == source.id else mapping.get(node.container)
    if around is not None and other.container != around:
        yield _problem(
            id,
            f"{other} is in {other.container!r}, but what is around {node} goes on as {around!r}",
            "map it to one at the same place",
        )
    if isinstance(node.element, BoundaryEvent):
        host = mapping.get(node.element.attached_to_ref or "")
        if host is not None and other.element.attached_to_ref != host:
            at = other.element.attached_to_ref
            message = f"{other} is attached to {at!r}, but its activity goes on as {host!r}"
            yield _problem(id, message)


def _join_problems(
    source: Program, target: Program, mapping: Mapping_, token: Token
) -> Iterator[Problem]:
    other = mapping.get(token.node)
    if other is None or other not in target.gathering or token.flow is None:
        return
    flow = mapping.get(token.flow)
    if flow not in {f.id for f in target.nodes[other].incoming}:
        yield _problem(
            token.node,
            f"a token waits at {source.nodes[token.node]} that came by {token.flow!r}, "
            f"which does not lead to {target.nodes[other]}",
            "map that sequence flow too",
        )


def _is_catcher(node: Node[Any]) -> bool:
    """Whether it waits beside the flow: a boundary event, or the start of an event sub-process."""
    return isinstance(node.element, BoundaryEvent | StartEvent)


def _problem(element: str, message: str, remedy: str = "") -> Problem:
    return Problem(line=0, element=element, message=message, remedy=remedy)


# Carrying it out


def migrate(run: Run, given: Migrated) -> None:
    """Put every row onto the run's program; then arm what is new there, and ask the joins."""
    names = {**given.mapping, given.source: run.program.id}
    instance = run.instance
    for scope in list(instance.scopes.values()):
        run.set_scope(_scope(run.program, scope, names))
    for token in list(instance.tokens.values()):
        flow = names.get(token.flow) if token.flow is not None else None
        run.set_token(replace(token, node=names[token.node] or "", flow=flow))
    for row in sorted(instance.subscriptions.values(), key=lambda s: s.id):
        catcher = names.get(row.catcher)
        if catcher is None:
            run.withdraw(row)
            continue
        changed = _wait(run.program, row, catcher, names)
        run.set_subscription(changed)
        if catcher in given.update:
            _read_anew(run, changed)
    kept = frozenset(target for target in given.mapping.values() if target is not None)
    _arm(run, kept)
    run.touched.update(instance.scopes)
    asked: set[tuple[int, str]] = set()
    for id, token in sorted(instance.tokens.items()):  # what waits for nothing stands at a join
        place = (token.scope, token.node)
        if id not in instance.held_by and id not in instance.holds and place not in asked:
            asked.add(place)
            run.offer(token)


def _scope(program: Program, scope: Scope, names: Mapping_) -> Scope:
    container, items = names[scope.container] or "", scope.items
    if items and scope.kind == "compensation" and items[0] is not None:
        items = (names.get(items[0], items[0]), *items[1:])
    elif items and scope.kind == "sub_process" and container in program.ad_hoc:
        items = tuple(names.get(item) or item for item in items)
    return replace(scope, container=container, items=items)


def _wait(program: Program, row: Subscription, catcher: str, names: Mapping_) -> Subscription:
    trigger: Trigger = row.trigger
    if trigger.kind == "compensation" and trigger.name is not None:
        trigger = replace(trigger, name=names.get(trigger.name) or trigger.name)
    elif trigger.kind == "choice":
        of = {"of": list(program.nodes[catcher].plan.enabled)}
        trigger = replace(trigger, name=catcher, details={**trigger.details, **of})
    elif trigger.kind == "reset":
        consumed = [names.get(flow) or flow for flow in trigger.details["consumed"]]
        trigger = replace(trigger, details={**trigger.details, "consumed": consumed})
    elif trigger.kind == "incident":
        element = trigger.details.get("element")
        at = {"element": names.get(str(element)) or element}
        trigger = replace(trigger, details={**trigger.details, **at})
    return replace(row, catcher=catcher, trigger=trigger)


def _read_anew(run: Run, row: Subscription) -> None:
    if row.trigger.kind not in ("timer", "message", "signal", "condition"):
        return
    part = run.program.nodes[row.catcher].parts[row.part]
    run.withdraw(row)
    if trigger := part.behaviour.trigger(run, part, row.scope):
        run.subscribe(row.scope, row.token, row.catcher, trigger, row.part)


def _arm(run: Run, kept: frozenset[str]) -> None:
    """Arm events that the new program has beside what runs, and the old one had not."""
    instance, program = run.instance, run.program
    for token in sorted(instance.tokens.values(), key=lambda t: t.id):
        node = program.nodes[token.node]
        held = instance.held_by.get(token.id, {}).values()
        is_begun = not any(s.trigger.kind in ("continue", "incident") for s in held)
        if node.armed and is_begun and not run.is_iteration(token):
            for event in node.armed:
                if event.id not in kept:
                    run.arm(event, token.scope, token.id)
    for scope in sorted(instance.scopes.values(), key=lambda s: s.id):
        if scope.completed or scope.kind not in ("process", "sub_process"):
            continue
        container = program.containers[scope.container]
        if missing := [n for n in container.declared if n not in scope.variables]:
            run.declare(scope.id, dict.fromkeys(missing), container.id)
        for event in container.armed:
            if event.id not in kept and not _was_interrupted(run, scope):
                run.arm(event, scope.id, None)


def _was_interrupted(run: Run, scope: Scope) -> bool:
    inner = run.instance.inside.get(scope.id, {}).values()
    nodes = run.program.nodes
    return any(
        s.index == 1 and s.kind == "sub_process" and _is_event_sub_process(nodes[s.container])
        for s in inner
    )
