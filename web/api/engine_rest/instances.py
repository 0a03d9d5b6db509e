"""Running process instances: found, looked at, stopped, paused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import InstanceQuery, InstanceSummary, Invalid, NotFound, VariableFilter
from web.api.engine_rest.routing import asked, body, key, paging, route, text, texts, truth
from web.api.routing import actor, engine, idempotency_key
from web.api.shapes import key_of, keys_of, read_json

OPERATORS = {
    "eq": "=",
    "neq": "!=",
    "gt": ">",
    "gteq": ">=",
    "lt": "<",
    "lteq": "<=",
    "like": "like",
}
BY_API = "by API"


@route("GET", "/process-instance", "view")
@route("POST", "/process-instance", "view")
def process_instances() -> Any:
    """Running instances."""
    given = asked()
    return [
        instance_item(one) for one in engine().instances(instance_query(given), paging(given)).items
    ]


@route("GET", "/process-instance/count", "view")
@route("POST", "/process-instance/count", "view")
def count_process_instances() -> Any:
    """How many are running."""
    return {"count": engine().instances(instance_query(asked())).total}


def instance_query(given: Mapping[str, Any], *, ended: bool = False) -> InstanceQuery:
    """What a list of instances is asked for; ended ones are among it only when they may be."""
    process = text(given, "processDefinitionKey")
    business_key, definition = text(given, "businessKey"), key(given, "processDefinitionId")
    business_key = business_key or text(given, "processInstanceBusinessKey")
    suspended = None
    if truth(given, "suspended") or truth(given, "active"):
        suspended = truth(given, "suspended")
    ids = texts(given, "processInstanceIds")
    if one := text(given, "processInstanceId"):
        ids = (*ids, one)
    return InstanceQuery(
        ids=keys_of(ids, "process instance"),
        process_ids=(process,) if process else texts(given, "processDefinitionKeyIn"),
        definition=definition,
        business_keys=(business_key,) if business_key else (),
        parent=key(given, "superProcessInstance"),
        states=() if ended else ("active",),
        suspended=suspended,
        has_incidents=True if truth(given, "withIncident") else None,
        element=text(given, "activityIdIn"),
        variables=tuple(_filters(given.get("variables"))),
        order="started",
    )


def _filters(asked_for: Any) -> Any:
    if asked_for is None or asked_for == "":
        return
    if isinstance(asked_for, str):
        for part in asked_for.split(","):
            name, _, rest = part.partition("_")
            operator, _, value = rest.partition("_")
            yield _filter(name, operator, _guessed(value))
        return
    if not isinstance(asked_for, list):
        raise Invalid(f"variables: found {asked_for!r:.60}; a list of conditions would do")
    for one in asked_for:
        if not isinstance(one, Mapping):
            raise Invalid(f"variables: found {one!r:.60}; name, operator and value would do")
        yield _filter(one.get("name"), one.get("operator"), one.get("value"))


def _filter(name: Any, operator: Any, value: Any) -> VariableFilter:
    if not isinstance(name, str) or not name or operator not in OPERATORS:
        known = ", ".join(OPERATORS)
        raise Invalid(f"variables: '{name}' {operator!r:.20}; a name and one of {known} would do")
    return VariableFilter(name=name, value=value, operator=OPERATORS[operator])  # type: ignore[arg-type]


def _guessed(written: str) -> Any:
    """A value in a query string is what it looks like."""
    try:
        found = read_json(written.encode())
    except Invalid:
        return written
    return written if isinstance(found, dict | list) else found


def instance_item(head: InstanceSummary) -> dict[str, Any]:
    """A running instance as it is given out."""
    return {
        "links": [],
        "id": str(head.id),
        "definitionId": str(head.definition),
        "definitionKey": head.process_id,
        "businessKey": head.business_key,
        "caseInstanceId": None,
        "ended": head.state != "active",
        "suspended": head.suspended,
        "tenantId": None,
    }


@route("GET", "/process-instance/{id}", "view")
def process_instance(id: str) -> Any:
    """One running instance."""
    head = engine().instance(id_of(id)).head
    if head.state != "active":
        raise NotFound(f"process instance {id} has ended")
    return instance_item(head)


@route("DELETE", "/process-instance/{id}", "operate")
def delete_process_instance(id: str) -> None:
    """Stop an instance."""
    engine().cancel(id_of(id), reason=BY_API, by=actor(), idempotency_key=idempotency_key())


@route("PUT", "/process-instance/{id}/suspended", "operate")
def suspend_process_instance(id: str) -> None:
    """Hold an instance, or let it go on."""
    change = engine().suspend if truth(body(), "suspended") else engine().resume
    change(id_of(id), reason=BY_API, by=actor(), idempotency_key=idempotency_key())


def id_of(id: str) -> int:
    """Raises Invalid for what is no key."""
    return key_of(id, "process instance")
