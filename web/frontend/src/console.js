// Every page: live updates, theme, and the small comforts. Pages work without any of it.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

import "./styles/tokens.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/diagram.css";
import "./styles/models.css";
import "./styles/alerts.css";
import "./styles/tasks.css";
import { startCalls } from "./calls.js";
import { startComforts } from "./comforts.js";
import { startForgetting } from "./drafts.js";
import { locale } from "./language.js";
import { startLive } from "./live.js";
import { startKeys } from "./palette.js";
import { startPeek } from "./peek.js";
import { startPreferences } from "./preferences.js";

htmx.config.allowEval = false; // the content security policy forbids it
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0; // Back asks the server: what is stored may be stale
htmx.config.scrollIntoViewOnBoost = false;

// What must not be lost when a region is replaced by its newer self.
Object.assign(Idiomorph.defaults.callbacks, {
  beforeNodeMorphed(old) {
    if (!(old instanceof Element)) return true;
    return !(old.matches("[data-island], [data-kept]") || (old.matches("form") && isBeingFilled(old)));
  },
  beforeAttributeUpdated(name, element) {
    return !(name === "open" && element.matches("details, dialog"));
  },
});

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph:outerHTML",
  handleSwap(style, target, fragment) {
    if (!style.startsWith("morph")) return false;
    const morphStyle = style === "morph:innerHTML" ? "innerHTML" : "outerHTML";
    return Idiomorph.morph(target, fragment.children, { morphStyle });
  },
});

// A form counts as being filled once somebody typed in it, until it is sent.
function isBeingFilled(form) {
  return form.dataset.touched === "yes" || form.contains(document.activeElement);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form && form.method === "post") form.dataset.touched = "yes";
});

// One answer a form: a second press does not send it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// Menus close on Escape and give the focus back; a press outside closes them, too.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") {
    const open = document.querySelector("details.menu[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    document.querySelector("[data-search]")?.focus();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form"); // by its first button, as Enter in a field does
    form?.requestSubmit([...form.elements].find((one) => one.type === "submit"));
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Opening a menu puts the cursor into its first field.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches?.("details.menu[open]")) {
      event.target.querySelector(".panel :is(textarea, input:not([type=hidden]))")?.focus();
    }
  },
  true,
);

// What went well has been read after a while; what went wrong stays.
setTimeout(() => {
  const read = ".flashes .notice:not(.is-failed, .is-incident)";
  for (const notice of document.querySelectorAll(read)) notice.remove();
}, 8000);

// Files dropped on a drop zone go into its file field.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragover");
    if (kind === "drop") zone.querySelector("input[type=file]").files = event.dataTransfer.files;
  });
}

// Moments are told in the reader's own time zone.
function tellMoments(root) {
  for (const element of root.querySelectorAll("time[datetime]:not([data-told])")) {
    const moment = new Date(element.getAttribute("datetime"));
    if (Number.isNaN(moment.valueOf())) continue;
    element.title = moment.toLocaleString(locale, { dateStyle: "medium", timeStyle: "long" });
    if ("clock" in element.dataset) element.textContent = moment.toLocaleTimeString(locale);
    element.dataset.told = "yes";
  }
}

tellMoments(document);
document.addEventListener("htmx:afterSettle", () => tellMoments(document));

startCalls();
startComforts();
startForgetting();
startKeys();
startPeek();
startPreferences();
startLive();
