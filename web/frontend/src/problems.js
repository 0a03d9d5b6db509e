// The engine's own checks while something is drawn: asked for after each edit, listed with places.
import { _ } from "./language.js";

const PAUSE = 600; // milliseconds without an edit before the engine is asked

// `mark(problems)` draws them; `select(id)` shows the place of one, if `has(id)`.
export function startProblems(place, { save, mark, select, has, heard = () => {} }) {
  const list = document.getElementById("model-problems");
  const verdict = document.getElementById("model-verdict");
  let waiting = 0;
  let asked = 0;

  function line({ state, word, message, remedy, element }) {
    const item = document.createElement("li");
    const said = document.createElement("p");
    const kind = document.createElement("span");
    kind.className = `state is-${state}`;
    kind.textContent = word;
    said.append(kind, ` ${message}`);
    if (remedy) {
      const sub = document.createElement("span");
      sub.className = "sub";
      sub.textContent = remedy;
      said.append(sub);
    }
    item.append(said);
    if (element && has(element)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = _("Show %(element)s", { element });
      button.addEventListener("click", () => select(element));
      item.append(button);
    }
    return item;
  }

  async function now() {
    const turn = ++asked;
    clearTimeout(waiting);
    try {
      const body = new FormData();
      body.set("form_token", place.dataset.token);
      body.set("files", new Blob([await save()]), place.dataset.name);
      const answer = await fetch(place.dataset.check, { method: "POST", body });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const found = await answer.json();
      if (turn !== asked) return; // an older answer says nothing of the newer drawing
      mark(found.problems);
      list.replaceChildren(...found.problems.map(line));
      verdict.textContent = found.verdict;
      place.dataset.errors = found.errors;
      heard(found);
    } catch (error) {
      if (turn === asked) {
        verdict.textContent = _("the engine could not be asked (%(why)s); edit on, it is asked again", {
          why: error.message,
        });
      }
    }
  }

  function soon() {
    clearTimeout(waiting);
    verdict.textContent = _("asking the engine…");
    waiting = setTimeout(now, PAUSE);
  }

  return { now, soon };
}
