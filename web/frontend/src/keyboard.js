// The diagram by keyboard and by ear: one tab stop, arrows walk along the flows, Enter selects.
import { typeName } from "./elements.js";
import { _, ngettext } from "./language.js";

const WORDS = {
  tokens: (n) => ngettext("%(num)s here now", "%(num)s here now", n),
  incidents: (n) => ngettext("%(num)s incident", "%(num)s incidents", n),
  errors: (n) => ngettext("%(num)s error", "%(num)s errors", n),
  visits: (n) => ngettext("passed once", "passed %(num)s times", n),
};


function isStop(element) {
  return !element.waypoints && !element.labelTarget && element.type?.startsWith("bpmn:");
}

export function startKeyboard(viewer, selection) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const svg = canvas.getContainer().querySelector("svg");
  const stops = () =>
    registry.filter((element) => isStop(element) && element.parent && !element.hidden);
  let current = null;

  svg.setAttribute("role", "application");
  svg.setAttribute("aria-roledescription", _("diagram"));
  svg.setAttribute(
    "aria-label",
    _("Process diagram. Arrow keys walk along the flows, Enter selects, Escape leaves."),
  );
  svg.setAttribute("tabindex", "0");

  function first() {
    const starts = stops().filter((shape) => shape.type === "bpmn:StartEvent");
    return registry.get(selection.current()) ?? starts[0] ?? stops()[0];
  }

  function go(shape) {
    if (!shape) return;
    if (current) canvas.removeMarker(current, "focused");
    current = shape;
    canvas.addMarker(shape, "focused");
    selection.reveal(shape);
    registry.getGraphics(shape).focus({ preventScroll: true });
  }

  function leave() {
    if (current) canvas.removeMarker(current, "focused");
    current = null;
    svg.focus({ preventScroll: true });
  }

  // Where an arrow leads: along the flow, back, or to the nearest above or below.
  function next(key) {
    const flow = (connections, end) =>
      connections
        .filter((connection) => connection.type === "bpmn:SequenceFlow")
        .map((connection) => connection[end])[0];
    const order = stops().sort((a, b) => a.x - b.x || a.y - b.y);
    if (key === "Home") return order[0];
    if (key === "End") return order.at(-1);
    if (key === "ArrowRight") {
      const after = order.find((shape) => shape.x > current.x);
      return flow(current.outgoing, "target") ?? current.attachers?.[0] ?? after;
    }
    if (key === "ArrowLeft") {
      const before = order.filter((shape) => shape.x < current.x).at(-1);
      return flow(current.incoming, "source") ?? current.host ?? before;
    }
    const down = key === "ArrowDown";
    const centre = (shape) => [shape.x + shape.width / 2, shape.y + shape.height / 2];
    const [x, y] = centre(current);
    const far = (shape) => Math.hypot(centre(shape)[0] - x, 2 * (centre(shape)[1] - y));
    return order
      .filter((shape) => (down ? centre(shape)[1] > y + 4 : centre(shape)[1] < y - 4))
      .sort((a, b) => far(a) - far(b))[0];
  }

  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && current) leave();
    else if ((event.key === "Enter" || event.key === " ") && current) selection.choose(current.id);
    else if (/^(Home|End)$/.test(event.key)) go(next(event.key));
    else if (/^Arrow/.test(event.key)) go(current ? next(event.key) : first());
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  svg.addEventListener("focusout", (event) => {
    if (current && !svg.contains(event.relatedTarget)) {
      canvas.removeMarker(current, "focused");
      current = null;
    }
  });

  // Gives every element the name a screen reader says: type, name and what is the matter.
  function name(facts) {
    for (const shape of stops()) {
      const graphics = registry.getGraphics(shape);
      const fact = facts.elements[shape.id] ?? {};
      const said = Object.entries(WORDS).flatMap(([key, word]) => (fact[key] ? word(fact[key]) : []));
      const label = shape.businessObject?.name ?? _("without a name");
      graphics.setAttribute("role", "img");
      graphics.setAttribute("tabindex", "-1");
      graphics.setAttribute("aria-label", [typeName(shape.type), label, ...said].join(", "));
    }
  }

  return { name, focus: () => svg.focus({ preventScroll: true }) };
}
