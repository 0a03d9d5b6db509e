// What people call the types of BPMN's elements.
import { _ } from "./language.js";

const NAMES = {
  StartEvent: _("start event"),
  EndEvent: _("end event"),
  IntermediateCatchEvent: _("intermediate catch event"),
  IntermediateThrowEvent: _("intermediate throw event"),
  BoundaryEvent: _("boundary event"),
  Task: _("task"),
  ServiceTask: _("service task"),
  UserTask: _("user task"),
  ManualTask: _("manual task"),
  ScriptTask: _("script task"),
  SendTask: _("send task"),
  ReceiveTask: _("receive task"),
  BusinessRuleTask: _("business rule task"),
  CallActivity: _("call activity"),
  SubProcess: _("sub process"),
  AdHocSubProcess: _("ad hoc sub process"),
  Transaction: _("transaction"),
  ExclusiveGateway: _("exclusive gateway"),
  InclusiveGateway: _("inclusive gateway"),
  ParallelGateway: _("parallel gateway"),
  ComplexGateway: _("complex gateway"),
  EventBasedGateway: _("event based gateway"),
  Participant: _("participant"),
  Lane: _("lane"),
  DataObjectReference: _("data object"),
  DataStoreReference: _("data store"),
  TextAnnotation: _("text annotation"),
  Group: _("group"),
};

// `bpmn:UserTask` is a user task.
export function typeName(type) {
  const name = type.replace("bpmn:", "");
  return NAMES[name] ?? name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
