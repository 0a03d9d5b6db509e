"""Moving the tokens of an instance by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from engine import Invalid, Modification
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import GivenKey, Shape, Text, Variables, key_of
from web.api.v2.process_instances.effects import EffectAnswer, shown
from web.api.v2.process_instances.shapes import BY_API, id_of


class VariableInstruction(Shape):
    variables: Variables
    scope_id: Text | None = None


class Activate(Shape):
    element_id: Text
    variable_instructions: list[VariableInstruction] | None = None
    ancestor_element_instance_key: GivenKey | None = None
    """Which of several running scopes around it; of the element's own loop: one iteration more."""
    behind: bool = False
    """On the flows that leave the element, rather than before it."""


class Terminate(Shape):
    element_instance_key: GivenKey | None = None
    element_id: Text | None = None


class MoveSource(Shape):
    source_type: Literal["byId", "byKey"] = "byId"
    source_element_id: Text | None = None
    source_element_instance_key: GivenKey | None = None


class Move(Shape):
    source_element_id: Text | None = None
    source_element_instruction: MoveSource | None = None
    target_element_id: Text
    variable_instructions: list[VariableInstruction] | None = None


class ModificationRequest(Shape):
    activate_instructions: list[Activate] | None = None
    move_instructions: list[Move] | None = None
    terminate_instructions: list[Terminate] | None = None
    variables: Variables | None = None
    """Set in the process scope first."""
    reason: str | None = None


EXAMPLE = {
    "moveInstructions": [{"sourceElementId": "pack", "targetElementId": "check"}],
    "reason": "the wrong parcel was packed",
}


@operation(
    "POST",
    "/process-instances/{key}/modification",
    "operate",
    body=ModificationRequest,
    example=EXAMPLE,
)
def modify_process_instance(key: str, body: ModificationRequest) -> None:
    """Move tokens by hand: terminate, move, activate, in this order and all at once

    All that stands against it is told at once, in `problems`; then nothing has happened.
    """
    engine().modify(
        id_of(key),
        list(_instructions(body)),
        reason=(body.reason or "").strip() or BY_API,
        by=actor(),
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/process-instances/{key}/modification/check",
    "view",
    body=ModificationRequest,
    answer=EffectAnswer,
    example=EXAMPLE,
)
def check_process_instance_modification(key: str, body: ModificationRequest) -> EffectAnswer:
    """What a modification would do, found by doing it without effect"""
    effect = engine().modify(
        id_of(key), list(_instructions(body)), reason=BY_API, by=actor(), dry_run=True
    )
    return shown(effect)


def _instructions(body: ModificationRequest) -> Iterator[Modification]:
    if body.variables:
        yield Modification(verb="set_variables", variables=body.variables)
    for end in body.terminate_instructions or ():
        if end.element_instance_key is not None:
            token = key_of(end.element_instance_key, "element instance")
            yield Modification(verb="cancel", token=token)
        elif end.element_id is not None:
            yield Modification(verb="cancel", element=end.element_id)
        else:
            raise Invalid("terminateInstructions: elementId or elementInstanceKey must say which")
    yield from moves(body.move_instructions or ())
    for begin in body.activate_instructions or ():
        scope = begin.ancestor_element_instance_key
        yield Modification(
            verb="add_after" if begin.behind else "add",
            element=begin.element_id,
            scope=None if scope is None else key_of(scope, "element instance"),
            variables=_variables(begin.variable_instructions),
        )


def moves(given: Iterable[Move]) -> Iterator[Modification]:
    """Tokens that go elsewhere, each within its own scope as far as that reaches."""
    for move in given:
        source = move.source_element_instruction
        element, key = move.source_element_id, None
        if source is not None:
            element, key = source.source_element_id, source.source_element_instance_key
        if element is None and key is None:
            raise Invalid("moveInstructions: sourceElementId must say which element")
        yield Modification(
            verb="move",
            element=element,
            token=None if key is None else key_of(key, "element instance"),
            target=move.target_element_id,
            variables=_variables(move.variable_instructions),
        )


def _variables(given: list[VariableInstruction] | None) -> Variables:
    return {name: value for one in given or () for name, value in one.variables.items()}
