"""The extension elements that Camunda 7, Operaton, Flowable and Activiti have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from bpmn.dialects.extensions import all_named, first_named, pairs, set_text, stated
from bpmn.dialects.family import called_of, code, delegate_of, own_attributes
from bpmn.dialects.languages import language_named
from bpmn.dialects.neutral import (
    Called,
    Code,
    Connector,
    Delegate,
    ErrorMapping,
    Field,
    Form,
    FormField,
    Listener,
    VariableMapping,
)
from bpmn.model import BaseElement, CallActivity, Foreign

__all__ = ["translate_elements"]


def translate_elements(
    element: BaseElement, namespaces: Mapping[str, str], fields: dict[str, Any]
) -> None:
    """What the extension elements say; call it after the attributes."""
    crossing: list[Foreign] = []
    for node in element.extension_elements:
        if node.namespace not in namespaces:
            continue
        if node.name in ("in", "out"):
            crossing.append(node)
        elif reader := _READERS.get(node.name):
            reader(node, fields)
    if isinstance(element, CallActivity):
        attributes = own_attributes(element, namespaces)
        fields["called"] = Called(**{**called_of(attributes), **_crossing(crossing)})
    elif crossing:
        crossed = _crossing(crossing)
        fields["inputs"] = fields.get("inputs", ()) + crossed.get("in_mappings", ())
        fields["propagate_all_in"] = crossed.get("propagate_all_in", False)


def _crossing(nodes: list[Foreign]) -> dict[str, Any]:
    """`in` and `out` of a call activity, `in` of a thrown signal."""
    found: dict[str, Any] = {}
    mappings: dict[str, list[VariableMapping]] = {"in": [], "out": []}
    for node in nodes:
        attributes = node.attributes
        if attributes.get("variables") == "all":
            found[f"propagate_all_{node.name}"] = True
        elif key := code(attributes.get("businessKey")):
            found["business_key"] = key
        else:
            source = code(attributes.get("sourceExpression"))
            if source is None and attributes.get("source"):
                source = Code("variable", attributes["source"].strip())
            if source is not None:
                mapping = VariableMapping(
                    source=source,
                    target=attributes.get("target") or attributes.get("source", ""),
                )
                mappings[node.name].append(mapping)
    found["in_mappings"] = tuple(mappings["in"])
    found["out_mappings"] = tuple(mappings["out"])
    return found


def _input_output(node: Foreign, fields: dict[str, Any]) -> None:
    fields["inputs"] = parameters(node, "inputParameter")
    fields["outputs"] = parameters(node, "outputParameter")


def parameters(node: Foreign, name: str) -> tuple[VariableMapping, ...]:
    """The parameters of an `inputOutput`."""
    return tuple(
        VariableMapping(source=_parameter(child), target=child.attributes.get("name", ""))
        for child in all_named(node, name)
    )


def _parameter(node: Foreign) -> Code:
    """The value of a parameter: text, script, list or map."""
    item = _item(node)
    if len(item) == 2 and all(isinstance(part, str) for part in item):
        return Code(item[0], item[1])
    return Code("composite", json.dumps(item, ensure_ascii=False))


def _item(node: Foreign) -> list[Any]:
    """The one child that says more than text, or else the text."""
    inner = node.children[0] if node.children else None
    if inner is None:
        found = code(node.text)
        return [found.language, found.text] if found else ["literal", ""]
    return _value(inner)


def _value(node: Foreign) -> list[Any]:
    if node.name == "list":
        return ["list", *(_value(child) for child in node.children)]
    if node.name == "map":
        return [
            "map",
            *([child.attributes.get("key", ""), _item(child)] for child in node.children),
        ]
    if node.name == "script":
        script = script_of(node)
        return [script.language, script.text]
    return _item(node)


def script_of(node: Foreign) -> Code:
    """A `script` element; one that only names a file has the language `resource`."""
    if resource := node.attributes.get("resource"):
        return Code("resource", resource)
    language = language_named(node.attributes.get("scriptFormat", "juel"))
    return Code(language, node.text.strip().removeprefix("=") if language == "feel" else node.text)


def _retry_cycle(node: Foreign, fields: dict[str, Any]) -> None:
    set_text(fields, "retry_cycle", node.text)


def _properties(node: Foreign, fields: dict[str, Any]) -> None:
    fields["properties"] = pairs(node, "property", "name", "value")


def _field(node: Foreign, fields: dict[str, Any]) -> None:
    """Fields follow the delegate that they belong to; one without is of no use."""
    delegate: Delegate | None = fields.get("delegate")
    if delegate is not None:
        values = (*delegate.fields, field_of(node))
        fields["delegate"] = Delegate(kind=delegate.kind, code=delegate.code, fields=values)


def field_of(node: Foreign) -> Field:
    """A `field` of a delegate."""
    text = node.attributes.get("stringValue", node.attributes.get("expression"))
    if text is None:
        child = first_named(node, "string") or first_named(node, "expression")
        text = child.text if child is not None else ""
    return Field(name=node.attributes.get("name", ""), value=code(text) or Code("literal", ""))


_HTTP = {"payload": "body"}
"""Our HTTP connector's inputs by the names that Camunda 7's has."""


def _connector(node: Foreign, fields: dict[str, Any]) -> None:
    id = first_named(node, "connectorId")
    mappings = first_named(node, "inputOutput")
    name = id.text.strip() if id is not None else ""
    inputs = parameters(mappings, "inputParameter") if mappings is not None else ()
    if name == "http-connector":
        name = "http"
        flat = VariableMapping(source=Code("literal", "flat"), target="answer")
        inputs = (
            *(msgspec.structs.replace(i, target=_HTTP.get(i.target, i.target)) for i in inputs),
            flat,
        )
    fields["connector"] = Connector(
        id=name,
        inputs=inputs,
        outputs=parameters(mappings, "outputParameter") if mappings is not None else (),
    )
    fields["job_type"] = Code("literal", name)


def _listener(node: Foreign, fields: dict[str, Any]) -> None:
    values = tuple(field_of(child) for child in all_named(node, "field"))
    script = first_named(node, "script")
    delegate = delegate_of(node.attributes, values)
    fields["listeners"] = (
        *fields.get("listeners", ()),
        Listener(
            kind="task" if node.name == "taskListener" else "execution",
            event=node.attributes.get("event", "start"),
            job_type=Code("literal", delegate.name)
            if delegate is not None and delegate.kind != "expression"
            else None,
            script=script_of(script) if script is not None else None,
            delegate=delegate,
            id=node.attributes.get("id"),
            timer=_timer(node),
        ),
    )


def _timer(node: Foreign) -> tuple[Any, Code] | None:
    """The timer of a task listener for `timeout`: an event definition of BPMN's inside it."""
    for definition in node.children:
        for form in definition.children:
            found = code(form.text)
            if form.name.startswith("time") and found is not None:
                return form.name.removeprefix("time").lower(), found
    return None


def _error_mapping(node: Foreign, fields: dict[str, Any]) -> None:
    fields["error_mappings"] = (
        *fields.get("error_mappings", ()),
        ErrorMapping(
            condition=code(node.attributes.get("expression")),
            error_ref=node.attributes.get("errorRef"),
        ),
    )


def _exception_mapping(node: Foreign, fields: dict[str, Any]) -> None:
    fields["error_mappings"] = (
        *fields.get("error_mappings", ()),
        ErrorMapping(
            error_code=node.attributes.get("errorCode"), exception=node.text.strip() or None
        ),
    )


def _form_data(node: Foreign, fields: dict[str, Any]) -> None:
    fields["form"] = msgspec.structs.replace(
        fields.get("form") or Form(),
        fields=tuple(_form_field(child) for child in all_named(node, "formField")),
        business_key=node.attributes.get("businessKey"),
    )


def _form_field(node: Foreign) -> FormField:
    attributes = node.attributes
    validation = first_named(node, "validation")
    constraints = pairs(validation, "constraint", "name", "config") if validation else {}
    properties = first_named(node, "properties")
    return FormField(
        id=attributes.get("id", ""),
        label=attributes.get("label"),
        type=attributes.get("type", "string"),
        default=code(attributes.get("defaultValue")),
        is_required="required" in constraints,
        is_writable="readonly" not in constraints,
        date_pattern=attributes.get("datePattern"),
        options=_options(node),
        constraints=constraints,
        properties=pairs(properties, "property", "id", "value") if properties else {},
    )


def _form_property(node: Foreign, fields: dict[str, Any]) -> None:
    """The older way: one element a field, without a parent of their own."""
    attributes = node.attributes
    made = FormField(
        id=attributes.get("id", ""),
        label=attributes.get("name"),
        type=attributes.get("type", "string"),
        default=code(attributes.get("default") or attributes.get("expression")),
        is_required=stated(attributes, "required", default=False),
        is_readable=stated(attributes, "readable", default=True),
        is_writable=stated(attributes, "writable", default=True),
        variable=attributes.get("variable"),
        date_pattern=attributes.get("datePattern"),
        options=_options(node),
    )
    form: Form = fields.get("form") or Form()
    fields["form"] = msgspec.structs.replace(form, fields=(*form.fields, made))


def _options(node: Foreign) -> tuple[tuple[str, str], ...]:
    return tuple(
        (child.attributes.get("id", ""), child.attributes.get("name", ""))
        for child in all_named(node, "value")
    )


_READERS: dict[str, Callable[[Foreign, dict[str, Any]], None]] = {
    "connector": _connector,
    "errorEventDefinition": _error_mapping,
    "executionListener": _listener,
    "failedJobRetryTimeCycle": _retry_cycle,
    "field": _field,
    "formData": _form_data,
    "formProperty": _form_property,
    "inputOutput": _input_output,
    "mapException": _exception_mapping,
    "properties": _properties,
    "taskListener": _listener,
}
