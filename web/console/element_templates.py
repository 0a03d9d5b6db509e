"""Element templates out of what handlers and connectors say of themselves: a service task is chosen
by what it does, and its inputs are fields of the properties panel."""

from __future__ import annotations

from typing import Any, Literal

from engine import JobDescription, JobParameter
from web.console.language import _

SCHEMA = "https://unpkg.com/@camunda/{}/resources/schema.json"
Dialect = Literal["camunda8", "camunda7"]


def templates_of(descriptions: list[JobDescription]) -> dict[Dialect, list[dict[str, Any]]]:
    """A template for each type of job, in both of Camunda's dialects."""
    return {
        "camunda8": [_cloud(one) for one in descriptions],
        "camunda7": [_platform(one) for one in descriptions],
    }


def _common(one: JobDescription) -> dict[str, Any]:
    return {
        "name": one.type,
        "id": f"kapellmeister.{one.type}",
        "description": one.summary,
        "appliesTo": ["bpmn:Task", "bpmn:ServiceTask"],
        "groups": [
            {"id": "inputs", "label": _("Inputs")},
            {"id": "headers", "label": _("Settings")},
            {"id": "outputs", "label": _("Outputs")},
        ],
    }


def _cloud(one: JobDescription) -> dict[str, Any]:
    """In the words of Camunda 8."""
    properties: list[dict[str, Any]] = [
        _hidden(one.type, {"type": "zeebe:taskDefinition", "property": "type"})
    ]
    if one.retries is not None:
        properties.append(
            _hidden(str(one.retries), {"type": "zeebe:taskDefinition", "property": "retries"})
        )
    properties += [
        _field(p, "inputs", {"type": "zeebe:input", "name": p.name}, feel="optional")
        for p in one.inputs
    ]
    properties += [
        _field(p, "headers", {"type": "zeebe:taskHeader", "key": p.name}) for p in one.headers
    ]
    properties += [
        _field(p, "outputs", {"type": "zeebe:output", "source": f"={p.name}"}, is_result=True)
        for p in one.outputs
    ]
    return {
        "$schema": SCHEMA.format("zeebe-element-templates-json-schema"),
        **_common(one),
        "elementType": {"value": "bpmn:ServiceTask"},
        "properties": properties,
    }


def _platform(one: JobDescription) -> dict[str, Any]:
    """In the words of Camunda 7: an external task."""
    properties = [
        _hidden("external", {"type": "property", "name": "camunda:type"}),
        _hidden(one.type, {"type": "property", "name": "camunda:topic"}),
    ]
    properties += [
        _field(p, "inputs", {"type": "camunda:inputParameter", "name": p.name}) for p in one.inputs
    ]
    properties += [
        _field(
            p,
            "outputs",
            {"type": "camunda:outputParameter", "source": f"${{{p.name}}}"},
            is_result=True,
        )
        for p in one.outputs
    ]
    return {
        "$schema": SCHEMA.format("element-templates-json-schema"),
        **_common(one),
        "appliesTo": ["bpmn:ServiceTask"],
        "properties": properties,
    }


def _hidden(value: str, binding: dict[str, str]) -> dict[str, Any]:
    return {"type": "Hidden", "value": value, "binding": binding}


def _field(
    one: JobParameter,
    group: str,
    binding: dict[str, str],
    *,
    feel: str = "",
    is_result: bool = False,
) -> dict[str, Any]:
    """A field that writes nothing while it is empty: the variable is read as the process has it."""
    label = _("%(name)s into variable", name=one.name) if is_result else one.name
    field: dict[str, Any] = {
        "label": label,
        "type": "Dropdown" if one.choices and not feel else "String",
        "group": group,
        "optional": not one.is_required,
        "binding": binding,
    }
    if one.text:
        field["description"] = one.text
    if field["type"] == "Dropdown":
        field["choices"] = [{"name": choice, "value": choice} for choice in one.choices]
    if one.is_required:
        field["constraints"] = {"notEmpty": True}
    if feel:
        field["feel"] = feel
    return field
