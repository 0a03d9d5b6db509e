// The command palette (Ctrl K): pages, what this page offers, and any business key or id; and keys.
import { _ } from "./language.js";

// What can be gone to or done from here, in the words that stand on the page.
function offers() {
  const found = [];
  const add = (kind, text, act) => text && found.push({ kind, text, act });
  for (const link of document.querySelectorAll(".rail li a")) {
    add(_("Go to"), link.title, () => link.click());
  }
  for (const element of document.querySelectorAll(".head .actions > *, .head .actions form button")) {
    const summary = element.querySelector?.(":scope > summary");
    if (element.matches("details")) {
      add(_("Here"), summary.textContent.trim(), () => {
        element.open = true;
        element.querySelector(".panel :is(textarea, input:not([type=hidden]))")?.focus();
      });
    } else if (element.matches("a, button")) {
      add(_("Here"), element.textContent.trim(), () => element.click());
    }
  }
  for (const link of document.querySelectorAll(".tabs a")) {
    add(_("View"), link.textContent.trim(), () => link.click());
  }
  for (const link of document.querySelectorAll(".chips[data-views] a")) {
    add(_("Saved view"), link.textContent.trim(), () => link.click());
  }
  for (const button of document.querySelectorAll(".switch button")) {
    const isLanguage = button.name === "language";
    const kind = isLanguage ? _("Language") : _("Theme");
    const text = isLanguage ? button.title : button.getAttribute("aria-label");
    add(kind, text, () => button.click());
  }
  add(_("Help"), _("Keys"), () => document.getElementById("keys").showModal());
  return found;
}

function startPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return null;
  const box = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  let shown = [];
  let at = 0;

  function draw() {
    const wanted = box.value.trim().toLowerCase();
    const words = wanted.split(/\s+/);
    shown = offers().filter(({ kind, text }) =>
      words.every((word) => `${kind} ${text}`.toLowerCase().includes(word)),
    );
    if (wanted) {
      const find = () => box.form.requestSubmit();
      const text = _("“%(text)s” as business key or id", { text: box.value.trim() });
      const item = { kind: _("Open"), text, act: find };
      // A key or id has a digit in it; a word is rather the name of a page.
      if (/\d/.test(wanted)) shown.unshift(item);
      else shown.push(item);
    }
    shown = shown.slice(0, 12);
    at = Math.min(at, Math.max(0, shown.length - 1));
    list.replaceChildren(
      ...shown.map(({ kind, text }, index) => {
        const line = document.createElement("li");
        line.id = `palette-${index}`;
        line.role = "option";
        line.setAttribute("aria-selected", String(index === at));
        const word = document.createElement("span");
        word.className = "muted";
        word.textContent = kind;
        line.append(word, ` ${text}`);
        return line;
      }),
    );
    box.setAttribute("aria-activedescendant", shown.length ? `palette-${at}` : "");
  }

  function choose(index) {
    const chosen = shown[index];
    if (!chosen) return;
    dialog.close();
    chosen.act();
  }

  box.addEventListener("input", () => {
    at = 0;
    draw();
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = (at + step + shown.length) % Math.max(1, shown.length);
    else if (event.key === "Enter" && !event.isComposing) choose(at);
    else if (event.key === "Escape") dialog.close(); // at once, whatever is written in it
    else return;
    event.preventDefault();
    draw();
  });
  list.addEventListener("click", (event) => {
    const line = event.target.closest("li");
    if (line) choose([...list.children].indexOf(line));
  });
  return function open() {
    box.value = "";
    at = 0;
    draw();
    dialog.showModal();
    box.focus();
  };
}

// j and k walk down and up the rows of the page's first list; x ticks, Enter opens.
function walk(key) {
  const rows = [...document.querySelectorAll("[data-hold] tbody tr")];
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  if (key === "x") {
    const box = rows[here]?.querySelector("input[type=checkbox]");
    box?.click();
    return Boolean(box);
  }
  const next = rows[Math.max(0, Math.min(rows.length - 1, here + (key === "j" ? 1 : -1)))];
  (next.querySelector("th a") ?? next.querySelector("a"))?.focus();
  return true;
}

const PLACES = { h: "home", i: "instances", n: "incidents", t: "tasks" };

export function startKeys() {
  const open = startPalette();
  let before = "";
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open?.();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const key = event.key;
    const goes = before === "g" && PLACES[key];
    before = key;
    if (goes) document.querySelector(`.rail a[data-go="${goes}"]`)?.click();
    else if (key === "?") document.getElementById("keys")?.showModal();
    else if ("jkx".includes(key) && walk(key)) event.preventDefault();
  });
}
