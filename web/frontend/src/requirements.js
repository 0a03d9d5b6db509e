// Decisions and what they need, by fields and buttons: what the pointer does on the drawing.
import { _ } from "./language.js";

const SHAPES = {
  table: "dmn:Decision",
  expression: "dmn:Decision",
  input: "dmn:InputData",
  knowledge: "dmn:BusinessKnowledgeModel",
  source: "dmn:KnowledgeSource",
};
const BESIDE = 40; // pixels between what is added and what stands there

export function startRequirements(modeler) {
  const kind = document.getElementById("model-kind");
  const target = document.getElementById("model-target");
  const fields = [...document.querySelectorAll("[data-property]")];

  const drd = () => modeler.getViews().find(({ type }) => type === "drd");

  // The decision whose table is open, or the one selected on the drawing.
  function current() {
    const active = modeler.getActiveView();
    if (active && active.type !== "drd") return active.element;
    const [selected] = modeler.getActiveViewer()?.get("selection", false)?.get?.() ?? [];
    return selected?.businessObject?.id ? selected.businessObject : undefined;
  }

  function update() {
    const elements = (modeler.getDefinitions().drgElement ?? []).filter(({ $type }) => $type !== "dmn:InputData");
    const none = new Option(_("nothing yet"), "");
    const chosen = target.value;
    target.replaceChildren(none, ...elements.map(({ id, name }) => new Option(name || id, id)));
    if (elements.some(({ id }) => id === chosen)) target.value = chosen;
    const element = current();
    for (const field of fields) {
      field.disabled = !element;
      if (document.activeElement !== field) field.value = element?.get(field.dataset.property) ?? "";
    }
  }

  for (const field of fields) {
    field.addEventListener("change", () => {
      const element = current();
      const value = field.value.trim();
      const isTaken = field.dataset.property === "id" && !/^[A-Za-z_][\w.-]*$/.test(value);
      field.setAttribute("aria-invalid", String(isTaken));
      if (!element || isTaken || element.get(field.dataset.property) === value) return;
      const viewer = modeler.getActiveViewer();
      const shape = viewer.get("elementRegistry", false)?.get?.(element.id);
      viewer.get("modeling").updateProperties(shape ?? element, { [field.dataset.property]: value });
      update();
    });
  }

  // Adds an element to the requirements, where there is room, and connects it.
  async function add() {
    await modeler.open(drd());
    const viewer = modeler.getActiveViewer();
    const registry = viewer.get("elementRegistry");
    const canvas = viewer.get("canvas");
    const modeling = viewer.get("modeling");
    const businessObject = created(viewer.get("drdFactory"), kind.value);
    const shape = viewer.get("elementFactory").createShape({ type: businessObject.$type, businessObject });
    const needing = target.value && registry.get(target.value);
    const placed = registry.filter(({ width, x, parent }) => width && parent && Number.isFinite(x));
    const right = Math.max(0, ...placed.map(({ x, width }) => x + width));
    const y = needing ? needing.y + needing.height + 2 * BESIDE + shape.height / 2 : 160;
    const isTaken = placed.some((one) => Math.abs(one.y + one.height / 2 - y) < shape.height);
    const x = needing && !isTaken ? needing.x + needing.width / 2 : right + BESIDE + shape.width / 2;
    const added = modeling.createShape(shape, { x, y }, canvas.getRootElement());
    if (needing) {
      const allowed = viewer.get("drdRules").canConnect(added, needing);
      if (allowed) modeling.connect(added, needing, allowed);
    }
    viewer.get("selection").select(added);
    update();
  }

  return { add, update };
}

// An element of a kind, with an empty table or expression where it has one.
function created(factory, kind) {
  const element = factory.create(SHAPES[kind]);
  const own = (type, properties, parent) => Object.assign(factory.create(type, properties), { $parent: parent });
  if (kind === "table") {
    const table = own("dmn:DecisionTable", {}, element);
    const input = own("dmn:InputClause", {}, table);
    input.inputExpression = own("dmn:LiteralExpression", { typeRef: "string" }, input);
    table.input = [input];
    table.output = [own("dmn:OutputClause", { typeRef: "string" }, table)];
    element.decisionLogic = table;
  } else if (kind === "expression") {
    element.decisionLogic = own("dmn:LiteralExpression", {}, element);
  } else if (kind === "knowledge") {
    const logic = own("dmn:FunctionDefinition", {}, element);
    logic.body = own("dmn:LiteralExpression", {}, logic);
    element.encapsulatedLogic = logic;
  }
  return element;
}
