/* <bulk-table>: select rows, say how many, offer what can be done with them; arrows, or j and k, walk the rows. */
import { say } from "./announce.js";

/* From anywhere on the page, j and k lead into the table and along it; Enter follows the link that has the focus. */
document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key.toLowerCase()];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.documentElement.dataset.shortcuts !== "on" || document.querySelector("dialog:modal, :popover-open:not(.toasts)")) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const links = [...document.querySelectorAll("main bulk-table tbody tr")].map((row) => row.querySelector(".table__main a, a"));
  if (!links.length) return;
  const at = links.findIndex((link) => link?.closest("tr").contains(document.activeElement));
  event.preventDefault();
  links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
});

class BulkTable extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("click", (event) => this.range(event));
    this.addEventListener("change", (event) => this.changed(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("htmx:afterSwap", () => this.update(false));
    this.update(false);
  }
  get boxes() { return [...this.querySelectorAll("tbody .table__select input[type=checkbox]")]; }
  range(event) {
    const box = event.target;
    if (!box.matches("tbody .table__select input")) { if (event.target.closest("[data-bulk-clear]")) this.all(false); return; }
    const boxes = this.boxes, to = boxes.indexOf(box), from = boxes.indexOf(this.last);
    if (event.shiftKey && from >= 0)
      for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
    this.last = box;
  }
  changed(event) {
    if (event.target.matches("[data-select-all]")) this.all(event.target.checked);
    else if (event.target.matches(".table__select input")) this.update(true);
  }
  all(on) {
    for (const box of this.boxes) box.checked = on;
    this.update(true);
  }
  update(aloud) {
    const boxes = this.boxes, count = boxes.filter((box) => box.checked).length;
    const head = this.querySelector("[data-select-all]"), bar = this.querySelector("[data-bulk-bar]");
    const noun = count === 1 ? this.dataset.noun || "row" : this.dataset.nouns || "rows";
    if (head) { head.checked = count > 0 && count === boxes.length; head.indeterminate = count > 0 && count < boxes.length; }
    if (!bar) return;
    const text = `${count} ${noun} selected`;
    bar.hidden = count === 0;
    const figure = bar.querySelector("[data-bulk-count]");
    if (figure) figure.textContent = text;
    if (aloud) say(text);
  }
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const row = event.target.closest("tbody tr");
    if (!row) return;
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (step) {
      const next = row[step]?.querySelector(event.target.type === "checkbox" ? "input[type=checkbox]" : ".table__main a, a");
      if (next) { event.preventDefault(); next.focus(); }
    } else if (event.key.toLowerCase() === "x" && document.documentElement.dataset.shortcuts === "on") {
      const box = row.querySelector(".table__select input");
      if (box) { event.preventDefault(); box.click(); }
    }
  }
}
customElements.define("bulk-table", BulkTable);
