// "API": what every button of the page does, as a request that a program can send. The server says
// it from the very form as it is filled in now; nothing is done.
import { _ } from "./language.js";

const SENDS = "button:not([type=button], [formmethod=get])";

// The forms that do something, each button of them on its own, in the order of the page.
function acts() {
  const found = [];
  for (const form of document.querySelectorAll("main form[method=post]")) {
    for (const button of document.querySelectorAll(SENDS)) {
      if (button.form !== form || button.disabled) continue;
      const menu = form.closest("details.menu")?.querySelector(":scope > summary");
      const name = (one) => one?.textContent.replace(/\s+/g, " ").trim() ?? "";
      const verb = name(button);
      const about = name(menu).replace(/…$/, "");
      found.push({ form, button, text: about && about !== verb ? `${about} – ${verb}` : verb });
    }
  }
  return found;
}

async function told({ form, button }) {
  const meant = new URL(button.getAttribute("formaction") ?? form.getAttribute("action"), location.href);
  const asked = new URLSearchParams(meant.search);
  asked.set("form", meant.pathname);
  const answer = await fetch(`${dialog().dataset.ask}?${asked}`, {
    method: "POST",
    body: new FormData(form, button),
    headers: { "HX-Request": "true" },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

const dialog = () => document.getElementById("calls");

function line(act) {
  const details = document.createElement("details");
  details.className = "api";
  const summary = document.createElement("summary");
  summary.textContent = act.text;
  const place = document.createElement("div");
  details.append(summary, place);
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    try {
      place.innerHTML = await told(act);
    } catch (error) {
      place.textContent = _("That cannot be said now (%(code)s).", { code: error.message });
    }
    details.dataset.told = "yes";
  });
  return details;
}

export function startCalls() {
  const open = document.querySelector("[data-calls]");
  if (!open || !dialog()) return;
  let last = null; // the form that somebody had in hand
  for (const kind of ["focusin", "toggle"]) {
    document.addEventListener(
      kind,
      ({ target }) => {
        const form = target.closest?.("main form[method=post]") ?? target.querySelector?.(":scope > form");
        if (form && target.open !== false) last = form;
      },
      true,
    );
  }
  const known = () => (open.hidden = !acts().length);
  known();
  document.addEventListener("htmx:afterSettle", known);
  open.addEventListener("click", () => {
    const offered = acts();
    const lines = offered.map(line);
    dialog().querySelector("[data-acts]").replaceChildren(...lines);
    dialog().showModal();
    const at = offered.findIndex(({ form }) => form === last);
    const chosen = lines[Math.max(at, 0)];
    if (chosen) chosen.open = true;
    chosen?.querySelector("summary").focus();
  });
}
