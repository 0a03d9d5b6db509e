// The peek panel: a row's instance at a glance, beside the list, without leaving it.
//
// Space on a row, or resting on its link, opens it; other rows then show themselves in it; Escape
// closes it and leaves the cursor where it was.
import { _ } from "./language.js";

const REST = 600; // a pointer that only passes by opens nothing
const SLOW = 150; // an answer that takes longer is announced

// The shape of what is coming.
function skeleton() {
  const shape = document.createElement("div");
  shape.className = "skeleton";
  shape.setAttribute("aria-busy", "true");
  shape.setAttribute("aria-label", _("Is being fetched…"));
  for (let line = 0; line < 4; line += 1) shape.append(document.createElement("span"));
  return shape;
}

export function startPeek() {
  let panel = null;
  let shown = null;
  let resting = null;

  function close() {
    panel?.remove();
    panel = shown = null;
    for (const row of document.querySelectorAll("tr.peeked")) row.classList.remove("peeked");
  }

  async function show(row) {
    if (!row || row.dataset.peek === shown) return;
    shown = row.dataset.peek;
    for (const other of document.querySelectorAll("tr.peeked")) other.classList.remove("peeked");
    row.classList.add("peeked");
    const late = setTimeout(() => {
      if (!open().hasChildNodes()) fill(skeleton());
      panel.classList.add("awaited"); // what is shown of another row stays until then
    }, SLOW);
    const answer = await fetch(shown, { headers: { "HX-Request": "true" } }).catch(() => null);
    const text = answer?.ok ? await answer.text().catch(() => "") : "";
    clearTimeout(late);
    if (shown !== row.dataset.peek) return; // another row was asked for meanwhile
    panel?.classList.remove("awaited");
    if (text.trim()) {
      // The server's own page, escaped there as every other.
      fill("");
      panel.innerHTML = text;
      return;
    }
    const code = String(answer?.status ?? "–");
    const word = answer?.headers.get("X-Correlation-Id");
    const said = document.createElement("p");
    said.textContent = word
      ? _("The instance cannot be shown: the server answered %(code)s, request %(word)s.", { code, word })
      : _("The instance cannot be shown: the server answered %(code)s.", { code });
    const again = document.createElement("button");
    again.className = "small";
    again.textContent = _("Try again");
    again.addEventListener("click", () => {
      shown = null;
      show(row);
    });
    fill(said, again);
  }

  const fill = (...content) => open().replaceChildren(...content);

  function open() {
    if (panel) return panel;
    panel = document.createElement("aside");
    panel.id = "peek";
    panel.setAttribute("aria-label", _("At a glance"));
    panel.setAttribute("aria-live", "polite");
    document.querySelector("main").append(panel);
    return panel;
  }

  const rowOf = (target) => target?.closest?.("tr[data-peek]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel && !document.querySelector("dialog[open]")) {
      close();
    } else if (event.key === " " && !event.target.closest("input, textarea, select, button, summary")) {
      const row = rowOf(document.activeElement) ?? document.querySelector("tr[data-peek]:hover");
      if (!row) return;
      event.preventDefault();
      if (shown === row.dataset.peek) close();
      else show(row);
    }
  });
  document.addEventListener("focusin", (event) => panel && show(rowOf(event.target)));
  document.addEventListener("pointerover", (event) => {
    clearTimeout(resting);
    const row = rowOf(event.target);
    if (!row || event.pointerType === "touch") return;
    if (event.target.closest("th a")) resting = setTimeout(() => show(row), REST);
  });
  document.addEventListener("click", (event) => {
    clearTimeout(resting);
    if (event.target.closest?.("#peek [data-close]")) close();
  });
}
