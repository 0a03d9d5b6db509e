// A decision that is being drawn, tried with values: what it comes to, and by which rules.

import { _ } from "./language.js";

// The value that was entered, in the type that the model states; JSON where it states none.
function valueOf(type, text) {
  if (text === "") return undefined;
  if (type === "number") return Number(text);
  if (type === "boolean") return text === "true";
  if (type) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function startTrial(place, save, show) {
  const form = document.getElementById("decision-trial");
  const none = form.querySelector("[data-none]");
  const inputs = form.querySelector("[data-inputs]");
  const result = document.getElementById("decision-result");
  const entered = new Map();
  let decisions = [];
  let wanted;

  const chosen = () => decisions.find(({ id }) => id === wanted) ?? decisions[0];

  function field({ name, type, label, choices }) {
    const box = document.createElement("div");
    const title = document.createElement("label");
    const options = type === "boolean" ? ["true", "false"] : choices;
    const input = document.createElement(options.length ? "select" : "input");
    box.className = "field";
    input.id = `try-${name}`;
    input.name = name;
    input.dataset.kind = type;
    title.htmlFor = input.id;
    title.textContent = label ? `${label} (${name})` : name;
    if (options.length) input.append(new Option("–", ""), ...options.map((one) => new Option(one, one)));
    else if (["number", "date", "time"].includes(type)) input.type = type;
    if (type === "number") input.step = "any";
    input.value = entered.get(name) ?? "";
    input.addEventListener("input", () => entered.set(name, input.value));
    box.append(title, input);
    return box;
  }

  function draw() {
    const decision = chosen();
    const shape = JSON.stringify([decision?.id, decision?.inputs]);
    if (form.dataset.shape === shape) return;
    form.dataset.shape = shape;
    none.hidden = Boolean(decision?.inputs.length);
    none.textContent = decision ? _("It reads no variable.") : _("There is no decision that can be tried.");
    inputs.replaceChildren(...(decision?.inputs ?? []).map(field));
    form.querySelector("button").disabled = !decision;
  }

  function told(kind, word, text) {
    const notice = document.createElement("div");
    const state = document.createElement("strong");
    const body = document.createElement(kind === "completed" ? "pre" : "span");
    notice.className = `notice is-${kind}`;
    state.className = "state";
    state.textContent = word;
    body.textContent = text;
    if (kind === "completed") {
      body.className = "value";
      body.tabIndex = 0;
    }
    notice.append(state, body);
    return notice;
  }

  // Of the rules that matched, those that made the result: under FIRST, the first.
  function marked(tables) {
    const rules = {};
    for (const { decision, matched } of tables) {
      const isFirst = decisions.find(({ id }) => id === decision)?.policy === "FIRST";
      rules[decision] = Object.fromEntries(
        matched.map((rule, place) => [rule, { matched: true, fired: !isFirst || place === 0 }]),
      );
    }
    return rules;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const variables = {};
    for (const input of form.elements) {
      const value = input.name && valueOf(input.dataset.kind, input.value.trim());
      if (value !== undefined && input.name) variables[input.name] = value;
    }
    const body = new FormData();
    body.set("form_token", place.dataset.token);
    body.set("decision", chosen().id);
    body.set("variables", JSON.stringify(variables));
    body.set("files", new Blob([await save()]), place.dataset.name);
    try {
      const answer = await fetch(place.dataset.try, { method: "POST", body });
      const found = await answer.json();
      if (found.refused) {
        result.replaceChildren(told("failed", _("It cannot be evaluated"), found.refused));
        return;
      }
      const rules = marked(found.tables);
      show(rules);
      const numbers = found.tables.map(({ decision }) => {
        const table = decisions.find(({ id }) => id === decision);
        const fired = table?.rules.flatMap(({ id }, place) => (rules[decision][id]?.fired ? [place + 1] : []));
        return fired?.length
          ? _("%(decision)s: rules %(rules)s", { decision: table.name, rules: fired.join(", ") })
          : _("%(decision)s: no rule", { decision: table?.name ?? decision });
      });
      result.replaceChildren(
        told("completed", _("Comes to"), found.output),
        ...numbers.map((text) => told("running", _("Fired"), text)),
        ...found.warnings.map((text) => told("waiting", _("Null, because"), text)),
      );
    } catch (error) {
      result.replaceChildren(told("failed", _("The engine could not be asked"), error.message));
    }
  });

  return {
    heard(found) {
      decisions = found;
      draw();
    },
    choose(id) {
      wanted = id;
      draw();
    },
  };
}
