// Diagrams of one page show the same part: moving one moves the others.
const viewers = [];
let isFollowing = false;

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
