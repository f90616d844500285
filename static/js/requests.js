/* What every htmx request has in common. */
import { toast } from "./announce.js";

/* This tab, so that it can tell its own changes from those of others. */
export const client = crypto.randomUUID?.() ?? String(Math.random()).slice(2);

const WORDS = {
  403: "You may not do that.",
  404: "That is no longer there.",
  409: "Somebody else changed this in the meantime. Reload to see it.",
  413: "That file is too large.",
  429: "Too many tries. Wait a moment, then try again.",
};

/* A quick answer shows nothing; a slow one is marked after 300 ms. Polling in the background never is. */
function initBusy() {
  const root = document.documentElement, waiting = new Set();
  const show = () => {
    root.toggleAttribute("data-busy", waiting.size > 0);
    document.getElementById("main")?.setAttribute("aria-busy", String(waiting.size > 0));
  };
  document.body.addEventListener("htmx:beforeSend", ({ detail: { xhr, elt } }) => {
    if (elt.closest?.("[hx-trigger*=every]")) return;
    waiting.add(xhr);
    setTimeout(() => { if (waiting.has(xhr)) show(); }, 300);
  });
  for (const name of ["htmx:afterRequest", "htmx:sendError", "htmx:timeout", "htmx:sendAbort"])
    document.body.addEventListener(name, ({ detail: { xhr } }) => { if (waiting.delete(xhr)) show(); });
}

/* A second click on Save while the first is on its way must not save twice. */
function initOnce() {
  document.body.addEventListener("htmx:confirm", (event) => {
    const { elt, verb } = event.detail;
    if (verb !== "get" && elt.matches?.("form.htmx-request, button.htmx-request")) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.closest("[hx-post], dialog")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000); // an answer that is a download leaves the page
  });
  /* Coming back with the history shows the old document, which must work again. */
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
}

export function initRequests() {
  initBusy();
  initOnce();
  document.body.addEventListener("htmx:configRequest", (event) => {
    const { headers, elt, verb, formData } = event.detail;
    headers["X-Client"] = client;
    /* An empty filter says nothing, so it stays out of the address. */
    if (verb === "get" && elt.closest?.("[data-clean]"))
      for (const [key, value] of [...formData]) if (value === "") formData.delete(key, value);
  });
  /* A chip that takes the search away replaces the list but not the field beside it, which must not go on saying it. */
  document.body.addEventListener("htmx:pushedIntoHistory", ({ detail: { path } }) => {
    const words = new URL(path, location.href).searchParams;
    for (const field of document.querySelectorAll("form[data-clean] input[type=search]"))
      if (field !== document.activeElement) field.value = words.get(field.name) ?? "";
  });
  /* A stale form comes back with both versions in it; a refusal without words of its own changes nothing. */
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status === 409 && detail.xhr.responseText.trim()) { detail.shouldSwap = true; detail.isError = false; }
    /* A dialog is filled and never replaced, whatever way of swapping its opener inherits from around it. */
    if (detail.target instanceof HTMLDialogElement) detail.swapOverride ??= "innerHTML";
  });
  document.body.addEventListener("htmx:sendError", () => toast({ text: "The server could not be reached. Nothing was saved." }));
  document.body.addEventListener("htmx:timeout", () => toast({ text: "The server took too long. Reload to see what was saved." }));
  document.body.addEventListener("htmx:responseError", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status === 401) return location.reload();
    /* The board puts the card back and says so itself. */
    if (requestConfig.headers["X-Card"]) return;
    if (xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return;
    toast({ text: WORDS[xhr.status] ?? "Something went wrong on our side. Nothing was saved." });
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
}
