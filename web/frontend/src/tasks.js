// The inbox: keys for the open task, drafts kept while somebody types, moments in the reader's zone.
import { keeper } from "./keeper.js";

function keepPlain(form) {
  const drafts = keeper(form);
  form.addEventListener("input", () => drafts.keep(() => new FormData(form)));
  form.addEventListener("submit", () => drafts.stop());
}

function startKeys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      // Anywhere but in a form of its own, it is the task that is meant.
      if (!event.target.closest("form")) document.getElementById("complete")?.requestSubmit();
    } else if (event.key === "c" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      document.querySelector("[data-claim]")?.click();
    }
  });
}

function tellZone() {
  for (const input of document.querySelectorAll("input[type=datetime-local][data-moment]")) {
    const moment = new Date(input.dataset.moment);
    if (Number.isNaN(moment.valueOf())) continue;
    const east = moment.valueOf() - moment.getTimezoneOffset() * 60_000;
    input.value = new Date(east).toISOString().slice(0, 16);
  }
  for (const zone of document.querySelectorAll("input[name=zone]")) {
    zone.value = String(-new Date().getTimezoneOffset());
  }
}

for (const form of document.querySelectorAll("form[data-draft]:not([data-drawn])")) keepPlain(form);
// The open task's row is in sight; the page itself stays where it is.
const row = document.querySelector(".tasklist tr[aria-current]");
const list = row?.closest(".scroll");
if (list) list.scrollTop = row.offsetTop - list.clientHeight / 2;
startKeys();
tellZone();
document.addEventListener("htmx:afterSettle", tellZone);
