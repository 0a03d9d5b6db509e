// The modeler island: bpmn-js with its properties panel, and the engine as its linter.
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  CamundaPlatformPropertiesProviderModule,
  ZeebePropertiesProviderModule,
} from "bpmn-js-properties-panel";
import TokenSimulation from "bpmn-js-token-simulation";
import Modeler from "bpmn-js/lib/Modeler";
import CloudBehaviors from "camunda-bpmn-js-behaviors/lib/camunda-cloud";
import PlatformBehaviors from "camunda-bpmn-js-behaviors/lib/camunda-platform";
import camunda from "camunda-bpmn-moddle/resources/camunda.json";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json";

import "@bpmn-io/properties-panel/dist/assets/properties-panel.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css";
import { startLint } from "./lint.js";
import { startSteps } from "./steps.js";

const FONT = "Inter, Arial, Helvetica, sans-serif"; // bpmn-js measures with it, so no system-ui
const PALETTE = 150; // pixels that it takes on the left
const MARGIN = 30;
const CLOUD = "http://camunda.org/schema/zeebe/1.0";
const PLATFORM = "http://camunda.org/schema/1.0/bpmn";

// Properties are written in the dialect that the file is in; a plain one gets Camunda 8's words.
function dialectOf(xml) {
  const names = /executionPlatform="([^"]*)"/.exec(xml)?.[1] ?? "";
  const isPlatform = names ? names !== "Camunda Cloud" : xml.includes(PLATFORM) && !xml.includes(CLOUD);
  return isPlatform
    ? {
        title: "Camunda 7",
        moddle: { camunda },
        modules: [CamundaPlatformPropertiesProviderModule, PlatformBehaviors],
      }
    : {
        title: "Camunda 8",
        moddle: { zeebe },
        modules: [ZeebePropertiesProviderModule, CloudBehaviors],
      };
}

async function start(place) {
  const canvasPlace = document.getElementById("model-canvas");
  const xml = JSON.parse(document.getElementById(place.dataset.source).textContent);
  const dialect = dialectOf(xml);
  const modeler = new Modeler({
    container: canvasPlace,
    propertiesPanel: { parent: document.getElementById("model-panel") },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      ...dialect.modules,
      TokenSimulation,
    ],
    moddleExtensions: dialect.moddle,
    bpmnRenderer: {
      defaultFillColor: "var(--bg)",
      defaultStrokeColor: "var(--text)",
      defaultLabelColor: "var(--text)",
    },
    textRenderer: { defaultStyle: { fontFamily: FONT }, externalStyle: { fontSize: 12 } },
  });
  const note = canvasPlace.querySelector(".note");
  try {
    await modeler.importXML(xml);
  } catch (error) {
    note.textContent = `The file cannot be opened: ${error.message}`;
    return;
  }
  note.remove();
  document.getElementById("model-dialect").textContent = `properties of ${dialect.title}`;
  const fit = () => showAll(modeler.get("canvas"));
  fit();
  const steps = startSteps(modeler, "camunda" in dialect.moddle);
  const lint = startLint(modeler, place, steps);
  const commands = modeler.get("commandStack");
  const save = async () => (await modeler.saveXML({ format: true })).xml;
  let isSaved = true;

  const acts = {
    undo: () => commands.canUndo() && commands.undo(),
    redo: () => commands.canRedo() && commands.redo(),
    fit,
    ...steps.acts,
    async download() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([await save()], { type: "application/xml" }));
      link.download = place.dataset.name;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  };
  for (const button of document.querySelectorAll("[data-model]")) {
    button.addEventListener("click", () => acts[button.dataset.model]());
  }

  modeler.on("commandStack.changed", () => {
    isSaved = false;
    lint.soon(save);
  });
  addEventListener("beforeunload", (event) => {
    if (!isSaved) event.preventDefault();
  });
  const form = document.getElementById("model-deploy");
  form.addEventListener("submit", async (event) => {
    if (form.dataset.filled) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.querySelector("[data-kept]").value = encode(await save());
    form.dataset.filled = "yes";
    isSaved = true;
    setTimeout(() => form.requestSubmit(event.submitter)); // not within this very submission
  }, true);
  addEventListener("pageshow", () => delete form.dataset.filled);
  await lint.now(save);
  place.dataset.ready = "yes";
}

// The whole diagram beside the palette, not larger than life.
function showAll(canvas) {
  const { inner, outer } = canvas.viewbox();
  const room = { width: outer.width - PALETTE - MARGIN, height: outer.height - 3 * MARGIN };
  const scale = Math.min(1, room.width / inner.width, room.height / inner.height);
  canvas.viewbox({
    x: inner.x - PALETTE / scale,
    y: inner.y - (outer.height / scale - inner.height) / 2,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}

// Text as base64 of its UTF-8 bytes.
function encode(text) {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

const place = document.getElementById("modeler");
if (place) start(place);
