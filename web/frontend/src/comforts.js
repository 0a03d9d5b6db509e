// Small comforts of the pages: the scrubber, filters, copying, calls as curl.
import { _ } from "./language.js";
import { refresh } from "./live.js";

const QUIET = 120; // let somebody drag before asking

// The moment stands in the address: dragging changes it in place, every step can be copied.
function startScrubber() {
  let asking = null;
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-scrub]")) return;
    const range = event.target;
    clearTimeout(asking);
    asking = setTimeout(() => {
      const url = new URL(location.href);
      if (range.value === range.max) url.searchParams.delete("at");
      else url.searchParams.set("at", range.value);
      history.replaceState(history.state, "", url);
      refresh();
    }, QUIET);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-scrub-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    history.replaceState(history.state, "", link.href);
    const range = document.querySelector("[data-scrub]");
    const at = new URL(link.href).searchParams.get("at");
    if (range && at) range.value = at;
    refresh().then(() => document.querySelector(`a[rel="${link.rel}"][data-scrub-step]`)?.focus());
  });
}

// A filter box hides the lines of its list that do not hold its text.
function filter(box) {
  const wanted = box.value.trim().toLowerCase();
  for (const line of document.querySelectorAll(`${box.dataset.filter} > li`)) {
    line.hidden = Boolean(wanted) && !line.textContent.toLowerCase().includes(wanted);
  }
}

function startFilters() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-filter]")) filter(event.target);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const box of document.querySelectorAll("[data-filter]")) if (box.value) filter(box);
  });
}

// `$name` in a call's body is what the form around it says now; JSON is taken as JSON.
function filled(value, form) {
  if (typeof value === "string" && value.startsWith("$")) {
    const field = form?.elements[value.slice(1)];
    if (!field) return value;
    const boxes = form.querySelectorAll(`input[type=checkbox][name="${value.slice(1)}"]:checked`);
    if (boxes.length || field instanceof RadioNodeList || field.type === "checkbox") {
      return [...boxes].map((box) => box.value);
    }
    if (field.type === "number") return field.value && Number(field.value);
    try {
      return field.matches?.(".code") ? JSON.parse(field.value) : field.value;
    } catch {
      return field.value;
    }
  }
  if (Array.isArray(value)) return value.map((one) => filled(one, form));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, form)]));
  }
  return value;
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// What the form around a call says now; numbers that are left empty are left out.
function called(place, told) {
  const { method, url, body, known } = JSON.parse(told);
  const form = place.closest("form");
  const given = body && filled(body, form);
  if (given) for (const name of Object.keys(given)) if (given[name] === "") delete given[name];
  return {
    method,
    known,
    url: form?.querySelector("input:checked[data-call]")?.dataset.call ?? url,
    body: given,
    key: method === "GET" ? null : form?.elements.key?.value,
  };
}

function curl({ method, url, body, key, known }) {
  const lines = [`curl -X ${method} ${quoted(url)}`];
  if (known) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (key) lines.push(`-H 'Idempotency-Key: ${key}'`);
  if (body) {
    lines.push("-H 'Content-Type: application/json'");
    lines.push(`-d ${quoted(JSON.stringify(body))}`);
  }
  return lines.join(" \\\n  ");
}

function literal(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${literal(one)}`);
  return `{${members.join(", ")}}`;
}

function python({ method, url, body, key, known }) {
  const headers = {};
  if (known) headers.Authorization = "Bearer ...";
  if (key) headers["Idempotency-Key"] = key;
  const lines = ["import httpx", "", "answer = httpx.request(", `    ${literal(method)},`];
  lines.push(`    ${literal(url)},`);
  if (known || key) lines.push(`    headers=${literal(headers)},`);
  if (body) lines.push(`    json=${literal(body)},`);
  return [...lines, ")", "answer.raise_for_status()"].join("\n");
}

async function copy(button) {
  const chosen = button.dataset.copy && document.querySelector(button.dataset.copy);
  const place = chosen || button.parentElement.querySelector("pre");
  await navigator.clipboard.writeText(place.textContent);
  const before = button.textContent;
  button.textContent = _("Copied");
  setTimeout(() => (button.textContent = before), 1500);
}

function startCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (button) copy(button).catch(() => (button.textContent = _("Select and copy it")));
  });
  const tell = (root) => {
    for (const place of root.querySelectorAll("details.api[open] [data-curl]")) {
      place.textContent = curl(called(place, place.dataset.curl));
    }
    for (const place of root.querySelectorAll("details.api[open] [data-python]")) {
      place.textContent = python(called(place, place.dataset.python));
    }
  };
  document.addEventListener("toggle", (event) => event.target.matches("details.api") && tell(document), true);
  for (const kind of ["input", "change"]) document.addEventListener(kind, () => tell(document));
}

// Where a page offers a key for something (`data-key`), pressing it does that.
function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (event.target.closest("input, textarea, select")) return;
    const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
    const field = document.querySelector(`[data-focus="${CSS.escape(event.key)}"]`);
    if (!link && !field) return;
    event.preventDefault();
    if (field) return field.focus();
    history.replaceState(history.state, "", link.href);
    refresh();
  });
}

// A pasted column of ids or keys becomes one line.
function startPasting() {
  document.addEventListener("paste", (event) => {
    const field = event.target.closest?.("[data-paste]");
    const text = event.clipboardData?.getData("text") ?? "";
    if (!field || !/[\r\n\t]/.test(text.trim())) return;
    event.preventDefault();
    const line = text.trim().split(/\s+/).join(" ");
    field.setRangeText(line, field.selectionStart, field.selectionEnd, "end");
  });
}

// What is held back counts down; when its time has come, the page looks what became of it.
function startCountdowns() {
  setInterval(() => {
    for (const one of document.querySelectorAll(".held time[datetime]")) {
      const rest = Math.ceil((new Date(one.getAttribute("datetime")) - Date.now()) / 1000);
      if (rest > 0 && rest <= 60) one.textContent = _("in %(seconds)s s", { seconds: String(rest) });
      else if (rest <= 0 && !one.dataset.over) {
        one.dataset.over = "yes";
        refresh();
      }
    }
  }, 1000);
}

// A table that is moved sideways and holds nothing to stop at is itself a stop.
function startScrolling() {
  const reach = () => {
    for (const one of document.querySelectorAll(".table-wrap")) {
      const isMoved = one.scrollWidth > one.clientWidth;
      if (isMoved && !one.querySelector("a[href], button, input, select, summary")) one.tabIndex = 0;
    }
  };
  reach();
  document.addEventListener("htmx:afterSettle", reach);
  addEventListener("resize", reach);
}

export function startComforts() {
  startScrolling();
  startCountdowns();
  startPasting();
  startKeys();
  startScrubber();
  startFilters();
  startCopying();
}
