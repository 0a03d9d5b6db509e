// What the viewer and the editor of decisions have in common: tabs for their views, marked rules.
import { _ } from "./language.js";

const KINDS = {
  drd: _("Requirements"),
  decisionTable: _("Table"),
  literalExpression: _("Expression"),
  boxedExpression: _("Function"),
};

export const COLOURS = {
  drd: {
    drdRenderer: {
      defaultFillColor: "var(--bg)",
      defaultStrokeColor: "var(--text)",
      defaultLabelColor: "var(--text)",
    },
  },
};

// One tab a view; arrow keys walk between them.
export function startTabs(viewer, tabs) {
  function named({ type, element, name }) {
    if (type === "drd") return KINDS.drd;
    return `${element.name || name || element.id}`;
  }

  function show() {
    const active = viewer.getActiveView();
    const views = viewer.getViews();
    const hadFocus = tabs.contains(document.activeElement);
    tabs.replaceChildren(
      ...views.map((view) => {
        const tab = document.createElement("button");
        const isActive = view.element === active?.element && view.type === active?.type;
        tab.type = "button";
        tab.className = "tab";
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-selected", String(isActive));
        tab.tabIndex = isActive ? 0 : -1;
        tab.textContent = named(view);
        tab.title = KINDS[view.type] ?? view.type;
        tab.dataset.view = view.element.id;
        tab.addEventListener("click", () => viewer.open(view));
        return tab;
      }),
    );
    // A table that is wider than its place is scrolled by keyboard, too.
    for (const table of document.querySelectorAll(".decision .tjs-table-container")) table.tabIndex = 0;
    if (hadFocus) tabs.querySelector("[aria-selected=true]")?.focus();
  }

  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...tabs.children];
    const at = all.indexOf(document.activeElement);
    all[(at + step + all.length) % all.length]?.click();
  });
  viewer.on("views.changed", show);
  show();
}

const rulesSheet = new CSSStyleSheet();
const problemsSheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, rulesSheet, problemsSheet];

// A row of a table by its rule: its id, or its number where the file gives it none.
function row(rule) {
  return /^\d+$/.test(rule) ? `tbody tr:nth-child(${rule})` : `tr:has(> [data-row-id="${CSS.escape(rule)}"])`;
}

// The tables are drawn again and again; a style sheet marks what is drawn later, too.
export function markRules(byDecision) {
  const rules = [];
  for (const marked of Object.values(byDecision)) {
    for (const [rule, { hits, fired, matched }] of Object.entries(marked)) {
      const place = `.decision .dmn-decision-table-container ${row(rule)}`;
      if (fired) rules.push(`${place} > td { background: var(--completed-soft) !important; }`);
      else if (matched) rules.push(`${place} > td { background: var(--waiting-soft) !important; }`);
      if (hits) rules.push(`${place} > td.rule-index::after { content: " ${hits}×"; }`);
    }
  }
  rulesSheet.replaceSync(rules.join("\n"));
}

// Cells, columns and rows that something stands against, by their ids.
export function markProblems(ids) {
  const marks = ids.map((id) => {
    const name = CSS.escape(id);
    return `.decision [data-element-id="${name}"], .decision [data-col-id="${name}"], \
.decision td[data-row-id="${name}"] { box-shadow: inset 0 0 0 2px var(--waiting) !important; }`;
  });
  problemsSheet.replaceSync(marks.join("\n"));
}
