/* One EventSource per visible tab. It closes when the tab is hidden, because HTTP/1.1 allows six connections a host.
   Events carry ids only; what changed is fetched through the normal views. */
import { client } from "./requests.js";

const TYPES = ["lead", "board", "job", "activity", "notification"];

export function initLive() {
  const url = document.body.dataset.eventsUrl, flag = document.getElementById("live");
  if (!url) return;
  let source = null, lost = false;
  const show = (on) => {
    if (!flag) return;
    flag.hidden = false;
    flag.toggleAttribute("data-live-state", false);
    if (on) flag.dataset.liveState = "on";
    flag.querySelector("[data-live-text]").textContent = on ? "Live" : "Reconnecting";
  };
  const emit = (name, detail) => document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));
  const open = () => {
    if (source) return;
    source = new EventSource(url);
    source.onopen = () => { show(true); if (lost) { lost = false; emit("resume", {}); } };
    source.onerror = () => { lost = true; show(false); };
    for (const type of TYPES)
      source.addEventListener(type, (event) => {
        const detail = JSON.parse(event.data);
        if (detail.by !== client) emit(type, detail);
      });
  };
  const close = () => { if (source) lost = true; source?.close(); source = null; };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", () => { if (!document.hidden) open(); });
  if (!document.hidden) open();
}
