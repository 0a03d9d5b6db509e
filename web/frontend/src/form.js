// The form island: form-js draws a schema in the place of the plain inputs, which stay behind it for
// whoever has no script. What is entered goes into the plain form's one field `values`.
import { Form } from "@bpmn-io/form-js-viewer";

import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "./styles/form.css";
import { keeper } from "./keeper.js";

// What the server found, at the fields that it names: `lines.0.amount` is one of the second list.
function showErrors(viewer, errors) {
  const wanted = new Map(Object.entries(errors));
  const found = {};
  for (const { id, valuePath, indexes } of viewer.get("formFieldInstanceRegistry").getAllKeyed()) {
    const message = wanted.get(valuePath.join("."));
    if (message === undefined) continue;
    const path = [id, ...Object.values(indexes ?? {})];
    const last = path.pop();
    const place = path.reduce((inner, name) => (inner[name] ??= {}), found);
    place[last] = [message];
    wanted.delete(valuePath.join("."));
  }
  viewer._setState({ errors: found }); // as form-js does itself after validating
  return [...wanted.values()];
}

async function draw(place) {
  const form = document.getElementById(place.dataset.form);
  const isOpen = form.matches("form"); // else it is only shown
  const { schema, data, errors } = JSON.parse(document.getElementById(place.dataset.of).textContent);
  // Without its debounce: whatever it draws anew meanwhile would put the old value over what was typed.
  const viewer = new Form({ container: place, debounce: false, properties: { readOnly: !isOpen } });
  try {
    await viewer.importSchema(schema, data);
  } catch (error) {
    console.warn("form-js cannot draw this form, so its fields are plain", error);
    place.remove();
    delete form.dataset.drawn;
    return;
  }
  form.querySelector(".plain").remove();
  if (!isOpen) {
    form.dataset.kept = "yes";
    place.dataset.ready = "yes";
    return;
  }
  form.dataset.touched = "yes"; // a newer self of the page must not bring the plain inputs back
  const values = form.elements.values;
  const drafts = form.dataset.draft ? keeper(form) : null;
  // Whoever reads the form gets what is in it now: the draft, the call behind its button.
  form.addEventListener("formdata", ({ formData }) => {
    if (!formData.get("values")) formData.set("values", JSON.stringify(viewer._getSubmitData()));
  });
  let isTouched = false; // it changes by itself too, while it settles: that is nobody's draft

  const entered = () => {
    const sent = new FormData(form);
    sent.set("values", JSON.stringify(viewer._getSubmitData()));
    return sent;
  };
  for (const kind of ["input", "pointerdown", "keydown"]) {
    place.addEventListener(kind, () => (isTouched = true), true);
  }
  viewer.on("changed", () => isTouched && drafts?.keep(entered));
  const take = ({ data: submitted, errors: found }) => {
    const isRight = !Object.keys(found).length;
    if (isRight) values.value = JSON.stringify(submitted);
    else place.querySelector(".fjs-has-errors :is(input, select, textarea)")?.focus();
    return isRight;
  };
  // A button or Enter within what form-js draws sends the plain form, which asks form-js again.
  let isAsked = false;
  viewer.on("submit", () => isAsked || form.requestSubmit());
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formNoValidate) {
      values.value = JSON.stringify(viewer._getSubmitData());
    } else {
      isAsked = true;
      const isRight = take(viewer.submit());
      isAsked = false;
      if (!isRight) return event.preventDefault();
    }
    drafts?.stop();
  });

  // Its fields are known when they are drawn.
  requestAnimationFrame(() =>
    setTimeout(() => {
      const rest = showErrors(viewer, errors);
      const notice = form.querySelector(".notice.is-failed");
      if (notice && rest.length) notice.append(` ${rest.join(" · ")}`);
      place.dataset.ready = "yes";
    }),
  );
}

for (const place of document.querySelectorAll("[data-island=form]")) draw(place);
