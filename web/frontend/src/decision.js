// The decision island: a DMN file with its tables, and the rules that fired.
//
//   <div data-island="decision" data-model="/decisions/file/1.dmn" data-facts="facts">
//     <div class="tabs" role="tablist"></div><div class="canvas"></div>
//   <script id="facts">{"decision": "risk", "rules": {"risk": {"Rule_1": {"hits": 3, "fired": true}}}}
import Viewer from "dmn-js/lib/NavigatedViewer";

import "./dmn.js";
import { _ } from "./language.js";
import { COLOURS, markRules, startTabs } from "./tables.js";

// A decision that could not be had is asked for again by a button; its rules stay below.
function say(place, text) {
  const note = place.querySelector(".note");
  const again = document.createElement("button");
  again.type = "button";
  again.className = "small";
  again.textContent = _("Try again");
  again.addEventListener("click", () => {
    note.textContent = _("Drawing the decision…");
    start(place);
  });
  note.replaceChildren(text, " ", again);
}

async function start(place) {
  const canvas = place.querySelector(".canvas");
  const facts = JSON.parse(document.getElementById(place.dataset.facts).textContent);
  const viewer = new Viewer({ container: canvas, ...COLOURS });
  try {
    const answer = await fetch(place.dataset.model);
    if (!answer.ok) throw new Error(`(${answer.status})`);
    await viewer.importXML(await answer.text(), { open: false });
  } catch (error) {
    viewer.destroy();
    say(place, _("The decision cannot be drawn: %(why)s. Its rules stand below.", { why: error.message }));
    return;
  }
  canvas.querySelector(".note").remove();
  const views = viewer.getViews();
  startTabs(viewer, place.querySelector(".tabs"));
  markRules(facts.rules);
  const wanted = views.find(({ element }) => element.id === facts.decision) ?? views[0];
  await viewer.open(wanted);
  place.dataset.ready = "yes";
}

for (const place of document.querySelectorAll('[data-island="decision"]')) start(place);
