// Diagrams of one page show the same part: moving one moves the others.
const viewers = [];
let isFollowing = false;
const AROUND = 160; // around what differs, so that one sees where it stands

// Of two versions: the part that differs, or where tokens are, if it is a part; one that has neither
// follows the other.
export function showDifferences(viewer, { elements }) {
  const registry = viewer.get("elementRegistry");
  const canvas = viewer.get("canvas");
  const boxes = Object.entries(elements)
    .filter(([, fact]) => fact.change || fact.tokens)
    .map(([id]) => registry.get(id))
    .filter((shape) => shape && !shape.waypoints);
  if (!boxes.length) return follow(viewer);
  const left = Math.min(...boxes.map(({ x }) => x)) - AROUND;
  const top = Math.min(...boxes.map(({ y }) => y)) - AROUND;
  const right = Math.max(...boxes.map(({ x, width }) => x + width)) + AROUND;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + AROUND;
  const { outer } = canvas.viewbox();
  const scale = Math.min(1, outer.width / (right - left), outer.height / (bottom - top));
  if (scale <= canvas.zoom()) return;
  const width = outer.width / scale;
  const height = outer.height / scale;
  const x = (left + right - width) / 2;
  const y = (top + bottom - height) / 2;
  canvas.viewbox({ x, y, width, height });
}

function follow(viewer) {
  const other = viewers.find((one) => one !== viewer);
  if (!other) return;
  const { x, y, width, height } = other.get("canvas").viewbox();
  viewer.get("canvas").viewbox({ x, y, width, height });
}

export function link(viewer) {
  viewers.push(viewer);
  viewer.get("eventBus").on("canvas.viewbox.changed", ({ viewbox }) => {
    if (isFollowing || viewers.length < 2) return;
    isFollowing = true;
    const { x, y, width, height } = viewbox;
    for (const other of viewers) {
      if (other !== viewer) other.get("canvas").viewbox({ x, y, width, height });
    }
    isFollowing = false;
  });
}
