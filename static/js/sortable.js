/* <sortable-rows>: rows that can also be dragged into another order; the buttons of the rows do the same without. */
import { say } from "./announce.js";

class SortableRows extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    for (const row of this.querySelectorAll(":scope > [data-row]")) {
      /* Only the handle starts a drag, so that text in the fields can still be marked. */
      const handle = Object.assign(document.createElement("span"), { className: "drag-handle", textContent: "⠿", draggable: true });
      handle.setAttribute("aria-hidden", "true");
      handle.title = "Drag to another place";
      row.querySelector("legend").after(handle);
      handle.addEventListener("dragstart", (event) => {
        this.dragged = row;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", "");
        event.dataTransfer.setDragImage(row, 10, 10);
        row.toggleAttribute("data-dragged", true);
      });
      handle.addEventListener("dragend", () => {
        row.removeAttribute("data-dragged");
        this.dragged = null;
        say("The order has changed. Save to keep it.");
      });
      row.addEventListener("dragover", (event) => {
        if (!this.dragged || this.dragged === row) return;
        event.preventDefault();
        const { top, height } = row.getBoundingClientRect();
        if (event.clientY < top + height / 2) row.before(this.dragged);
        else row.after(this.dragged);
      });
      row.addEventListener("drop", (event) => event.preventDefault());
    }
    this.addEventListener("dragover", (event) => { if (this.dragged) event.preventDefault(); });
  }
}

customElements.define("sortable-rows", SortableRows);
