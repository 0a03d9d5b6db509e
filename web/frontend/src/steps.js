// Everything that the pointer can do to the steps of a diagram, by fields and buttons.
import { typeName } from "./elements.js";

const NODES = ["bpmn:FlowNode"];

export function startSteps(modeler, isPlatform) {
  const registry = modeler.get("elementRegistry");
  const selection = modeler.get("selection");
  const modeling = modeler.get("modeling");
  const chosen = document.getElementById("model-step");
  const target = document.getElementById("model-target");
  const kind = document.getElementById("model-kind");
  const jobType = document.getElementById("model-type");
  let offered; // templates by type of job

  const steps = () =>
    registry.filter(
      (element) =>
        !element.labelTarget && NODES.some((type) => element.businessObject?.$instanceOf?.(type)),
    );

  function called({ businessObject: node }) {
    const type = typeName(node.$type);
    return node.name ? `${node.name} (${type})` : `${type} ${node.id}`;
  }

  function fill(field, elements, value) {
    field.replaceChildren(
      ...elements.map((element) => {
        const option = document.createElement("option");
        option.value = element.id;
        option.textContent = called(element);
        return option;
      }),
    );
    if (elements.some(({ id }) => id === value)) field.value = value;
  }

  function update() {
    const [selected] = selection.get();
    const all = steps();
    fill(chosen, all, selected?.id ?? chosen.value);
    fill(target, all, target.value);
  }

  function select(id) {
    const element = registry.get(id);
    if (!element) return;
    selection.select(element);
    modeler.get("canvas").scrollToElement(element, 80);
  }

  // The type of job in the words of the file's dialect.
  function give(shape, jobType) {
    if (isPlatform) {
      modeling.updateProperties(shape, { "camunda:type": "external", "camunda:topic": jobType });
      return;
    }
    const factory = modeler.get("bpmnFactory");
    const definition = factory.create("zeebe:TaskDefinition", { type: jobType });
    const extensions = factory.create("bpmn:ExtensionElements", { values: [definition] });
    definition.$parent = extensions;
    extensions.$parent = shape.businessObject;
    modeling.updateProperties(shape, { extensionElements: extensions });
  }

  function append() {
    const source = registry.get(chosen.value);
    if (!source) return;
    const [space, type, , eventDefinitionType] = kind.value.split(":");
    const attributes = { type: `${space}:${type}` };
    if (eventDefinitionType) attributes.eventDefinitionType = `bpmn:${eventDefinitionType}`;
    if (type === "SubProcess") attributes.isExpanded = true;
    const shape = modeler.get("elementFactory").createShape(attributes);
    const wanted = type === "ServiceTask" ? jobType.value.trim() : "";
    const added = modeler.get("autoPlace").append(source, shape);
    const template = wanted && offered?.of(wanted, added);
    if (template) offered.apply(added, template);
    else {
      if (wanted) give(added, wanted);
      selection.select(added);
    }
  }

  function connect() {
    const [from, to] = [registry.get(chosen.value), registry.get(target.value)];
    if (from && to && modeler.get("rules").allowed("connection.create", { source: from, target: to })) {
      modeling.connect(from, to);
    }
  }

  function remove() {
    const element = registry.get(chosen.value);
    if (element) modeling.removeElements([element]);
  }

  chosen.addEventListener("change", () => select(chosen.value));
  modeler.on(["selection.changed", "commandStack.changed", "import.done"], update);
  update();
  return {
    select,
    acts: { append, connect, remove },
    offer(found) {
      offered = found;
    },
  };
}
