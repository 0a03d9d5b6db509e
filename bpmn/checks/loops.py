"""Loops and multi-instance activities (BPMN 2.0.2 §10.3.8)."""

from __future__ import annotations

import re

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.naming import ITEM_AWARE
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.triggers import POSITIONS
from bpmn.checks.words import a, called, kind

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_OTHER_LITERAL = re.compile(r'"[^"]*"|true|false|null|P[\dT]\S*')


@rule("loop-maximum", "10.3.8", m.StandardLoopCharacteristics)
def loop_maximum(loop: m.StandardLoopCharacteristics, context: Context) -> Findings:
    """A loop runs once or more."""
    if loop.loop_maximum is None or loop.loop_maximum >= 1:
        return None
    return Finding(
        loop,
        f"'loopMaximum' of {_host(loop, context)} is {loop.loop_maximum}",
        "1 or more would do",
    )


@rule("loop-endless", "10.3.8", m.StandardLoopCharacteristics, drawn="info")
def loop_endless(loop: m.StandardLoopCharacteristics, context: Context) -> Findings:
    """In an executable process, a loop has a condition or a maximum."""
    if loop.loop_condition is not None or loop.loop_maximum is not None:
        return None
    return Finding(
        loop,
        f"the loop of {_host(loop, context)} has neither condition nor maximum: it never ends",
        "add a 'loopCondition' or a 'loopMaximum'",
    )


@rule("multi-instance-count-missing", "10.3.8", m.MultiInstanceLoopCharacteristics, drawn="info")
def multi_instance_count_missing(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """In an executable process, a multi-instance activity says how many instances it has."""
    if loop.loop_cardinality is not None or loop.loop_data_input_ref:
        return None
    said = context.settings(loop).loop
    if said is not None and said.collection is not None:
        return None
    return Finding(
        loop,
        f"the multi-instance loop of {_host(loop, context)} has neither cardinality nor collection",
        "add a 'loopCardinality' or a 'loopDataInputRef'",
    )


@rule(
    "multi-instance-count-twice",
    "10.3.8",
    m.MultiInstanceLoopCharacteristics,
    drawn="warning",
    vendor="warning",
)
def multi_instance_count_twice(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """A multi-instance activity has a cardinality or a collection, not both."""
    if loop.loop_cardinality is None or not loop.loop_data_input_ref:
        return None
    return Finding(
        loop,
        f"the multi-instance loop of {_host(loop, context)} has a cardinality and a collection",
        "keep one of them",
    )


@rule(
    "multi-instance-cardinality",
    "10.3.8",
    m.MultiInstanceLoopCharacteristics,
    drawn="warning",
)
def multi_instance_cardinality(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """A cardinality that is written out is a whole number, 0 or more."""
    if loop.loop_cardinality is None:
        return None
    text = loop.loop_cardinality.text.strip().removeprefix("=").strip()
    if not _NUMBER.fullmatch(text) and not _OTHER_LITERAL.fullmatch(text):
        return None
    if text.removeprefix("+").isdecimal():
        return None
    return Finding(
        loop,
        f"the cardinality of {_host(loop, context)} is '{text}'",
        "a whole number, 0 or more, or an expression would do",
        loop.loop_cardinality.line,
    )


@rule("multi-instance-behavior", "10.3.8", m.MultiInstanceLoopCharacteristics, drawn="info")
def multi_instance_behavior(loop: m.MultiInstanceLoopCharacteristics, context: Context) -> Findings:
    """A multi-instance activity that throws events on completion says which."""
    needed = {
        "None": ("noneBehaviorEventRef", loop.none_behavior_event_ref),
        "One": ("oneBehaviorEventRef", loop.one_behavior_event_ref),
        "Complex": ("complexBehaviorDefinition", loop.complex_behavior_definitions),
    }.get(loop.behavior)
    if needed is None or needed[1]:
        return None
    return Finding(
        loop,
        f"the multi-instance loop of {_host(loop, context)} has behavior '{loop.behavior}' and no"
        f" '{needed[0]}'",
        f"add '{needed[0]}', or leave 'behavior' out",
    )


@rule("multi-instance-behavior-event", "10.3.8", m.MultiInstanceLoopCharacteristics)
def multi_instance_behavior_event(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """What a multi-instance activity throws on completion is something that can be thrown."""
    refs = (loop.one_behavior_event_ref, loop.none_behavior_event_ref)
    return [
        Finding(
            loop,
            f"the multi-instance loop of {_host(loop, context)} throws '{definition.id}', which is"
            f" {a(kind(type(definition)))}",
            "a message, a signal, an escalation, an error or a compensation would do",
        )
        for definition in (context.by_id.get(ref or "") for ref in refs)
        if isinstance(definition, m.EventDefinition)
        if not isinstance(definition, POSITIONS["implicit throw event"])
    ]


@rule("complex-behavior-condition", "10.3.8", m.ComplexBehaviorDefinition)
def complex_behavior_condition(definition: m.ComplexBehaviorDefinition, _: Context) -> Findings:
    """A complex behaviour has a condition."""
    if definition.condition is not None:
        return None
    return Finding(definition, f"{called(definition)} has no condition", "add a 'condition'")


@rule("multi-instance-input-item", "10.3.8", m.MultiInstanceLoopCharacteristics, severity="warning")
def multi_instance_input_item(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """Only a loop over a collection has an input data item."""
    if loop.input_data_item is None or loop.loop_data_input_ref:
        return None
    return Finding(
        loop.input_data_item,
        f"the multi-instance loop of {_host(loop, context)} has an 'inputDataItem' and no"
        " collection",
        "add a 'loopDataInputRef'",
    )


@rule(
    "multi-instance-output-item", "10.3.8", m.MultiInstanceLoopCharacteristics, severity="warning"
)
def multi_instance_output_item(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """Only a loop that collects has an output data item."""
    if loop.output_data_item is None or loop.loop_data_output_ref:
        return None
    return Finding(
        loop.output_data_item,
        f"the multi-instance loop of {_host(loop, context)} has an 'outputDataItem' and nothing"
        " to collect it in",
        "add a 'loopDataOutputRef'",
    )


@rule("multi-instance-collection", "10.3.8", m.MultiInstanceLoopCharacteristics, severity="warning")
def multi_instance_collection(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """What a multi-instance activity loops over is a collection."""
    data = context.by_id.get(loop.loop_data_input_ref or "")
    if isinstance(data, m.DataObjectReference):
        data = context.by_id.get(data.data_object_ref or "")
    if not isinstance(data, m.DataObject | m.DataInput) or data.is_collection:
        return None
    item = context.by_id.get(data.item_subject_ref or "")
    if isinstance(item, m.ItemDefinition) and item.is_collection:
        return None
    return Finding(
        loop,
        f"the multi-instance loop of {_host(loop, context)} is over {called(data)}, which is no"
        " collection",
        "set 'isCollection' of it to true",
    )


@rule("multi-instance-data-place", "10.3.8", m.MultiInstanceLoopCharacteristics, severity="warning")
def multi_instance_data_place(
    loop: m.MultiInstanceLoopCharacteristics, context: Context
) -> Findings:
    """A task loops over one of its own data inputs, a sub-process over data that it can see."""
    data = context.by_id.get(loop.loop_data_input_ref or "")
    host = context.parent(loop)
    if not isinstance(data, ITEM_AWARE) or host is None:
        return None
    holders = {id(around) for around in (host, *context.parents(host))}
    if any(id(around) in holders for around in _holders(data, context)):
        return None
    return Finding(
        loop,
        f"the multi-instance loop of {_host(loop, context)} is over {called(data)}, which it"
        " cannot see",
        "use its own data input, or data of a process around it",
    )


def _holders(data: m.ModelElement, context: Context) -> list[m.ModelElement]:
    """What the data belongs to: the element in which it, or its specification, stands."""
    return [
        around
        for around in context.parents(data)
        if not isinstance(around, m.InputOutputSpecification)
    ][:1]


def _host(loop: m.LoopCharacteristics, context: Context) -> str:
    host = context.parent(loop)
    return called(host) if host is not None else called(loop)
