// What the editors of diagrams, decisions and forms have in common: download, review, drafts, and
// the question before unsaved work is left.
import { drafts } from "./drafts.js";
import { _, language } from "./language.js";

const PAUSE = 800; // milliseconds without an edit before a draft is kept

// Text as base64 of its UTF-8 bytes.
function encode(text) {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

function ago(then) {
  const minutes = Math.round((Date.now() - then) / 60_000);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (minutes < 60) return words.format(-minutes, "minute");
  return minutes < 60 * 24
    ? words.format(-Math.round(minutes / 60), "hour")
    : words.format(-Math.round(minutes / 1440), "day");
}

// `save()` gives the text as it is now, `load(text)` opens another one.
export function startDocument(place, { save, load, acts = {} }) {
  const form = document.getElementById("model-deploy");
  const kept = document.getElementById("model-kept");
  const { draft: key, name } = place.dataset;
  let isSaved = true;
  let waiting = 0;

  const all = {
    async download() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([await save()], { type: place.dataset.type }));
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    ...acts,
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-model]");
    if (button) all[button.dataset.model]?.(button);
  });

  function say(text) {
    kept.textContent = text;
  }

  async function keep() {
    try {
      await drafts.put({
        key,
        name,
        text: await save(),
        title: document.querySelector("h1").textContent.trim(),
        address: location.pathname + location.search,
        at: Date.now(),
      });
      isSaved = true;
      say(_("draft kept in this browser"));
    } catch {
      say(_("not kept: this browser stores nothing"));
    }
  }

  function changed() {
    isSaved = false;
    say(_("not kept yet"));
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE);
  }

  // A draft of earlier is offered, never opened unasked.
  async function offer(...texts) {
    const draft = await drafts.get(key).catch(() => undefined);
    if (!draft) return;
    if (texts.includes(draft.text)) return drafts.remove(key); // it is what is deployed
    const bar = document.getElementById("model-draft");
    bar.querySelector("[data-when]").textContent = _("It was last changed %(when)s.", { when: ago(draft.at) });
    bar.hidden = false;
    bar.querySelector("[data-continue]").addEventListener("click", async () => {
      bar.hidden = true;
      await load(draft.text);
      changed();
    });
    bar.querySelector("[data-discard]").addEventListener("click", async () => {
      bar.hidden = true;
      await drafts.remove(key);
      say("");
    });
  }

  addEventListener("beforeunload", (event) => {
    if (!isSaved) event.preventDefault();
  });
  form.addEventListener("submit", async (event) => {
    if (form.dataset.filled) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(waiting);
    const text = await save();
    form.querySelector("[data-kept]").value = encode(text);
    if (!isSaved) await keep();
    form.dataset.filled = "yes";
    isSaved = true;
    setTimeout(() => form.requestSubmit(event.submitter)); // not within this very submission
  }, true);
  addEventListener("pageshow", () => delete form.dataset.filled);
  return { changed, offer };
}
