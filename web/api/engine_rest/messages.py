"""Messages, signals and conditions."""

from __future__ import annotations

from typing import Any

from engine import Invalid, NotFound
from web.api.engine_rest.instances import instance_item
from web.api.engine_rest.routing import body, error, key, route, text
from web.api.engine_rest.values import plain_all, typed_all
from web.api.routing import actor, engine, idempotency_key
from web.api.shapes import key_of


@route("POST", "/message", "operate")
def correlate() -> Any:
    """Give a message to who waits for it, or start the process that it starts."""
    given = body()
    name = text(given, "messageName")
    if name is None:
        raise Invalid("messageName: found none; say which message it is")
    correlation = plain_all(given.get("correlationKeys"), "correlationKeys")
    business_key, instance = text(given, "businessKey"), key(given, "processInstanceId")
    if len(correlation) > 1:
        raise Invalid("correlationKeys: found several; one value tells messages of one name apart")
    value = next(iter(correlation.values()), None)
    try:
        done = engine().correlate(
            name,
            None if value is None else str(value),
            plain_all(given.get("processVariables"), "processVariables"),
            business_key=business_key,
            instance=instance,
            by=actor(),
            idempotency_key=idempotency_key(),
        )
    except NotFound as found:
        return error(400, "MismatchingMessageCorrelationException", str(found))
    if given.get("resultEnabled") is not True or done.instance is None:
        return None
    head = engine().instance(done.instance).head
    execution = {
        "id": str(head.id),
        "processInstanceId": str(head.id),
        "ended": head.state != "active",
        "tenantId": None,
    }
    # One client reads whatever stands under `variables`: it is there only when asked for.
    shown: dict[str, Any] = {}
    if given.get("variablesInResultEnabled") is True:
        shown["variables"] = typed_all(engine().variables(done.instance)[0].variables)
    return [
        {
            "resultType": "ProcessDefinition" if done.started else "Execution",
            "execution": None if done.started else execution,
            "processInstance": instance_item(head) if done.started else None,
            **shown,
        }
    ]


@route("POST", "/signal", "operate")
def signal() -> None:
    """Tell all who listen."""
    given = body()
    name = text(given, "name")
    if name is None:
        raise Invalid("name: found none; say which signal it is")
    engine().broadcast(
        name, plain_all(given.get("variables")), by=actor(), idempotency_key=idempotency_key()
    )


@route("POST", "/condition", "operate")
def condition() -> Any:
    """Start each process whose conditional start event holds over the variables."""
    given = body()
    definition = text(given, "processDefinitionId")
    process = None
    if definition is not None:
        number = key_of(definition.rpartition(":")[2], "process definition")
        process = engine().definition(number).process_id
    started = engine().evaluate_conditions(
        plain_all(given.get("variables")),
        process_id=process,
        business_key=text(given, "businessKey"),
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return [instance_item(engine().instance(one.id).head) for one in started]
