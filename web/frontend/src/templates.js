// Element templates: one for each handler and connector of the engine, and those of the user's files.
import { drafts } from "./drafts.js";
import { _ } from "./language.js";

const OWN = "element-templates"; // where a user's own are kept, among the drafts

export async function startTemplates(modeler, dialect, steps) {
  const loader = modeler.get("elementTemplatesLoader");
  const templates = modeler.get("elementTemplates");
  const selection = modeler.get("selection");
  const dialog = document.getElementById("model-templates");
  const find = dialog.querySelector("[data-find]");
  const list = dialog.querySelector("[data-list]");
  const none = dialog.querySelector("[data-none]");
  const said = dialog.querySelector("[data-said]");
  const served = JSON.parse(document.getElementById("model-element-templates").textContent)[dialect];
  let own = (await drafts.get(OWN).catch(() => undefined))?.templates ?? [];

  const load = () => loader.setTemplates([...served, ...own]);
  modeler.on("elementTemplates.errors", ({ errors }) => {
    said.textContent = errors.map(({ message }) => message).join(" ");
  });
  load();

  function offered() {
    const [element] = selection.get();
    const text = find.value.trim().toLowerCase();
    return templates
      .getLatest(element)
      .filter(({ name, description }) => `${name} ${description ?? ""}`.toLowerCase().includes(text));
  }

  function choice(template) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const purpose = document.createElement("span");
    button.type = "button";
    button.className = "template";
    button.textContent = template.name;
    purpose.className = "sub";
    purpose.textContent = template.description ?? "";
    button.append(purpose);
    button.addEventListener("click", () => {
      dialog.close();
      apply(selection.get()[0], template);
    });
    item.append(button);
    return item;
  }

  function apply(element, template) {
    const changed = templates.applyTemplate(element, template);
    selection.select(changed ?? element);
    return changed ?? element;
  }

  function show() {
    const found = offered();
    list.replaceChildren(...found.map(choice));
    none.hidden = found.length > 0;
  }

  function open() {
    if (!selection.get().length) steps.select(document.getElementById("model-step").value);
    find.value = "";
    show();
    dialog.showModal();
    find.focus();
  }

  find.addEventListener("input", show);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector("button")?.click();
  });
  document.getElementById("model-template-files").addEventListener("change", async ({ target }) => {
    said.textContent = "";
    for (const file of target.files) {
      try {
        const read = [JSON.parse(await file.text())].flat();
        const ids = new Set(read.map(({ id }) => id));
        own = [...own.filter(({ id }) => !ids.has(id)), ...read];
        said.textContent = _("Loaded %(file)s.", { file: file.name });
      } catch (error) {
        said.textContent = _("%(file)s is no JSON: %(why)s", { file: file.name, why: error.message });
      }
    }
    target.value = ""; // the same file may come again, mended
    await drafts.put({ key: OWN, templates: own }).catch(() => {});
    load();
    show();
  });
  modeler.on("elementTemplates.select", open);
  steps.offer({
    of: (type, element) => templates.getLatest(element).find(({ id }) => id === `kapellmeister.${type}`),
    apply,
  });
  return { open };
}
