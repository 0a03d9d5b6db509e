"""Moving the tokens of an instance by hand."""

from __future__ import annotations

from collections.abc import Iterator

from engine import Invalid, Modification
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import GivenKey, Shape, Text, Variables, key_of
from web.api.v2.process_instances.shapes import BY_API, id_of


class VariableInstruction(Shape):
    variables: Variables
    scope_id: Text | None = None


class Activate(Shape):
    element_id: Text
    variable_instructions: list[VariableInstruction] | None = None


class Terminate(Shape):
    element_instance_key: GivenKey | None = None
    element_id: Text | None = None


class Move(Shape):
    source_element_id: Text
    target_element_id: Text
    variable_instructions: list[VariableInstruction] | None = None


class ModificationRequest(Shape):
    activate_instructions: list[Activate] | None = None
    move_instructions: list[Move] | None = None
    terminate_instructions: list[Terminate] | None = None
    reason: str | None = None


@operation(
    "POST",
    "/process-instances/{key}/modification",
    "operate",
    body=ModificationRequest,
    example={
        "moveInstructions": [{"sourceElementId": "pack", "targetElementId": "check"}],
        "reason": "the wrong parcel was packed",
    },
)
def modify_process_instance(key: str, body: ModificationRequest) -> None:
    """Move tokens by hand: terminate, move, activate, in this order and all at once"""
    engine().modify(
        id_of(key),
        list(_instructions(body)),
        reason=(body.reason or "").strip() or BY_API,
        by=actor(),
        idempotency_key=idempotency_key(),
    )


def _instructions(body: ModificationRequest) -> Iterator[Modification]:
    for end in body.terminate_instructions or ():
        if end.element_instance_key is not None:
            token = key_of(end.element_instance_key, "element instance")
            yield Modification(verb="cancel_token", token=token)
        elif end.element_id is not None:
            yield Modification(verb="cancel_node", element=end.element_id)
        else:
            raise Invalid("terminateInstructions: elementId or elementInstanceKey must say which")
    for move in body.move_instructions or ():
        yield Modification(verb="cancel_node", element=move.source_element_id)
        yield _activation(move.target_element_id, move.variable_instructions)
    for begin in body.activate_instructions or ():
        yield _activation(begin.element_id, begin.variable_instructions)


def _activation(element: str, given: list[VariableInstruction] | None) -> Modification:
    variables = {name: value for one in given or () for name, value in one.variables.items()}
    return Modification(verb="start_before", element=element, variables=variables)
