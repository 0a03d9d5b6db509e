// The editor of decisions: dmn-js, the engine as its linter, and a trial with the matched rules.
import Modeler from "dmn-js/lib/Modeler";

import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "./dmn.js";
import { startDocument } from "./document.js";
import { Words } from "./editor_words.js";
import { _ } from "./language.js";
import { startProblems } from "./problems.js";
import { startRequirements } from "./requirements.js";
import { COLOURS, markProblems, markRules, startTabs } from "./tables.js";
import { startTrial } from "./trial.js";

const LEFT = 70; // pixels that the palette takes
const ABOVE = 110;

// Every view of dmn-js has modules of its own.
function inWords() {
  const views = ["drd", "decisionTable", "literalExpression", "boxedExpression"];
  return Object.fromEntries(views.map((id) => [id, { ...COLOURS[id], additionalModules: [Words] }]));
}

async function start(place) {
  const canvas = document.getElementById("model-canvas");
  const text = JSON.parse(document.getElementById(place.dataset.source).textContent);
  const modeler = new Modeler({ container: canvas, ...COLOURS, ...inWords() });
  const save = async () => (await modeler.saveXML({ format: true })).xml;

  async function load(xml) {
    await modeler.importXML(xml, { open: false });
    const views = modeler.getViews();
    const tables = views.filter(({ type }) => type !== "drd");
    const wanted = tables.find(({ element }) => element.id === place.dataset.decision);
    await modeler.open(wanted ?? tables[0] ?? views[0]);
  }

  const note = canvas.querySelector(".note");
  try {
    await load(text);
  } catch (error) {
    note.textContent = _("The file cannot be opened: %(why)s", { why: error.message });
    return;
  }
  note.remove();
  startTabs(modeler, place.querySelector(".tabs"));

  // Every element of the file by its id, with the decision that it stands in.
  function owner(id) {
    const definitions = modeler.getDefinitions();
    for (const element of definitions.drgElement ?? []) {
      if (element.id === id || [...inside(element)].includes(id)) return element;
    }
    return undefined;
  }

  async function select(id) {
    const element = owner(id);
    if (!element) return;
    const views = modeler.getViews();
    await modeler.open(views.find((view) => view.element === element) ?? views[0]);
    const cell = canvas.querySelector(`[data-element-id="${CSS.escape(id)}"], [data-row-id="${CSS.escape(id)}"]`);
    cell?.scrollIntoView({ block: "center", inline: "center" });
    cell?.querySelector("[contenteditable], input, select")?.focus();
  }

  const trial = startTrial(place, save, (rules) => markRules(rules));
  const problems = startProblems(place, {
    save,
    select,
    has: (id) => Boolean(owner(id)),
    mark: (found) => markProblems(found.map(({ element }) => element).filter(Boolean)),
    heard: ({ decisions }) => trial.heard(decisions),
  });
  const stack = () => modeler.getActiveViewer()?.get("commandStack", false);
  const requirements = startRequirements(modeler);
  const kept = startDocument(place, {
    save,
    load,
    acts: {
      undo: () => stack()?.canUndo() && stack().undo(),
      redo: () => stack()?.canRedo() && stack().redo(),
      add: requirements.add,
    },
  });

  function follow() {
    requirements.update();
    const active = modeler.getActiveView();
    trial.choose(active?.type === "drd" ? undefined : active?.element.id);
  }

  const heard = new WeakSet(); // viewers whose edits are heard
  function listen() {
    const viewer = modeler.getActiveViewer();
    if (viewer && !heard.has(viewer)) {
      heard.add(viewer);
      requestAnimationFrame(() => clear(viewer.get("canvas", false)));
      viewer.on("elementsChanged", edited);
      viewer.on("elements.changed", edited);
      viewer.on("commandStack.changed", edited);
      viewer.on("selection.changed", requirements.update);
    }
    follow();
  }

  let isLoading = true;
  function edited() {
    if (isLoading) return;
    kept.changed();
    problems.soon();
    requirements.update();
  }

  modeler.on("views.changed", listen);
  listen();
  isLoading = false;
  await problems.now();
  await kept.offer(text, await save());
  place.dataset.ready = "yes";
}

// The drawing beside the palette and the name of the file.
function clear(canvas) {
  if (!canvas?.viewbox) return;
  const { inner, outer } = canvas.viewbox();
  if (!outer.width || !outer.height || !Number.isFinite(inner.x)) return;
  canvas.viewbox({ ...outer, x: inner.x - LEFT, y: inner.y - ABOVE });
}

// The ids of all that stands in an element.
function* inside(element) {
  const waiting = [element];
  const seen = new Set();
  while (waiting.length) {
    const current = waiting.pop();
    if (!current || typeof current !== "object" || seen.has(current)) continue;
    seen.add(current);
    if (Array.isArray(current)) {
      waiting.push(...current);
      continue;
    }
    if (typeof current.id === "string") yield current.id;
    for (const { name, isReference } of current.$descriptor?.properties ?? []) {
      if (!isReference) waiting.push(current[name.split(":").pop()] ?? current[name]);
    }
  }
}

const place = document.getElementById("modeler");
if (place) start(place);
