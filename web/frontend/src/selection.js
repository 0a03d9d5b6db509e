// One selection for diagram, lists and address: `?el=` names the element.
import { refresh } from "./live.js";

export function startSelection(viewer, container) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const follows = container.dataset.select !== "no";
  let chosen = null;

  function show(id) {
    if (chosen === id) return;
    if (chosen && registry.get(chosen)) canvas.removeMarker(chosen, "chosen");
    chosen = id;
    if (id && registry.get(id)) canvas.addMarker(id, "chosen");
  }

  // `pass` is one visit of the element; without it all visits are meant.
  function address(id, pass) {
    const url = new URL(location.href);
    for (const [name, value] of [["el", id], ["pass", pass]]) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    return url;
  }

  function choose(id, pass) {
    show(id);
    if (!follows) {
      if (id) document.getElementById(`el-${id}`)?.scrollIntoView({ block: "nearest" });
      return;
    }
    history.replaceState(history.state, "", address(id, pass));
    refresh();
  }

  viewer.get("eventBus").on("element.click", ({ element }) => {
    const shape = element.labelTarget ?? element;
    const isPlain = shape.waypoints || shape === canvas.getRootElement();
    choose(isPlain || shape.id === chosen ? null : shape.id);
  });

  // A link to an element of this page selects it in place.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-element]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const shape = registry.get(link.dataset.element);
    if (!shape) return;
    event.preventDefault();
    choose(shape.id, link.dataset.pass);
    reveal(shape);
  });

  function reveal(shape) {
    const box = canvas.viewbox();
    const inside =
      shape.x > box.x &&
      shape.y > box.y &&
      shape.x + shape.width < box.x + box.width &&
      shape.y + shape.height < box.y + box.height;
    if (!inside) canvas.scrollToElement(shape, 60);
  }

  return { show, choose, reveal, current: () => chosen };
}
