"""References (BPMN 2.0.2 §8.3.1): one rule an attribute that names another element."""

from __future__ import annotations

from typing import TypeAlias

import bpmn.model as m
from bpmn.checks.naming import ITEM_AWARE, add_reference
from bpmn.checks.problem import Severity

_Row: TypeAlias = tuple[str, type[m.ModelElement], str, type[m.ModelElement] | str]

_CORE: tuple[_Row, ...] = (
    ("8.4.1", m.Association, "source_ref", "element"),
    ("8.4.1", m.Association, "target_ref", "element"),
    ("8.4.1", m.Group, "category_value_ref", m.CategoryValue),
    ("8.4.2", m.CorrelationKey, "correlation_property_refs", m.CorrelationProperty),
    ("8.4.2", m.CorrelationPropertyRetrievalExpression, "message_ref", m.Message),
    ("8.4.2", m.CorrelationPropertyBinding, "correlation_property_ref", m.CorrelationProperty),
    ("8.4.2", m.CorrelationSubscription, "correlation_key_ref", m.CorrelationKey),
    ("8.4.3", m.Error, "structure_ref", m.ItemDefinition),
    ("8.4.4", m.Escalation, "structure_ref", m.ItemDefinition),
    ("8.4.5", m.FlowElement, "category_value_refs", m.CategoryValue),
    ("8.4.8", m.FormalExpression, "evaluates_to_type_ref", m.ItemDefinition),
    ("8.4.9", m.FlowNode, "incoming", m.SequenceFlow),
    ("8.4.9", m.FlowNode, "outgoing", m.SequenceFlow),
    ("8.4.11", m.Message, "item_ref", m.ItemDefinition),
    ("8.4.12", m.ResourceParameter, "type", m.ItemDefinition),
    ("8.4.13", m.SequenceFlow, "source_ref", m.FlowNode),
    ("8.4.13", m.SequenceFlow, "target_ref", m.FlowNode),
    ("8.5", m.Operation, "in_message_ref", m.Message),
    ("8.5", m.Operation, "out_message_ref", m.Message),
    ("8.5", m.Operation, "error_refs", m.Error),
)

_COLLABORATION: tuple[_Row, ...] = (
    ("9.2", m.Collaboration, "choreography_refs", m.Choreography),
    ("9.3", m.Participant, "process_ref", m.Process),
    ("9.3", m.Participant, "interface_refs", m.Interface),
    ("9.3", m.Participant, "end_point_refs", m.EndPoint),
    ("9.3.1", m.PartnerEntity, "participant_refs", m.Participant),
    ("9.3.1", m.PartnerRole, "participant_refs", m.Participant),
    ("9.3.2", m.ParticipantAssociation, "inner_participant_ref", m.Participant),
    ("9.3.2", m.ParticipantAssociation, "outer_participant_ref", m.Participant),
    ("9.4", m.MessageFlow, "source_ref", "interaction node"),
    ("9.4", m.MessageFlow, "target_ref", "interaction node"),
    ("9.4", m.MessageFlow, "message_ref", m.Message),
    ("9.4.2", m.MessageFlowAssociation, "inner_message_flow_ref", m.MessageFlow),
    ("9.4.2", m.MessageFlowAssociation, "outer_message_flow_ref", m.MessageFlow),
    ("9.5.1", m.ConversationNode, "participant_refs", m.Participant),
    ("9.5.1", m.ConversationNode, "message_flow_refs", m.MessageFlow),
    ("9.5.4", m.CallConversation, "called_collaboration_ref", m.Collaboration),
    ("9.5.6", m.ConversationLink, "source_ref", "interaction node"),
    ("9.5.6", m.ConversationLink, "target_ref", "interaction node"),
    ("9.5.7", m.ConversationAssociation, "inner_conversation_node_ref", m.ConversationNode),
    ("9.5.7", m.ConversationAssociation, "outer_conversation_node_ref", m.ConversationNode),
    ("11.5", m.ChoreographyActivity, "initiating_participant_ref", m.Participant),
    ("11.5", m.ChoreographyActivity, "participant_refs", m.Participant),
    ("11.5.1", m.ChoreographyTask, "message_flow_refs", m.MessageFlow),
    ("11.5.3", m.CallChoreography, "called_choreography_ref", m.Choreography),
    ("11.5.4", m.GlobalChoreographyTask, "initiating_participant_ref", m.Participant),
)

_PROCESS: tuple[_Row, ...] = (
    ("10.2", m.Process, "definitional_collaboration_ref", m.Collaboration),
    ("10.2", m.Process, "supports", m.Process),
    ("10.3", m.Activity, "default", m.SequenceFlow),
    ("10.3.1", m.ResourceRole, "resource_ref", m.Resource),
    ("10.3.1", m.ResourceParameterBinding, "parameter_ref", m.ResourceParameter),
    ("10.3.3", m.ServiceTask, "operation_ref", m.Operation),
    ("10.3.3", m.SendTask, "operation_ref", m.Operation),
    ("10.3.3", m.SendTask, "message_ref", m.Message),
    ("10.3.3", m.ReceiveTask, "operation_ref", m.Operation),
    ("10.3.3", m.ReceiveTask, "message_ref", m.Message),
    ("10.3.6", m.CallableElement, "supported_interface_refs", m.Interface),
    ("10.3.6", m.InputOutputBinding, "operation_ref", m.Operation),
    ("10.3.6", m.InputOutputBinding, "input_data_ref", m.InputSet),
    ("10.3.6", m.InputOutputBinding, "output_data_ref", m.OutputSet),
    ("10.3.8", m.MultiInstanceLoopCharacteristics, "loop_data_input_ref", "item-aware element"),
    ("10.3.8", m.MultiInstanceLoopCharacteristics, "loop_data_output_ref", "item-aware element"),
    ("10.3.8", m.MultiInstanceLoopCharacteristics, "one_behavior_event_ref", m.EventDefinition),
    ("10.3.8", m.MultiInstanceLoopCharacteristics, "none_behavior_event_ref", m.EventDefinition),
    ("10.6.2", m.ExclusiveGateway, "default", m.SequenceFlow),
    ("10.6.3", m.InclusiveGateway, "default", m.SequenceFlow),
    ("10.6.5", m.ComplexGateway, "default", m.SequenceFlow),
    ("10.8", m.Lane, "flow_node_refs", m.FlowNode),
    ("10.8", m.Lane, "partition_element_ref", "element"),
)

_DATA: tuple[_Row, ...] = (
    *(("10.4.1", cls, "item_subject_ref", m.ItemDefinition) for cls in ITEM_AWARE),
    ("10.4.1", m.DataObjectReference, "data_object_ref", m.DataObject),
    ("10.4.1", m.DataStoreReference, "data_store_ref", m.DataStore),
    ("10.4.1", m.InputSet, "data_input_refs", m.DataInput),
    ("10.4.1", m.InputSet, "optional_input_refs", m.DataInput),
    ("10.4.1", m.InputSet, "while_executing_input_refs", m.DataInput),
    ("10.4.1", m.InputSet, "output_set_refs", m.OutputSet),
    ("10.4.1", m.OutputSet, "data_output_refs", m.DataOutput),
    ("10.4.1", m.OutputSet, "optional_output_refs", m.DataOutput),
    ("10.4.1", m.OutputSet, "while_executing_output_refs", m.DataOutput),
    ("10.4.1", m.OutputSet, "input_set_refs", m.InputSet),
    ("10.4.2", m.DataAssociation, "source_refs", "item-aware element"),
    ("10.4.2", m.DataAssociation, "target_ref", "item-aware element"),
)

_EVENTS: tuple[_Row, ...] = (
    ("10.5.1", m.CatchEvent, "event_definition_refs", m.EventDefinition),
    ("10.5.1", m.ThrowEvent, "event_definition_refs", m.EventDefinition),
    ("10.5.4", m.BoundaryEvent, "attached_to_ref", m.Activity),
    ("10.5.5", m.MessageEventDefinition, "message_ref", m.Message),
    ("10.5.5", m.MessageEventDefinition, "operation_ref", m.Operation),
    ("10.5.5", m.SignalEventDefinition, "signal_ref", m.Signal),
    ("10.5.5", m.Signal, "structure_ref", m.ItemDefinition),
    ("10.5.5", m.ErrorEventDefinition, "error_ref", m.Error),
    ("10.5.5", m.EscalationEventDefinition, "escalation_ref", m.Escalation),
    ("10.5.5", m.CompensateEventDefinition, "activity_ref", m.Activity),
    ("10.5.5", m.LinkEventDefinition, "sources", m.LinkEventDefinition),
    ("10.5.5", m.LinkEventDefinition, "target", m.LinkEventDefinition),
)

_IN_ENGINES: dict[tuple[type[m.ModelElement], str], Severity] = {
    (m.FlowNode, "incoming"): "warning",
    (m.FlowNode, "outgoing"): "warning",
    (m.MultiInstanceLoopCharacteristics, "loop_data_input_ref"): "info",
    (m.MultiInstanceLoopCharacteristics, "loop_data_output_ref"): "info",
}
"""Engines go by the flows alone, and take the data of a loop for the names of variables."""

_DRAWN: dict[tuple[type[m.ModelElement], str], Severity] = {
    (m.DataAssociation, "source_refs"): "warning",
    (m.DataAssociation, "target_ref"): "warning",
}
"""Drawing tools let a data association end at the activity itself."""

for _clause, _owner, _field, _target in (*_CORE, *_COLLABORATION, *_PROCESS, *_DATA, *_EVENTS):
    _key = (_owner, _field)
    add_reference(
        _clause, _owner, _field, _target, drawn=_DRAWN.get(_key), vendor=_IN_ENGINES.get(_key)
    )
