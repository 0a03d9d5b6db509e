"""What operators say of tokens, as the core's instructions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from engine import program as core
from engine.errors import Invalid, Refused
from engine.repair import objections
from engine.state import Token
from engine.step import (
    CancelToken,
    Instruction,
    MoveToken,
    SetVariables,
    StartAfter,
    StartBefore,
)
from engine.values import admit
from engine.views import Modification, Problem

if TYPE_CHECKING:
    from engine.services.cache import Loaded

_SAME = {
    "cancel_token": "cancel",
    "cancel_node": "cancel",
    "start_before": "add",
    "start_after": "add_after",
}
RULE = "modification"


def instructions_of(loaded: Loaded, asked: Iterable[Modification]) -> tuple[Instruction, ...]:
    """The core's instructions. Raises Invalid when something is not said, and Refused with all
    that stands against them."""
    problems: list[Problem] = []
    found: list[Instruction] = []
    for one in asked:
        for instruction in _instructions(loaded, one):
            if isinstance(instruction, Problem):
                problems.append(instruction)
            else:
                found.append(instruction)
    problems += map(told, objections(loaded.program, loaded.instance, found))
    if problems:
        raise Refused(problems)
    if not found:
        raise Invalid("modification: found no instruction; say what to move, add, cancel or set")
    return tuple(found)


def told(found: core.Problem, rule: str = RULE) -> Problem:
    """A problem of the core's, as it is shown."""
    return Problem(
        message=found.message,
        rule=rule,
        element=found.element or None,
        line=None,
        remedy=found.remedy or None,
    )


def _instructions(loaded: Loaded, one: Modification) -> Iterator[Instruction | Problem]:
    variables = admit(one.variables)
    match _SAME.get(one.verb, one.verb):
        case "cancel":
            for token in _tokens(loaded, one):
                if isinstance(token, Problem):
                    yield token
                else:
                    yield CancelToken(token=token)
        case "move":
            target = _said(one.target, "move: say the target, the element it goes to")
            for token in _tokens(loaded, one, but_iterations=True):
                if isinstance(token, Problem):
                    yield token
                else:
                    yield MoveToken(token=token, node=target, variables=variables)
        case "add":
            element = _said(one.element, "add: say before which element")
            yield StartBefore(node=element, variables=variables, scope=one.scope)
        case "add_after":
            element = _said(one.element, "add_after: say behind which element")
            yield StartAfter(node=element, variables=variables, scope=one.scope)
        case "set_variables":
            if not variables:
                raise Invalid("set_variables: found no variables; give at least one")
            yield SetVariables(variables=variables, scope=one.scope)
        case other:
            raise Invalid(
                f"modification '{other}': there is none; move, add, add_after, cancel or "
                "set_variables would do"
            )


def _said(value: str | None, otherwise: str) -> str:
    if not value:
        raise Invalid(otherwise)
    return value


def _tokens(
    loaded: Loaded, one: Modification, *, but_iterations: bool = False
) -> Iterator[int | Problem]:
    """The tokens that an instruction is about; of a looping activity its own, which hold the
    iterations."""
    if one.token is not None:
        yield one.token
        return
    element = _said(one.element, f"{one.verb}: say which token, or which element")
    if element not in loaded.program.nodes:
        message = f"there is no flow node '{element}' in '{loaded.head.process_id}'"
        yield Problem(message=message, rule=RULE, element=element)
        return
    instance = loaded.instance

    def counts(token: Token) -> bool:
        scope = instance.scopes[token.scope]
        is_iteration = scope.kind == "loop" and scope.container == token.node
        return token.node == element and not (but_iterations and is_iteration)

    ids = sorted(t.id for t in instance.tokens.values() if counts(t))
    if not ids:
        yield Problem(
            message=f"no token is in '{element}'",
            rule=RULE,
            element=element,
            remedy="look where they are now",
        )
    yield from ids


def as_told(asked: Iterable[Modification]) -> list[dict[str, Any]]:
    """Instructions, as the history keeps them."""
    return [
        {
            name: value
            for name, value in (
                ("verb", one.verb),
                ("token", one.token),
                ("element", one.element),
                ("target", one.target),
                ("scope", one.scope),
                ("variables", sorted(one.variables)),
            )
            if value
        }
        for one in asked
    ]
