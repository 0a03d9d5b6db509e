// The engine's own checks while a diagram is drawn: listed below it, marked on the elements.
const PAUSE = 600; // milliseconds without an edit before the engine is asked

function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

export function startLint(modeler, place, steps) {
  const canvas = modeler.get("canvas");
  const overlays = modeler.get("overlays");
  const registry = modeler.get("elementRegistry");
  const list = document.getElementById("model-problems");
  const verdict = document.getElementById("model-verdict");
  let marked = [];
  let waiting = 0;
  let asked = 0;

  function clear() {
    overlays.remove({ type: "lint" });
    for (const [id, marker] of marked) if (registry.get(id)) canvas.removeMarker(id, marker);
    marked = [];
  }

  function mark(id, kind, count, title) {
    const element = registry.get(id);
    if (!element || element === canvas.getRootElement()) return;
    const marker = kind === "error" ? "has-error" : "has-warning";
    canvas.addMarker(id, marker);
    marked.push([id, marker]);
    if (element.waypoints) return;
    const badge = document.createElement("span");
    badge.className = `badge ${kind === "error" ? "is-incident" : "is-waiting"}`;
    badge.textContent = count;
    badge.title = title;
    const html = document.createElement("div");
    html.className = "badges";
    html.append(badge);
    overlays.add(element, "lint", { position: { right: 0, top: 0 }, html });
  }

  function line(kind, word, text, remedy, id) {
    const item = document.createElement("li");
    const said = document.createElement("p");
    const state = document.createElement("span");
    state.className = `state is-${kind}`;
    state.textContent = word;
    said.append(state, ` ${text}`);
    if (remedy) {
      const sub = document.createElement("span");
      sub.className = "sub";
      sub.textContent = remedy;
      said.append(sub);
    }
    item.append(said);
    if (id && registry.get(id)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = `Show ${id}`;
      button.addEventListener("click", () => steps.select(id));
      item.append(button);
    }
    return item;
  }

  function show({ problems, unserved, changes, outcomes }) {
    clear();
    const by = new Map();
    for (const problem of problems) {
      if (!problem.element || problem.severity === "info") continue;
      const known = by.get(problem.element) ?? { kind: "warning", texts: [] };
      if (problem.severity === "error") known.kind = "error";
      known.texts.push(problem.message);
      by.set(problem.element, known);
    }
    for (const [id, { kind, texts }] of by) mark(id, kind, texts.length, texts.join("\n"));
    const words = { error: ["failed", "Error"], warning: ["waiting", "Warning"], info: ["running", "Note"] };
    list.replaceChildren(
      ...problems.map(({ severity, message, remedy, element }) =>
        line(...words[severity], message, remedy && `What would do: ${remedy}`, element),
      ),
      ...unserved.map(({ type, elements, nearly }) =>
        line(
          "waiting",
          "No worker",
          `Nobody serves jobs of type “${type}” now.`,
          nearly && `“${nearly}” is served.`,
          elements[0],
        ),
      ),
    );
    const errors = problems.filter(({ severity }) => severity === "error").length;
    const outcome = outcomes.includes("new")
      ? `${plural(changes, "element differs", "elements differ")} from the latest version`
      : { first: "new here", unchanged: "nothing has changed", layout: "only the layout has changed" }[outcomes[0]];
    const said = errors
      ? `${plural(errors, "error keeps", "errors keep")} it from being deployed`
      : "it can be deployed";
    verdict.textContent = outcome ? `${said}; ${outcome}` : said;
    place.dataset.errors = errors;
  }

  async function now(save) {
    const turn = ++asked;
    verdict.textContent = "asking the engine…";
    const body = new FormData();
    body.set("form_token", place.dataset.token);
    body.set("files", new Blob([await save()], { type: "application/xml" }), place.dataset.name);
    try {
      const answer = await fetch(place.dataset.check, { method: "POST", body });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const found = await answer.json();
      if (turn === asked) show(found); // an older answer says nothing of the newer diagram
    } catch (error) {
      verdict.textContent = `the engine could not be asked (${error.message}); edit on, it is asked again`;
    }
  }

  function soon(save) {
    clearTimeout(waiting);
    waiting = setTimeout(() => now(save), PAUSE);
  }

  return { now, soon };
}
