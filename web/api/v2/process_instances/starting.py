"""Starting an instance, and awaiting its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from flask import current_app
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.exceptions import GatewayTimeout

from engine import Invalid, StartedInstance
from web.api.routing import actor, correlation_id, engine, idempotency_key, operation
from web.api.shapes import (
    TENANT,
    GivenKey,
    Key,
    Milliseconds,
    Shape,
    Text,
    Variables,
    key_of,
    milliseconds,
)

DEFAULT_WAIT = timedelta(seconds=10)


class StartInstruction(Shape):
    element_id: Text


class Creation(Shape):
    process_definition_id: Text | None = None
    process_definition_key: GivenKey | None = None
    process_definition_version: Annotated[int, Field(ge=-1, le=2**31 - 1)] | None = None
    """-1, like no word: the latest."""
    variables: Variables | None = None
    tenant_id: Text | None = None
    await_completion: bool | None = None
    """Answer with the end of the instance, and its variables then."""
    request_timeout: Milliseconds | None = None
    """Milliseconds to await it; 0: ten seconds."""
    fetch_variables: list[str] | None = None
    start_instructions: list[StartInstruction] | None = None
    """Begin at these elements, rather than at the start event."""
    tags: list[Text] | None = None
    business_id: Text | None = None
    """Business key of the new instance."""


class CreatedInstance(TypedDict):
    processDefinitionId: str
    processDefinitionVersion: int
    tenantId: str
    variables: dict[str, Any]
    processDefinitionKey: Key
    processInstanceKey: Key
    tags: list[str]
    businessId: str | None


@operation(
    "POST",
    "/process-instances",
    "operate",
    body=Creation,
    answer=CreatedInstance,
    example={
        "processDefinitionId": "order",
        "variables": {"amount": 120.5, "items": ["book"]},
        "businessId": "A-1001",
    },
)
def create_process_instance(body: Creation) -> CreatedInstance:
    """Start an instance; with `awaitCompletion`, answer with its end

    When it has not ended in time the answer is 504; the instance goes on.
    """
    process, version = body.process_definition_id, body.process_definition_version
    if body.process_definition_key is not None:
        key = key_of(body.process_definition_key, "process definition")
        definition = engine().definition(key)
        process, version = definition.process_id, definition.version
    if process is None:
        raise Invalid("processDefinitionId or processDefinitionKey must say which process")
    hold = timedelta(0)
    if body.await_completion:
        hold = milliseconds(body.request_timeout or 0) or DEFAULT_WAIT
    with current_app.extensions["waiting"].hold(hold) as wait:
        started = engine().start(
            process,
            body.variables,
            business_key=body.business_id,
            version=version if version is not None and version > 0 else None,
            correlation_id=correlation_id(),
            by=actor(),
            wait=wait if body.await_completion else None,
            checks_form=not body.start_instructions,
            at=[one.element_id for one in body.start_instructions or ()],
            idempotency_key=idempotency_key(),
        )
    if body.await_completion and started.state == "active":
        raise GatewayTimeout(
            f"instance {started.id} has not ended within {wait.total_seconds():g} s; it goes on"
        )
    return _created(started, body)


def _created(started: StartedInstance, body: Creation) -> CreatedInstance:
    variables = dict(started.variables or {}) if body.await_completion else {}
    if body.fetch_variables:
        variables = {n: v for n, v in variables.items() if n in body.fetch_variables}
    return CreatedInstance(
        processDefinitionId=started.process_id,
        processDefinitionVersion=started.version,
        tenantId=TENANT,
        variables=variables,
        processDefinitionKey=str(started.definition),
        processInstanceKey=str(started.id),
        tags=body.tags or [],
        businessId=started.business_key,
    )
