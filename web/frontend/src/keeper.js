// Drafts: what stands in a form, kept on the server for whoever comes back; what was kept last is not sent
// again. Forms that form-js draws call `keep` themselves.

import { _, language } from "./language.js";

const QUIET = 1200; // after the last key, what was entered is kept

export function keeper(form) {
  const said = document.querySelector("[data-draft-state]");
  let timer = null;
  let last = null;

  async function send(entered) {
    const body = new URLSearchParams(entered);
    body.delete("key");
    if (body.toString() === last) return;
    last = body.toString();
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST",
        headers: { Accept: "application/json" },
        body,
      });
      if (!said) return;
      const at = new Date().toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
      said.textContent = answer.ok ? _("draft kept, %(time)s", { time: at }) : _("the draft could not be kept");
    } catch {
      if (said) said.textContent = _("the draft could not be kept");
    }
  }

  return {
    keep(entered) {
      clearTimeout(timer);
      timer = setTimeout(() => send(entered()), QUIET);
    },
    stop: () => clearTimeout(timer),
  };
}
