// A form as people see it, without anybody to send it to.
import { createForm } from "@bpmn-io/form-js-viewer";

import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "./styles/form.css";
import "./styles/form_editor.css";
import { _ } from "./language.js";

async function start(place) {
  const schema = JSON.parse(document.getElementById(place.dataset.schema).textContent);
  const note = place.querySelector(".note");
  try {
    const form = await createForm({ container: place, schema, data: {}, debounce: false });
    form.on("submit", (event) => event.preventDefault?.());
  } catch (error) {
    note.textContent = _("The form cannot be drawn: %(why)s", { why: error.message });
    return;
  }
  note.remove();
  place.dataset.ready = "yes";
}

for (const place of document.querySelectorAll('[data-island="form-preview"]')) start(place);
