"""The calls behind the commands of one instance, and of what waits in it."""

from __future__ import annotations

from typing import Any

from flask import request

from engine import Modification
from web.console import calls, entry, forms
from web.console.behind import reasoned, said, stands_for
from web.console.calls import Call
from web.console.names import Names
from web.console.pages import instance_commands, modify, process_start, revert
from web.console.pages.processes import version_of
from web.console.rendering import engine
from web.masking import hidden
from web.query import is_id


def values(name: str = "variables") -> dict[str, Any]:
    """The JSON of a field; what is none says nothing yet."""
    field = forms.variables_field()
    return forms.read_object(field, {field.key: [request.form.get(name, "") or "{}"]})


@stands_for("cancel")
def cancel(id: int) -> Call:
    verb = "abandonment" if request.form.get("how") == "compensate" else "cancellation"
    return Call(method="POST", path=f"/process-instances/{id}/{verb}", body=reasoned())


@stands_for("take_back")
def take_back(key: int, **_: Any) -> Call:
    body = {"reason": "taken back"}
    return Call(method="POST", path=f"/batch-operations/{key}/cancellation", body=body)


@stands_for("suspend")
def suspend(id: int) -> Call:
    return Call(method="POST", path=f"/process-instances/{id}/suspension", body=reasoned())


@stands_for("resume")
def resume(id: int) -> Call:
    return Call(method="POST", path=f"/process-instances/{id}/resumption", body=reasoned())


@stands_for("comment_instance")
def comment_instance(id: int) -> Call:
    body = {"text": said("text")}
    return Call(method="POST", path=f"/process-instances/{id}/comments", body=body)


@stands_for("change_variables")
def change_variables(id: int) -> Call | None:
    scope = request.form.get("scope", "")
    where = int(scope) if is_id(scope) else None
    changed = instance_commands.altered(id, values(), where, request.form.get("seen", ""))
    if not changed:
        return None
    path = f"/element-instances/{where or id}/variables"
    return Call(method="PUT", path=path, body=reasoned(variables=changed))


@stands_for("revert_variable")
def revert_variable(id: int) -> Call | None:
    name = request.form.get("name", "")
    found = revert.changed(id, name, request.form.get("number", ""))
    if found is None:
        return None
    where = id if found.holder is None else found.scope
    body = {"variables": hidden({name: found.old}, revert.known().masks), "reason": "taken back"}
    return Call(method="PUT", path=f"/element-instances/{where}/variables", body=body)


@stands_for("run_again")
def run_again(id: int) -> Call:
    body = reasoned(variables=values(), latest=request.form.get("version") != "same")
    return Call(method="POST", path=f"/process-instances/{id}/restart", body=body)


@stands_for("retry_instance")
def retry_instance(id: int) -> Call:
    path = f"/process-instances/{id}/incident-resolution"
    return Call(method="POST", path=path, body=reasoned())


@stands_for("fire_timer")
@stands_for("fire_now")
def fire_timer(key: int, **_: Any) -> Call:
    return Call(method="POST", path=f"/timers/{key}/firing", body=reasoned())


@stands_for("give_message")
def give_message(id: int) -> Call:
    body: dict[str, Any] = {"name": request.form.get("name", "")}
    if correlation := request.form.get("correlation", ""):
        body["correlationKey"] = correlation
    body |= {"processInstanceKey": str(id), "variables": values()}
    return Call(method="POST", path="/messages/correlation", body=body)


@stands_for("send_signal")
def send_signal(**_: Any) -> Call:
    body = {"signalName": request.form.get("name", "")}
    return Call(method="POST", path="/signals/broadcast", body=body)


@stands_for("apply_modification")
def apply_modification(id: int) -> Call | None:
    view = engine().instance(id)
    names = Names(engine()).all_of(view.head.definition)
    steps: list[Modification] = [
        step.instruction for step in modify.read_plan(view, request.form.get("plan", ""), names)
    ]
    if not steps:
        return None
    body = {**calls.modification_body(steps), "variables": values()}
    del body["reason"]
    path = f"/process-instances/{id}/modification"
    return Call(method="POST", path=path, body=reasoned(**body))


@stands_for("show_secret")
def show_secret(id: int) -> Call:
    body = {"filter": {"processInstanceKey": str(id), "name": said("name")}}
    headers = {"Reveal-Reason": said("reason") or "..."}
    return Call(method="POST", path="/variables/search", body=body, headers=headers)


@stands_for("retry")
def retry() -> Call | None:
    ids = [id for id in request.form.getlist("incident") if is_id(id)]
    if not ids:
        return None
    if len(ids) == 1:
        return Call(method="POST", path=f"/incidents/{ids[0]}/resolution", body=reasoned())
    body = reasoned(batchOperationType="RESOLVE_INCIDENT", incidentKeys=ids)
    return Call(method="POST", path="/batch-operations", body=body)


@stands_for("probe")
def probe(signature: str) -> Call | None:
    for group in engine().incident_groups().items:
        if group.signature == signature:
            path = f"/incidents/{group.incidents[-1]}/resolution"
            return Call(method="POST", path=path, body=reasoned())
    return None


@stands_for("start")
def start(process_id: str) -> Call:
    definition = version_of(process_id)
    advice = engine().start_advice(definition.key)
    entered = entry.read(process_start.asked_of(definition, advice, {}), request.form)
    given = {"variables": {**entered.values, **values(process_start.MORE)}}
    if message := said("message"):
        body: dict[str, Any] = {"name": message}
        if correlation := said("correlation_key"):
            body["correlationKey"] = correlation
        return Call(method="POST", path="/messages/correlation", body={**body, **given})
    body = {"processDefinitionId": process_id, "processDefinitionVersion": definition.version}
    if business_key := said("business_key"):
        body["businessId"] = business_key
    return Call(method="POST", path="/process-instances", body={**body, **given})
