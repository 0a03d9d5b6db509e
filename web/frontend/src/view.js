// What part of a model is seen, and how large: labels stay readable, a small map shows the whole.
import { _ } from "./language.js";

const MARGIN = 40; // around the model, for badges and labels
const USUAL = 12; // px, of a label
const DRAWN = 11; // px, for which modellers leave room
const LARGEST = 14; // what still fits into the shapes
const READABLE = 10; // px on the screen
const NEARLY = 0.25; // so much less is as good
const STEP = 1.25;
const LIFE = 1.5; // a small model is shown so much larger than it was drawn
const MAP = { width: 160, height: 88, share: 0.28 };
const SVG = "http://www.w3.org/2000/svg";

function scaleOf(inner, outer) {
  const across = outer.width / (inner.width + 2 * MARGIN);
  return Math.min(LIFE, across, outer.height / (inner.height + 2 * MARGIN));
}

// Of everything that a plane draws.
function extentOf(plane) {
  const points = (plane?.planeElement ?? []).flatMap((one) => {
    const boxes = [one.bounds, one.label?.bounds].filter(Boolean);
    const corners = boxes.map(({ x, y, width, height }) => ({ x: x + width, y: y + height }));
    return [...boxes, ...corners, ...(one.waypoint ?? [])];
  });
  const across = points.map((point) => point.x);
  const down = points.map((point) => point.y);
  const spread = (all) => (all.length ? Math.max(...all) - Math.min(...all) : 0);
  return { width: spread(across), height: spread(down) };
}

// Larger letters where the model is shown smaller than life; before it is drawn.
export function enlargeLabels(viewer, container) {
  viewer.on("import.parse.complete", ({ definitions }) => {
    const plane = definitions?.diagrams?.[0]?.plane;
    const inner = extentOf(plane);
    const scale = scaleOf(inner, { width: container.clientWidth, height: container.clientHeight });
    const size = Math.min(LARGEST, Math.max(USUAL, READABLE / scale));
    const texts = viewer.get("textRenderer");
    for (const style of [texts.getDefaultStyle(), texts.getExternalStyle()]) style.fontSize = size;
    for (const box of (plane?.planeElement ?? []).map((one) => one.label?.bounds)) {
      if (!box) continue;
      const wider = box.width * (size / DRAWN - 1);
      box.x -= wider / 2;
      box.width += wider;
    }
  });
}

// What somebody comes to see: the chosen element, what failed, where a token is, the beginning.
function mattering(viewer, facts) {
  const registry = viewer.get("elementRegistry");
  const having = (kind) => Object.keys(facts.elements).find((id) => facts.elements[id][kind]);
  const ids = [facts.selected, ...["errors", "incidents", "unserved", "planned", "waits", "tokens"].map(having)];
  const found = ids.map((id) => id && registry.get(id)).find(Boolean);
  return found ?? registry.find((one) => one.type === "bpmn:StartEvent");
}

function show(viewer, scale, centre) {
  const canvas = viewer.get("canvas");
  const { inner, outer } = canvas.viewbox();
  const [width, height] = [outer.width / scale, outer.height / scale];
  // As far to one side as the model has something to show there.
  const place = (start, length, seen, middle) => {
    const [first, last] = [start - MARGIN, start + length + MARGIN - seen];
    if (last <= first) return start - (seen - length) / 2;
    return Math.min(Math.max(middle - seen / 2, first), last);
  };
  const x = place(inner.x, inner.width, width, centre.x);
  const y = place(inner.y, inner.height, height, centre.y);
  canvas.viewbox({ x, y, width, height });
}

function fit(viewer) {
  const { inner, outer } = viewer.get("canvas").viewbox();
  show(viewer, scaleOf(inner, outer), { x: inner.x, y: inner.y });
}

// Shows the whole model where its labels can be read then, or else the part that matters.
// Returns what brings the map up to date; of several diagrams side by side each shows the whole.
export function startView(viewer, container, facts) {
  const { inner, outer } = viewer.get("canvas").viewbox();
  const scale = scaleOf(inner, outer);
  const size = viewer.get("textRenderer").getDefaultStyle().fontSize;
  const isAlone = document.querySelectorAll('[data-island="diagram"]').length === 1;
  const shape = isAlone && scale * size < READABLE - NEARLY ? mattering(viewer, facts) : null;
  addButtons(viewer, container);
  if (!shape) {
    fit(viewer);
    return () => {};
  }
  const centre = { x: shape.x + shape.width / 2, y: shape.y + shape.height / 2 };
  show(viewer, READABLE / size, centre);
  return addMap(viewer, container);
}

function addButtons(viewer, container) {
  const canvas = viewer.get("canvas");
  const bar = document.createElement("div");
  bar.className = "zoom";
  const kinds = [
    ["−", _("Smaller"), () => canvas.zoom(canvas.zoom() / STEP, "auto")],
    ["+", _("Larger"), () => canvas.zoom(canvas.zoom() * STEP, "auto")],
    ["⤢", _("The whole diagram"), () => fit(viewer)],
  ];
  for (const [sign, word, act] of kinds) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = sign;
    button.title = word;
    button.setAttribute("aria-label", word);
    button.addEventListener("click", act);
    bar.append(button);
  }
  container.append(bar);
}

function drawn(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// The model in small, with a frame around what is seen; pressing it goes there. Who uses keys or
// ears has the diagram itself, so it is silent.
function addMap(viewer, container) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const { inner } = canvas.viewbox();
  const across = Math.min(MAP.width, MAP.share * container.clientWidth);
  const scale = Math.min(across / inner.width, MAP.height / inner.height);
  const place = { width: inner.width * scale, height: inner.height * scale };
  const map = document.createElement("div");
  map.className = "minimap";
  map.setAttribute("aria-hidden", "true");
  const box = `${inner.x} ${inner.y} ${inner.width} ${inner.height}`;
  const svg = drawn("svg", { viewBox: box, ...place }, map);
  const shapes = new Map();
  for (const one of registry.filter((shape) => !shape.labelTarget && shape.parent)) {
    if (one.waypoints) {
      const points = one.waypoints.map(({ x, y }) => `${x},${y}`).join(" ");
      shapes.set(one.id, drawn("polyline", { points }, svg));
    } else {
      const { x, y, width, height } = one;
      shapes.set(one.id, drawn("rect", { x, y, width, height, rx: 10 }, svg));
    }
  }
  const frame = drawn("rect", { class: "frame" }, svg);
  const seen = () => {
    const now = canvas.viewbox();
    for (const key of ["x", "y", "width", "height"]) frame.setAttribute(key, now[key]);
  };
  seen();
  viewer.get("eventBus").on("canvas.viewbox.changed", seen);
  const go = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = at.matrixTransform(svg.getScreenCTM().inverse());
    show(viewer, canvas.zoom(), { x, y });
  };
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    go(event);
  });
  map.addEventListener("pointermove", (event) => map.hasPointerCapture(event.pointerId) && go(event));
  container.append(map);
  return () => {
    for (const [id, element] of shapes) {
      const markers = registry.getGraphics(id)?.classList ?? [];
      const told = [...markers].filter((one) => /^(has|visited|undone|stopped|taken|heat)/.test(one));
      element.setAttribute("class", told.join(" "));
    }
  };
}
