/* One EventSource per visible tab. It closes when the tab is hidden, because HTTP/1.1 allows six connections a host.
   Events carry ids only; what changed is fetched through the normal views. */
import { client } from "./requests.js";

const TYPES = ["lead", "board", "job", "notification"];

export function initLive() {
  const url = document.body.dataset.eventsUrl, flag = document.getElementById("live");
  if (!url) return;
  let source = null, last = "";
  const show = (state) => {
    if (!flag) return;
    flag.hidden = !state;
    flag.toggleAttribute("data-live-state", false);
    if (state === "Live") flag.dataset.liveState = "on";
    flag.querySelector("[data-live-text]").textContent = state;
  };
  const emit = (name, detail) => document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));
  const open = () => {
    if (source) return;
    /* The browser remembers the last id for one EventSource only; a tab that was hidden opens another. */
    const mine = source = new EventSource(last ? `${url}?last=${encodeURIComponent(last)}` : url);
    const on = (name, run) => mine.addEventListener(name, (event) => {
      last = event.lastEventId || last;
      run(JSON.parse(event.data));
    });
    mine.onerror = () => {
      /* Closed for good: nobody is signed in any more, or this installation has no streams. */
      if (mine.readyState !== EventSource.CLOSED) return show("Reconnecting");
      if (source === mine) source = null;
      show("");
    };
    on("hello", () => show("Live"));
    on("beat", () => {});
    on("reset", () => emit("resume", {}));
    on("end", () => { close(); show(""); });
    for (const type of TYPES) on(type, (detail) => { if (detail.by !== client) emit(type, detail); });
  };
  const close = () => { source?.close(); source = null; };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", () => { if (!document.hidden) open(); });
  if (!document.hidden) open();
}
