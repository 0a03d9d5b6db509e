// Live updates: the server says that something moved, the page asks for its newer self.
//
// The stream carries no content. When it is lost the page asks every five seconds; while it is
// hidden, not at all. A list under the pointer, with a ticked row or with the cursor in it does not
// move: a button says how much has changed. What cannot be had is said; what is shown stays.
import htmx from "htmx.org";

import { _, language, ngettext } from "./language.js";

const POLL = 5000;
const AGAIN = 30_000; // a server that had no place for another stream may have one later
const QUIET = 250; // let a burst of changes become one question

export function startLive() {
  const sign = document.querySelector("[data-live]");
  const topics = document.querySelector("main")?.dataset.topics;
  if (!sign || !topics) return;

  const news = document.querySelector("[data-refresh]");
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
      news.textContent = ngettext("%(num)s change – refresh (r)", "%(num)s changes – refresh (r)", waiting);
      news.hidden = false;
      return;
    }
    const rest = Math.max(QUIET, 1000 - (Date.now() - lastAsked));
    asking ??= setTimeout(ask, rest);
  }

  function ask() {
    asking = null;
    waiting = 0;
    news.hidden = true;
    lastAsked = Date.now();
    return refresh();
  }

  function poll() {
    polling ??= setInterval(() => held() || ask(), POLL);
    if (sign.dataset.state !== "stale") show("polling", _("polling"));
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
      show("live", _("live"));
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
    show("paused", _("paused"));
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
  news.addEventListener("click", ask);
  const released = () => waiting && !held() && ask();
  document.addEventListener("pointerout", (event) => {
    const list = event.target.closest?.("[data-hold]");
    if (list && !list.contains(event.relatedTarget)) setTimeout(released);
  });
  for (const kind of ["change", "focusout", "toggle"]) {
    document.addEventListener(kind, () => setTimeout(released), true);
  }
  tellFailures(
    (known) => known || show("stale", _("not up to date")),
    () => (source?.readyState === EventSource.OPEN ? show("live", _("live")) : show("polling", _("polling"))),
    ask,
  );
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  show("paused", _("connecting"));
  open();
}

// What could not be had is said above the page, with what finds it in the server's log.
function tellFailures(failed, mended, again) {
  const bar = document.getElementById("stale");
  const said = bar.querySelector("span");
  let since = null;
  bar.querySelector("button").addEventListener("click", again);

  function fail(text) {
    failed(since);
    since ??= new Date();
    const time = since.toLocaleTimeString(language === "en" ? "en-GB" : language);
    const shown = _("What is shown is of %(time)s.", { time });
    said.textContent = `${text} ${shown}`;
    bar.hidden = false;
  }

  // An answer without the page in it is none: what is shown stays.
  const isPage = ({ target, xhr }) => target?.id !== "page" || xhr.responseText.includes('id="page"');
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.shouldSwap || isPage(detail)) return;
    detail.shouldSwap = false;
    fail(_("The server’s answer was empty."));
  });
  document.addEventListener("htmx:sendError", () => fail(_("The server does not answer.")));
  document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    const word = xhr.getResponseHeader("X-Correlation-Id");
    const code = String(xhr.status);
    fail(
      word
        ? _("The server answered %(code)s, request %(word)s.", { code, word })
        : _("The server answered %(code)s.", { code }),
    );
  });
  document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
    if (!since || detail.xhr.status >= 400 || !isPage(detail)) return;
    since = null;
    bar.hidden = true;
    mended();
  });
}

// Whether replacing a list now would take it from under somebody's hand.
function held() {
  const holds = "[data-hold]:hover, [data-hold]:focus-within, [data-hold] input:checked";
  if (document.querySelector(`${holds}, details.menu[open]`)) return true;
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed);
}

// Ask for this address again and morph the page's region into the answer.
export function refresh(address = location.href) {
  return htmx.ajax("GET", address, { target: "#page", swap: "morph:outerHTML", source: "#page" });
}
