// Live updates: the server says that something moved, the page asks for its newer self.
//
// The stream carries no content. When it is lost the page asks every five seconds; while it is
// hidden, not at all. A list under the pointer or with a selection waits until it is left.
import htmx from "htmx.org";

const POLL = 5000;
const AGAIN = 30_000; // a server that had no place for another stream may have one later
const QUIET = 250; // let a burst of changes become one question

export function startLive() {
  const sign = document.querySelector("[data-live]");
  const topics = document.querySelector("main")?.dataset.topics;
  if (!sign || !topics) return;

  let source = null;
  let polling = null;
  let asking = null;
  let waiting = 0;
  let lastAsked = 0;

  function show(state, text) {
    sign.dataset.state = state;
    sign.textContent = text;
  }

  function changed() {
    if (held()) {
      waiting += 1;
      show("live", `${waiting} change${waiting === 1 ? "" : "s"}, press r`);
      return;
    }
    const rest = Math.max(QUIET, 1000 - (Date.now() - lastAsked));
    asking ??= setTimeout(ask, rest);
  }

  function ask() {
    asking = null;
    waiting = 0;
    lastAsked = Date.now();
    if (source?.readyState === EventSource.OPEN) show("live", "live");
    return refresh();
  }

  function poll() {
    polling ??= setInterval(() => held() || ask(), POLL);
    show("polling", "polling");
  }

  function stopPolling() {
    clearInterval(polling);
    polling = null;
  }

  function open() {
    if (source || document.hidden) return;
    source = new EventSource(`${sign.dataset.live}?topics=${encodeURIComponent(topics)}`);
    source.onopen = () => {
      stopPolling();
      show("live", "live");
    };
    source.onmessage = changed;
    source.onerror = () => {
      poll();
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null; // refused: polling goes on
      setTimeout(open, AGAIN);
    };
  }

  function close() {
    source?.close();
    source = null;
    stopPolling();
    show("paused", "paused");
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return close();
    open();
    ask();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "r" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (!event.target.closest("input, textarea, select")) ask();
    }
  });
  document.addEventListener("pointerout", (event) => {
    const list = event.target.closest?.("[data-hold]");
    if (waiting && list && !list.contains(event.relatedTarget)) changed();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  show("paused", "connecting");
  open();
}

// Whether replacing a list now would take it from under somebody's hand.
function held() {
  if (document.querySelector("[data-hold]:hover, details.menu[open]")) return true;
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed);
}

// Ask for this address again and morph the page's region into the answer.
export function refresh(address = location.href) {
  return htmx.ajax("GET", address, { target: "#page", swap: "morph:outerHTML", source: "#page" });
}
