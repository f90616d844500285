/* The page of a lead and My day: drafts that survive, edits in place, what others change meanwhile, reminders. */
import { say, toast } from "./announce.js";

const NIL = "00000000-0000-0000-0000-000000000000";
const onBody = (node, name, run) => {
  node.gone ??= new AbortController();
  document.body.addEventListener(name, run, { signal: node.gone.signal });
};

/* <lead-live data-id>: a banner that waits for somebody else's change. Nothing is replaced under the hands of who types. */
class LeadLive extends HTMLElement {
  connectedCallback() {
    onBody(this, "live:lead", ({ detail }) => {
      if (detail.id !== this.dataset.id || !this.hidden) return;
      this.hidden = false;
      say(this.textContent.trim());
    });
  }
  disconnectedCallback() { this.gone?.abort(); this.gone = null; }
}
customElements.define("lead-live", LeadLive);

/* <note-draft data-key>: what was typed is there again after a lost session, a crash or a wrong click. */
class NoteDraft extends HTMLElement {
  connectedCallback() {
    const area = this.querySelector("textarea"), key = `draft:${this.dataset.key}`;
    if (!area) return;
    try {
      if (!area.value) area.value = sessionStorage.getItem(key) ?? "";
      area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
    } catch { /* Storage may be full or forbidden; the text is still in the field. */ }
    this.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful && detail.requestConfig.verb === "post") sessionStorage.removeItem(key); });
    this.querySelector("form")?.addEventListener("submit", (event) => { if (!event.target.hasAttribute("hx-post")) sessionStorage.removeItem(key); });
  }
}
customElements.define("note-draft", NoteDraft);

/* <reminder-bell data-url>: the server decides whether a reminder is this person's, and says it in a toast. */
class ReminderBell extends HTMLElement {
  connectedCallback() {
    onBody(this, "live:notification", ({ detail }) => {
      if (detail.id) htmx.ajax("GET", this.dataset.url.replace(NIL, detail.id), { source: this, target: this, swap: "none" });
    });
  }
  disconnectedCallback() { this.gone?.abort(); this.gone = null; }
}
customElements.define("reminder-bell", ReminderBell);

/* <day-list>: arrows walk the rows; D completes the focused one, R reschedules it. */
class DayList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => {
      const row = event.target.closest("[data-row]");
      if (!row || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, [popover]")) return;
      const rows = [...this.querySelectorAll("[data-row]")], step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        rows[rows.indexOf(row) + step]?.querySelector("a, button")?.focus();
        return;
      }
      if (document.documentElement.dataset.shortcuts !== "on") return;
      const action = { d: "[data-done]", r: "[data-reschedule]" }[event.key.toLowerCase()];
      const button = action && row.querySelector(action);
      if (button) { event.preventDefault(); event.stopPropagation(); button.click(); }
    });
  }
}
customElements.define("day-list", DayList);

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form");
  if (!form) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.matches("[data-ctrl-enter]")) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "Escape" && form.matches("[data-edit-in-place]")) {
    event.preventDefault();
    form.querySelector("[data-cancel]")?.click();
  }
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all-facts]")) return;
  for (const group of event.target.closest(".facts-panel").querySelectorAll(".fact-group--empty")) group.open = event.target.checked;
});

const offerCopies = (root) => { if (navigator.clipboard) for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false; };
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  toast({ text: `Copied ${button.dataset.copy}` });
});
offerCopies(document);
document.body.addEventListener("htmx:afterSwap", (event) => offerCopies(event.target));

document.body.addEventListener("lead:changed", ({ detail }) => {
  const title = document.querySelector("[data-lead-title]");
  if (!title || !detail.title) return;
  title.textContent = detail.title;
  document.title = document.title.replace(/^.* · /, `${detail.title} · `);
});
