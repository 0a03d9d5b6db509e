"""Moving tokens by hand: what an operator may do to a running instance, checked before it is done.

The standard knows nothing of it; the laws are those of the field. A token is stopped with all that
runs inside it; one that is put somewhere gets the scopes that it lacks, with all that belongs to
them; a moved one stays in its own instance of a sub-process, and takes what it emptied with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from bpmn.model import BoundaryEvent
from engine.errors import ExecutionError
from engine.mappings import map_inputs
from engine.program import Node, Problem, Program
from engine.run import Run
from engine.state import Instance, Scope, Token, Variables


class CancelToken(Struct, frozen=True, kw_only=True, tag=True):
    """Stop one token."""

    token: int


class CancelNode(Struct, frozen=True, kw_only=True, tag=True):
    """Stop every token at a node."""

    node: str


class MoveToken(Struct, frozen=True, kw_only=True, tag=True):
    """Put a token elsewhere: it begins anew there, in its own scope as far as that reaches."""

    token: int
    node: str
    variables: Variables = {}
    """Set in the scope it comes to, first."""


class StartBefore(Struct, frozen=True, kw_only=True, tag=True):
    """Put a token at a node."""

    node: str
    variables: Variables = {}
    """Set in its scope first; of a further iteration, its own."""
    scope: int | None = None
    """In which scope, or in which around it: a scope's id, or its holder's. Of the loop of this
    very node: a further iteration. None: wherever its container runs."""


class StartAfter(Struct, frozen=True, kw_only=True, tag=True):
    """Put a token on each flow that leaves a node."""

    node: str
    variables: Variables = {}
    scope: int | None = None


class SetVariables(Struct, frozen=True, kw_only=True, tag=True):
    """Set variables in a scope; None: the process's."""

    variables: Variables
    scope: int | None = None


Instruction: TypeAlias = (
    CancelToken | CancelNode | MoveToken | StartBefore | StartAfter | SetVariables
)


def carry_out(run: Run, instructions: Sequence[Instruction]) -> None:
    """Do what is asked, in its order. Raises ExecutionError with all that stands against it."""
    if found := objections(run.program, run.instance, instructions):
        said = "; ".join(f"{p.message}{f' ({p.remedy})' if p.remedy else ''}" for p in found)
        raise ExecutionError(said, found[0].element or None)
    for instruction in instructions:
        match instruction:
            case CancelToken(token=token):
                if row := run.instance.tokens.get(token):
                    run.cancel(row)
            case CancelNode(node=place):
                for id in [t.id for t in run.instance.tokens.values() if t.node == place]:
                    if row := run.instance.tokens.get(id):
                        run.cancel(row)
            case MoveToken():
                _move(run, instruction)
            case StartBefore(node=place, variables=variables, scope=scope):
                start_before(run, run.program.nodes[place], variables, scope)
            case StartAfter(node=place, variables=variables, scope=scope):
                node = run.program.nodes[place]
                at = _scope_for(run, node, scope)
                if variables:
                    run.declare(at, variables, place)
                for flow in node.outgoing:
                    run.enter(at, flow.target, flow)
                run.settle(at)
            case SetVariables(variables=variables, scope=scope):
                held = process_scope(run.instance) if scope is None else _held(run.instance, scope)
                assert held is not None
                run.declare(held.id, variables, run.program.id)


def start_before(run: Run, node: Node[Any], variables: Variables, scope: int | None = None) -> None:
    """Put a token at a node, in the scopes it needs."""
    around = None if scope is None else _held(run.instance, scope, node)
    if around is not None and around.kind == "loop" and node.loop is not None:
        node.loop.add(run, around, node, variables)
        return
    at = _scope_for(run, node, scope)
    if variables:
        run.declare(at, variables, node.id)
    run.enter(at, node)


def _move(run: Run, asked: MoveToken) -> None:
    token = run.instance.tokens.get(asked.token)
    if token is None:  # an instruction before this one has stopped what it was in
        return
    node = run.program.nodes[asked.node]
    around = _around(run.program, run.instance, token, node)
    at = _within(run, around, node.container)
    if asked.variables:
        run.declare(at, asked.variables, node.id)
    run.enter(at, node)
    left: Token | None = token
    while left is not None:
        scope = run.instance.scopes[left.scope]
        run.stop(left)
        is_empty = scope.id not in run.instance.tokens_in
        left = run.instance.tokens[scope.holder] if is_empty and scope.holder is not None else None
        if is_empty and left is None:
            run.settle(scope.id)


def _around(program: Program, instance: Instance, token: Token, node: Node[Any]) -> Scope:
    """The nearest scope around a token that is, or can hold, the target's container."""
    holders = set(containers(program, node))
    scope = instance.scopes[token.scope]
    while not (scope.kind in _CONTAINERS and scope.container in holders):
        assert scope.parent is not None
        scope = instance.scopes[scope.parent]
    return scope


_CONTAINERS = ("process", "sub_process")


def containers(program: Program, node: Node[Any]) -> Iterator[str]:
    """Ids of the containers around a node, from its own outward to the process."""
    at = node.container
    while at != program.id:
        yield at
        at = program.nodes[at].container
    yield at


def process_scope(instance: Instance) -> Scope | None:
    """The scope of the process; None when the instance has ended."""
    return next((s for s in instance.scopes.values() if s.kind == "process"), None)


def _held(instance: Instance, id: int, node: Node[Any] | None = None) -> Scope | None:
    """A running scope by its id, or its holder's; of a holder that has several, the one that
    concerns `node`."""
    if id in instance.scopes:
        scope = instance.scopes[id]
        return None if scope.completed or scope.kind == "snapshot" else scope
    held = [s for s in instance.holds.get(id, {}).values() if s.kind != "snapshot"]
    loops = [s for s in held if s.kind == "loop" and node is not None and s.container == node.id]
    inner = [s for s in held if s.kind in _CONTAINERS]
    return next(iter(loops or inner or held), None)


def _running(instance: Instance, container: str, inside: int | None = None) -> list[Scope]:
    """The running scopes of a container; `inside`: only those within this scope."""
    return [
        s
        for s in instance.scopes.values()
        if s.container == container
        and s.kind in _CONTAINERS
        and not s.completed
        and (inside is None or inside in _outward(instance, s))
    ]


def _outward(instance: Instance, scope: Scope) -> Iterator[int]:
    """Ids of a scope and of all around it."""
    at: Scope | None = scope
    while at is not None:
        yield at.id
        at = instance.scopes.get(at.parent) if at.parent is not None else None


def _scope_for(run: Run, node: Node[Any], scope: int | None) -> int:
    """The scope that a new token at `node` belongs in; opened where it does not run."""
    around = process_scope(run.instance) if scope is None else _held(run.instance, scope, node)
    assert around is not None
    return _within(run, around, node.container)


def _within(run: Run, around: Scope, container: str) -> int:
    """The scope of a container inside another one; opened, with those between, where none runs."""
    if around.container == container and around.kind in _CONTAINERS:
        return around.id
    if running := _running(run.instance, container, around.id):
        return running[0].id
    node = run.program.nodes[container]
    outer = _within(run, around, node.container)
    holder = run.place(outer, node)
    for event in node.armed:
        run.arm(event, outer, holder.id)
    if node.inputs:
        map_inputs(run, holder, node)
    if node.loop is not None:
        holder = node.loop.single(run, holder, node)
    return node.behaviour.hold(run, holder, node)


# What stands against it


def objections(
    program: Program, instance: Instance, instructions: Sequence[Instruction]
) -> list[Problem]:
    """All that is wrong with instructions, before any of them is carried out."""
    found: list[Problem] = []
    if process_scope(instance) is None:
        return [Problem(line=0, element=program.id, message="the instance has ended")]
    for instruction in instructions:
        match instruction:
            case CancelToken(token=token):
                found += _no_token(program, instance, token)
            case CancelNode(node=place):
                found += _no_node(program, place)
            case MoveToken(token=token, node=place):
                missing = [*_no_token(program, instance, token), *_no_node(program, place)]
                found += missing
                if not missing:
                    node = program.nodes[place]
                    around = _around(program, instance, instance.tokens[token], node)
                    found += [*_cannot_begin(node), *_ambiguous(instance, node, around)]
            case StartBefore(node=place, scope=scope) | StartAfter(node=place, scope=scope):
                missing = list(_no_node(program, place))
                found += missing
                if not missing:
                    node = program.nodes[place]
                    if isinstance(instruction, StartBefore):
                        found += _cannot_begin(node)
                    found += _cannot_be_in(program, instance, node, scope)
            case SetVariables(scope=scope):
                if scope is not None and _held(instance, scope) is None:
                    message = f"there is no scope {scope} any more"
                    found.append(Problem(line=0, element=program.id, message=message))
    return found


def _no_token(program: Program, instance: Instance, token: int) -> Iterator[Problem]:
    if token not in instance.tokens:
        message = f"there is no token {token} any more"
        yield Problem(line=0, element=program.id, message=message, remedy="look where it is now")


def _no_node(program: Program, id: str) -> Iterator[Problem]:
    if id not in program.nodes:
        message = f"there is no flow node {id!r} in process {program.id!r}"
        yield Problem(line=0, element=id, message=message)


def _cannot_begin(node: Node[Any]) -> Iterator[Problem]:
    element = node.element
    message = remedy = ""
    if getattr(element, "triggered_by_event", False):
        message = f"{node} is an event sub-process: a token does not come to it"
        remedy = "start at one of its nodes"
    elif getattr(element, "is_for_compensation", False):
        message = f"{node} is a compensation handler: it runs when what it undoes is compensated"
        remedy = "abandon the instance with compensation"
    elif isinstance(element, BoundaryEvent) and not node.outgoing:
        message = f"{node} leads nowhere"
    if message:
        yield Problem(line=element.line, element=node.id, message=message, remedy=remedy)


def _cannot_be_in(
    program: Program, instance: Instance, node: Node[Any], scope: int | None
) -> Iterator[Problem]:
    around = process_scope(instance)
    if scope is not None:
        around = _held(instance, scope, node)
        if around is None:
            yield Problem(
                line=node.element.line,
                element=node.id,
                message=f"there is no scope {scope} any more for {node}",
                remedy="leave it out, or name one that runs",
            )
            return
        if around.kind == "loop" and around.container == node.id:
            if reason := node.loop.cannot_add(node) if node.loop else "it does not repeat":
                yield Problem(line=node.element.line, element=node.id, message=f"{node}: {reason}")
            return
        if around.kind not in _CONTAINERS or around.container not in containers(program, node):
            yield Problem(
                line=node.element.line,
                element=node.id,
                message=f"scope {scope} is one of {around.container!r}, which {node} is not in",
                remedy=f"one of {', '.join(map(repr, containers(program, node)))} would do",
            )
            return
    assert around is not None
    yield from _ambiguous(instance, node, around)


def _ambiguous(instance: Instance, node: Node[Any], around: Scope) -> Iterator[Problem]:
    running = _running(instance, node.container, around.id)
    if len(running) > 1 and around.container != node.container:
        ids = ", ".join(str(s.id) for s in running)
        yield Problem(
            line=node.element.line,
            element=node.id,
            message=f"{node.container!r} runs {len(running)} times, so {node} could be in each",
            remedy=f"say in which scope: {ids}",
        )


def warnings(
    program: Program, instance: Instance, instructions: Sequence[Instruction]
) -> list[str]:
    """What is allowed, but may not be what is meant."""
    said: list[str] = []
    for instruction in instructions:
        if isinstance(instruction, MoveToken | StartBefore):
            node = program.nodes[instruction.node]
            flows = len(node.incoming)
            if node.id in program.gathering and flows > 1 and not node.is_activity:
                said.append(f"{node} is a join of {flows} flows: the token may wait for the others")
        if isinstance(instruction, CancelToken | MoveToken):
            token = instance.tokens.get(instruction.token)
            inside = instance.holds.get(token.id, {}) if token else {}
            count = sum(_tokens_inside(instance, scope) for scope in inside)
            if token and count:
                said.append(f"{count} token(s) inside {token.node!r} are stopped with it")
    return said


def _tokens_inside(instance: Instance, scope: int) -> int:
    inner = [s for t in instance.tokens_in.get(scope, {}) for s in instance.holds.get(t, {})]
    return len(instance.tokens_in.get(scope, {})) + sum(_tokens_inside(instance, s) for s in inner)
