// The diagram island: a BPMN model with what the engine recorded drawn over it.
//
//   <div data-island="diagram" data-model="/definitions/1.bpmn" data-facts="facts">
//   <script type="application/json" id="facts">{"elements": {}, "flows": {}, "selected": null}
//
// The page around it is replaced while it lives; it reads its facts again after every replacement.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import { drawFacts } from "./facts.js";
import { link, showDifferences } from "./linked.js";
import { _ } from "./language.js";
import { startKeyboard } from "./keyboard.js";
import { startSelection } from "./selection.js";
import { enlargeLabels, startView } from "./view.js";

const FONT = "Inter, Arial, Helvetica, sans-serif"; // bpmn-js measures with it, so no system-ui

function readFacts(id) {
  const place = document.getElementById(id);
  return place ? JSON.parse(place.textContent) : { elements: {}, flows: {}, selected: null };
}

// The model stands in the page (an upload that was refused) or at an address.
async function readModel(container) {
  const inline = document.getElementById(container.dataset.source ?? "");
  if (inline) return JSON.parse(inline.textContent);
  const answer = await fetch(container.dataset.model);
  const word = answer.headers.get("X-Correlation-Id");
  const code = word ? `${answer.status}, ${word}` : String(answer.status);
  if (!answer.ok) throw new Error(_("the model could not be loaded (%(code)s)", { code }));
  const text = await answer.text();
  if (!text.trim()) throw new Error(_("the model is empty"));
  return text;
}

// A diagram that could not be had is asked for again by a button; the lists stay beside it.
function say(container, text) {
  const note = container.querySelector(".note");
  const again = document.createElement("button");
  again.type = "button";
  again.className = "small";
  again.textContent = _("Try again");
  again.addEventListener("click", () => {
    note.textContent = _("Drawing the diagram…");
    startDiagram(container);
  });
  note.replaceChildren(text, " ", again);
}

async function startDiagram(container) {
  const note = container.querySelector(".note");
  const viewer = new NavigatedViewer({
    container,
    bpmnRenderer: {
      defaultFillColor: "var(--bg)",
      defaultStrokeColor: "var(--text)",
      defaultLabelColor: "var(--text)",
    },
    overlays: { defaults: { show: { minZoom: 0.2 }, scale: { min: 0.9, max: 1.2 } } },
    textRenderer: { defaultStyle: { fontFamily: FONT }, externalStyle: { fontSize: 12 } },
  });
  enlargeLabels(viewer, container);
  try {
    await viewer.importXML(await readModel(container));
  } catch (error) {
    viewer.destroy();
    const { message } = error;
    const text = _("The diagram cannot be shown: %(message)s. Its steps stand in the lists.", { message });
    say(container, text);
    return;
  }
  note?.remove();
  const factsId = container.dataset.facts;
  const drawMap = startView(viewer, container, readFacts(factsId));
  const draw = drawFacts(viewer);
  const selection = startSelection(viewer, container);
  const keyboard = startKeyboard(viewer, selection);
  link(viewer);

  function update() {
    const facts = readFacts(factsId);
    draw(facts);
    selection.show(facts.selected);
    keyboard.name(facts);
    drawMap();
  }

  update();
  if (container.closest("[data-focus]")) showDifferences(viewer, readFacts(factsId));
  // Who comes from a page of ours goes on at the diagram; opened by its address, a page begins at its top.
  const isPlanning = container.closest(".planning") && document.referrer.startsWith(location.origin);
  if (isPlanning && document.activeElement === document.body) keyboard.focus();
  container.dataset.ready = "yes";
  document.addEventListener("htmx:afterSettle", update);
}

for (const container of document.querySelectorAll('[data-island="diagram"]')) {
  startDiagram(container);
}
