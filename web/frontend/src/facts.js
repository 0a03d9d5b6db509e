// What the engine recorded, drawn on the diagram: tokens, waits, incidents, visits, flows taken.
import { _, ngettext } from "./language.js";


// Of one element's facts: its colour, most urgent first.
function markerOf(fact) {
  if (fact.errors) return "has-error";
  if (fact.incidents || fact.unserved) return "has-incident";
  if (fact.warnings) return "has-warning";
  if (fact.heat) return `heat-${fact.heat}`;
  if (fact.change) return `diff-${fact.change}`;
  if (fact.tokens) return fact.waits ? "has-wait" : "has-token";
  if (fact.compensated) return "undone";
  if (fact.cancelled && !fact.completed) return "stopped";
  if (fact.visits) return "visited";
  return null;
}

function badge(kind, text, title) {
  const element = document.createElement("span");
  element.className = `badge ${kind}`;
  element.textContent = text;
  element.title = title;
  return element;
}

function badges(items) {
  const element = document.createElement("div");
  element.className = "badges";
  element.append(...items);
  return element;
}

function middle(waypoints) {
  const lengths = waypoints
    .slice(1)
    .map((point, index) => Math.hypot(point.x - waypoints[index].x, point.y - waypoints[index].y));
  const longest = lengths.indexOf(Math.max(...lengths));
  const [from, to] = [waypoints[longest], waypoints[longest + 1]];
  return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
}

// Returns a function that replaces what is drawn by what the given facts say.
export function drawFacts(viewer) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const registry = viewer.get("elementRegistry");
  let drawn = "";
  let marked = [];

  function mark(id, marker) {
    canvas.addMarker(id, marker);
    marked.push([id, marker]);
  }

  function drawElement(shape, fact) {
    const marker = markerOf(fact);
    if (marker) mark(shape.id, marker);
    if (shape.children?.some((child) => child.type !== "label")) mark(shape.id, "is-frame");
    const top = [];
    const well = (fact.tokens ?? 0) - (fact.incidents ?? 0);
    if (well > 0) {
      const moving = fact.waits ? "is-waiting" : "is-running";
      const kind = fact.suspended ? "is-suspended" : moving;
      top.push(badge(kind, well, ngettext("%(num)s here now", "%(num)s here now", well)));
    }
    if (fact.planned) top.push(badge("is-planned", `+${fact.planned}`, _("planned")));
    if (top.length) {
      overlays.add(shape, "facts", { position: { left: 0, top: 0 }, html: badges(top) });
    }
    const alarms = [];
    if (fact.incidents) {
      const title = ngettext("%(num)s incident", "%(num)s incidents", fact.incidents);
      alarms.push(badge("is-incident pulse", fact.incidents, title));
    }
    if (fact.unserved) alarms.push(badge("is-incident", "!", fact.unserved));
    if (fact.errors) {
      const title = ngettext("%(num)s error", "%(num)s errors", fact.errors);
      alarms.push(badge("is-incident pulse", fact.errors, title));
    }
    if (fact.warnings) {
      const title = ngettext("%(num)s warning", "%(num)s warnings", fact.warnings);
      alarms.push(badge("is-waiting", fact.warnings, title));
    }
    if (marker === "undone") alarms.push(badge("is-compensated", "", _("undone")));
    if (marker === "stopped") alarms.push(badge("is-cancelled", "", _("cancelled")));
    const counts = fact.count ? [badge("count", fact.count, fact.countTitle ?? "")] : [];
    // Below an activity boundary events and their names have their place, above a gateway its own.
    const isFree = !alarms.length && !shape.type.endsWith("Gateway");
    if (alarms.length || counts.length) {
      const position = { right: 0, top: 0 };
      overlays.add(shape, "facts", { position, html: badges(isFree ? counts : alarms) });
    }
    if (!isFree && counts.length) {
      const position = { left: 0, bottom: 0 };
      overlays.add(shape, "facts", { position, html: badges(counts) });
    }
  }

  function drawFlow(connection, count) {
    mark(connection.id, "taken");
    if (count < 2) return;
    mark(connection.id, "taken-often");
    const label = document.createElement("div");
    label.className = "count-label";
    label.textContent = `${count}×`;
    const at = middle(connection.waypoints);
    const box = {
      x: Math.min(...connection.waypoints.map((point) => point.x)),
      y: Math.min(...connection.waypoints.map((point) => point.y)),
    };
    const position = { left: at.x - box.x, top: at.y - box.y };
    overlays.add(connection, "facts", { position, html: label });
  }

  return function draw(facts) {
    const now = JSON.stringify([facts.elements, facts.flows]);
    if (now === drawn) return;
    drawn = now;
    overlays.remove({ type: "facts" });
    for (const [id, marker] of marked) if (registry.get(id)) canvas.removeMarker(id, marker);
    marked = [];
    for (const [id, fact] of Object.entries(facts.elements)) {
      const shape = registry.get(id);
      if (shape) drawElement(shape, fact);
    }
    for (const [id, count] of Object.entries(facts.flows)) {
      const connection = registry.get(id);
      if (connection?.waypoints && count) drawFlow(connection, count);
    }
  };
}

