// What the engine says of a diagram, marked on its elements.
export function startMarks(modeler) {
  const canvas = modeler.get("canvas");
  const overlays = modeler.get("overlays");
  const registry = modeler.get("elementRegistry");
  let marked = [];

  function clear() {
    overlays.remove({ type: "lint" });
    for (const [id, marker] of marked) if (registry.get(id)) canvas.removeMarker(id, marker);
    marked = [];
  }

  function draw(id, { isError, texts }) {
    const element = registry.get(id);
    if (!element || element === canvas.getRootElement()) return;
    const marker = isError ? "has-error" : "has-warning";
    canvas.addMarker(id, marker);
    marked.push([id, marker]);
    if (element.waypoints) return;
    const badge = document.createElement("span");
    badge.className = `badge ${isError ? "is-incident" : "is-waiting"}`;
    badge.textContent = texts.length;
    badge.title = texts.join("\n");
    const html = document.createElement("div");
    html.className = "badges";
    html.append(badge);
    overlays.add(element, "lint", { position: { right: 0, top: 0 }, html });
  }

  return function mark(problems) {
    clear();
    const by = new Map();
    for (const { element, severity, message } of problems) {
      if (!element || severity === "info") continue;
      const known = by.get(element) ?? { isError: false, texts: [] };
      known.isError ||= severity === "error";
      known.texts.push(message);
      by.set(element, known);
    }
    for (const [id, found] of by) draw(id, found);
  };
}
