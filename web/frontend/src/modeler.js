// The modeler island: bpmn-js with its properties panel, and the engine as its linter.
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  CamundaPlatformPropertiesProviderModule,
  ZeebePropertiesProviderModule,
} from "bpmn-js-properties-panel";
import {
  CloudElementTemplatesPropertiesProviderModule,
  ElementTemplatesPropertiesProviderModule,
} from "bpmn-js-element-templates";
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
import "bpmn-js-element-templates/dist/assets/element-templates.css";
import "bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css";
import { startDocument } from "./document.js";
import { Words } from "./editor_words.js";
import { _ } from "./language.js";
import { startMarks } from "./lint.js";
import { startProblems } from "./problems.js";
import { startSteps } from "./steps.js";
import { startTemplates } from "./templates.js";
import { hear, Variables } from "./variables.js";

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
        modules: [
          CamundaPlatformPropertiesProviderModule,
          PlatformBehaviors,
          ElementTemplatesPropertiesProviderModule,
        ],
      }
    : {
        title: "Camunda 8",
        moddle: { zeebe },
        modules: [
          ZeebePropertiesProviderModule,
          CloudBehaviors,
          CloudElementTemplatesPropertiesProviderModule,
        ],
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
      Variables,
      Words,
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
    note.textContent = _("The file cannot be opened: %(why)s", { why: error.message });
    return;
  }
  note.remove();
  document.getElementById("model-dialect").textContent = _("properties of %(dialect)s", {
    dialect: dialect.title,
  });
  const fit = () => showAll(modeler.get("canvas"));
  fit();
  const registry = modeler.get("elementRegistry");
  const commands = modeler.get("commandStack");
  const steps = startSteps(modeler, "camunda" in dialect.moddle);
  const isPlatform = "camunda" in dialect.moddle;
  const templates = await startTemplates(modeler, isPlatform ? "camunda7" : "camunda8", steps);
  const save = async () => (await modeler.saveXML({ format: true })).xml;
  const load = async (text) => {
    await modeler.importXML(text);
    fit();
  };
  const problems = startProblems(place, {
    save,
    mark: startMarks(modeler),
    select: steps.select,
    has: (id) => Boolean(registry.get(id)),
    heard: ({ variables }) => hear(variables),
  });
  const kept = startDocument(place, {
    save,
    load,
    acts: {
      undo: () => commands.canUndo() && commands.undo(),
      redo: () => commands.canRedo() && commands.redo(),
      fit,
      template: templates.open,
      ...steps.acts,
    },
  });
  modeler.on("commandStack.changed", () => {
    kept.changed();
    problems.soon();
  });
  await problems.now();
  await kept.offer(xml, await save());
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

const place = document.getElementById("modeler");
if (place) start(place);
