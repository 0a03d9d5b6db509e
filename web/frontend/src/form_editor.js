// The editor of forms: form-js, a preview with sample data, the engine as its linter.
import { FormEditor } from "@bpmn-io/form-js-editor";
import { createForm } from "@bpmn-io/form-js-viewer";

import "@bpmn-io/form-js-editor/dist/assets/form-js-editor.css";
import "@bpmn-io/form-js-editor/dist/assets/properties-panel.css";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "./styles/form.css";
import "./styles/form_editor.css";
import { startDocument } from "./document.js";
import { _ } from "./language.js";
import { startProblems } from "./problems.js";

async function start(place) {
  const canvas = document.getElementById("model-canvas");
  const schema = JSON.parse(document.getElementById(place.dataset.source).textContent);
  const note = canvas.querySelector(".note");
  const editor = new FormEditor({ container: canvas, exporter: { name: "Kapellmeister" } });
  const save = async () => JSON.stringify(editor.saveSchema(), null, 2);
  const load = async (text) => editor.importSchema(JSON.parse(text));
  try {
    await editor.importSchema(schema);
  } catch (error) {
    note.textContent = _("The form cannot be opened: %(why)s", { why: error.message });
    return;
  }
  note.remove();
  const text = await save();
  const registry = editor.get("formFieldRegistry");
  const selection = editor.get("selection");
  const byName = (id) => registry.get(id);
  const problems = startProblems(place, {
    save,
    mark: () => {},
    has: (id) => Boolean(byName(id)),
    select: (id) => selection.set(byName(id)),
  });
  const stack = editor.get("commandStack");
  const preview = startPreview(place, editor);

  // After the selected field, or at the end of the form.
  function add() {
    const type = document.getElementById("model-kind").value;
    const root = editor.get("modeling") && registry.getAll().find((field) => field.type === "default");
    const chosen = selection.get();
    const parent = (chosen && chosen !== root && registry.get(chosen._parent)) || root;
    const at = parent.components.indexOf(chosen) + 1 || parent.components.length;
    const field = editor.get("modeling").addFormField({ type }, parent, at);
    if (field) selection.set(field);
  }

  const kept = startDocument(place, {
    save,
    load,
    acts: {
      undo: () => stack.canUndo() && stack.undo(),
      redo: () => stack.canRedo() && stack.redo(),
      add,
      preview: preview.turn,
    },
  });
  editor.on("commandStack.changed", () => {
    kept.changed();
    problems.soon();
    preview.soon();
  });
  await problems.now();
  await kept.offer(text);
  place.dataset.ready = "yes";
}

// The form beside the variables that a task would have, and what it would send.
function startPreview(place, editor) {
  const panel = document.getElementById("model-preview");
  const sample = panel.querySelector("[data-sample]");
  const sent = panel.querySelector("[data-sent]");
  let form;
  let drawn = 0;
  let shown = "";

  async function draw() {
    if (panel.hidden) return;
    let data = {};
    try {
      data = JSON.parse(sample.value || "{}");
      sample.removeAttribute("aria-invalid");
    } catch {
      sample.setAttribute("aria-invalid", "true");
    }
    const schema = editor.saveSchema();
    const shape = JSON.stringify([schema, data]);
    if (shape === shown) return; // what was entered into it stays
    shown = shape;
    const turn = ++drawn;
    const made = await createForm({ schema, data, debounce: false });
    if (turn !== drawn) return made.destroy(); // a newer one is on its way
    form?.destroy();
    form = made;
    form.attachTo(panel.querySelector("[data-preview]"));
    const show = () => {
      sent.textContent = JSON.stringify(form._getSubmitData(), null, 2);
    };
    form.on("changed", show);
    show();
  }

  sample.addEventListener("change", draw);
  return {
    soon: draw,
    turn(button) {
      panel.hidden = !panel.hidden;
      document.getElementById("model-canvas").hidden = !panel.hidden;
      button.setAttribute("aria-pressed", String(!panel.hidden));
      draw();
    },
  };
}

const place = document.getElementById("modeler");
if (place) start(place);
