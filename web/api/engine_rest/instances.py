"""Process instances, their variables and history; messages and signals; incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from engine import (
    IncidentQuery,
    IncidentView,
    InstanceQuery,
    InstanceSummary,
    Invalid,
    NotFound,
    VariableFilter,
)
from web.api.engine_rest.routing import (
    asked,
    body,
    error,
    key,
    paging,
    route,
    text,
    texts,
    truth,
)
from web.api.engine_rest.values import (
    plain,
    plain_all,
    time_of,
    time_or_none,
    typed,
    typed_all,
)
from web.api.routing import actor, engine, idempotency_key
from web.api.shapes import json_text, key_of, keys_of, read_json

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
    return [_instance(one) for one in engine().instances(_query(given), paging(given)).items]


@route("GET", "/process-instance/count", "view")
@route("POST", "/process-instance/count", "view")
def count_process_instances() -> Any:
    """How many are running."""
    return {"count": engine().instances(_query(asked())).total}


def _query(given: Mapping[str, Any], *, ended: bool = False) -> InstanceQuery:
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


def _instance(head: InstanceSummary) -> dict[str, Any]:
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
    head = engine().instance(_id(id)).head
    if head.state != "active":
        raise NotFound(f"process instance {id} has ended")
    return _instance(head)


@route("DELETE", "/process-instance/{id}", "operate")
def delete_process_instance(id: str) -> None:
    """Stop an instance."""
    engine().cancel(_id(id), reason=BY_API, by=actor(), idempotency_key=idempotency_key())


@route("PUT", "/process-instance/{id}/suspended", "operate")
def suspend_process_instance(id: str) -> None:
    """Hold an instance, or let it go on."""
    change = engine().suspend if truth(body(), "suspended") else engine().resume
    change(_id(id), reason=BY_API, by=actor(), idempotency_key=idempotency_key())


def _variables(id: str) -> Mapping[str, Any]:
    return engine().variables(_id(id))[0].variables


@route("GET", "/process-instance/{id}/variables", "view")
@route("GET", "/execution/{id}/localVariables", "view")
def variables(id: str) -> Any:
    """The variables of an instance."""
    return typed_all(_variables(id))


def _value(id: str, name: str) -> Any:
    found = _variables(id)
    if name not in found:
        raise NotFound(f"process instance {id} has no variable '{name}'")
    return found[name]


@route("GET", "/process-instance/{id}/variables/{name}", "view")
@route("GET", "/execution/{id}/localVariables/{name}", "view")
def variable(id: str, name: str) -> Any:
    """One variable of an instance."""
    return typed(_value(id, name))


@route("GET", "/process-instance/{id}/variables/{name}/data", "view")
@route("GET", "/execution/{id}/localVariables/{name}/data", "view")
def variable_data(id: str, name: str) -> Response:
    """The value of a variable as it is, without an envelope."""
    value = _value(id, name)
    content = value if isinstance(value, str) else json_text(value)
    return Response(content, mimetype="application/octet-stream")


@route("PUT", "/process-instance/{id}/variables/{name}", "operate")
def set_variable(id: str, name: str) -> None:
    """Set one variable of an instance."""
    _set(id, {name: plain(body(), name)})


@route("POST", "/process-instance/{id}/variables", "operate")
def modify_variables(id: str) -> None:
    """Set variables of an instance."""
    given = body()
    if given.get("deletions"):
        raise Invalid("deletions: variables are not deleted; set them to null")
    _set(id, plain_all(given.get("modifications"), "modifications"))


def _set(id: str, values: Mapping[str, Any]) -> None:
    engine().set_variables(
        _id(id), values, reason=BY_API, by=actor(), idempotency_key=idempotency_key()
    )


@route("GET", "/history/process-instance", "view")
@route("POST", "/history/process-instance", "view")
def history() -> Any:
    """Running and ended instances."""
    given = asked()
    query = _query(given, ended=True)
    return [_historic(one) for one in engine().instances(query, paging(given)).items]


@route("GET", "/history/process-instance/{id}", "view")
def history_of(id: str) -> Any:
    """One instance, running or ended."""
    return _historic(engine().instance(_id(id)).head)


@route("GET", "/history/variable-instance", "view")
def historic_variables() -> Any:
    """The variables of one instance, running or ended."""
    instance = key(asked(), "processInstanceId")
    if instance is None:
        raise Invalid("processInstanceId: found none; say whose variables are meant")
    return [
        {
            "id": f"{instance}:{name}",
            "name": name,
            **typed(value),
            "processInstanceId": str(instance),
            "executionId": str(instance),
            "activityInstanceId": str(instance),
            "state": "CREATED",
            "tenantId": None,
        }
        for name, value in _variables(str(instance)).items()
    ]


STATES = {
    "active": "ACTIVE",
    "completed": "COMPLETED",
    "failed": "INTERNALLY_TERMINATED",
    "cancelled": "EXTERNALLY_TERMINATED",
}


def _historic(head: InstanceSummary) -> dict[str, Any]:
    ended = head.ended
    seconds = None if ended is None else (ended - head.started).total_seconds()
    return {
        "id": str(head.id),
        "businessKey": head.business_key,
        "processDefinitionId": str(head.definition),
        "processDefinitionKey": head.process_id,
        "processDefinitionName": head.process_name,
        "processDefinitionVersion": head.version,
        "startTime": time_of(head.started),
        "endTime": time_or_none(ended),
        "removalTime": None,
        "durationInMillis": None if seconds is None else int(seconds * 1000),
        "startUserId": head.started_by,
        "startActivityId": None,
        "deleteReason": head.reason,
        "rootProcessInstanceId": str(head.root),
        "superProcessInstanceId": None if head.parent is None else str(head.parent),
        "superCaseInstanceId": None,
        "caseInstanceId": None,
        "tenantId": None,
        "state": "SUSPENDED" if head.suspended else STATES[head.state],
        "restartedProcessInstanceId": None,
    }


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
    return [
        {
            "resultType": "ProcessDefinition" if done.started else "Execution",
            "execution": None if done.started else execution,
            "processInstance": _instance(head) if done.started else None,
            "variables": None,
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


@route("GET", "/incident", "view")
def incidents() -> Any:
    """Open incidents, newest first."""
    given = asked()
    found = engine().incidents(_incident_query(given), paging(given))
    return [_incident(one) for one in found.items]


@route("GET", "/incident/count", "view")
def count_incidents() -> Any:
    """How many incidents are open."""
    return {"count": engine().incidents(_incident_query(asked())).total}


@route("GET", "/incident/{id}", "view")
def incident(id: str) -> Any:
    """One open incident."""
    return _incident(engine().incident(key_of(id, "incident")))


def _incident_query(given: Mapping[str, Any]) -> IncidentQuery:
    one, process = text(given, "incidentId"), text(given, "processDefinitionKeyIn")
    return IncidentQuery(
        ids=keys_of((one,), "incident") if one else (),
        instance=key(given, "processInstanceId"),
        definition=key(given, "processDefinitionId"),
        process_ids=tuple(process.split(",")) if process else (),
        element=text(given, "activityId"),
    )


def _incident(found: IncidentView) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "processDefinitionId": str(found.definition),
        "processInstanceId": str(found.instance),
        "executionId": str(found.instance),
        "incidentTimestamp": time_of(found.since),
        "incidentType": "failedExternalTask" if found.kind == "job" else "failedJob",
        "activityId": found.element,
        "failedActivityId": found.element,
        "causeIncidentId": str(found.id),
        "rootCauseIncidentId": str(found.id),
        "configuration": str(found.id),
        "tenantId": None,
        "incidentMessage": found.message,
        "jobDefinitionId": None,
        "annotation": None,
    }


def _id(id: str) -> int:
    return key_of(id, "process instance")
