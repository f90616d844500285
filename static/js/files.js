/* <file-drop>: a file input that also takes a dropped file, says what was chosen, and shows how far the upload is. */
import { say, toast } from "./announce.js";

const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

class FileDrop extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.input = this.querySelector("input[type=file]");
    this.name = Object.assign(document.createElement("span"), { className: "file-drop__name", textContent: "Drop a file here, or choose one" });
    this.input.before(this.name);
    this.input.addEventListener("change", () => this.chosen());
    for (const type of ["dragenter", "dragover"]) this.addEventListener(type, (event) => { event.preventDefault(); this.dataset.over = ""; });
    for (const type of ["dragleave", "drop"]) this.addEventListener(type, () => delete this.dataset.over);
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      const files = event.dataTransfer.files;
      if (!files.length) return;
      if (files.length > 1 && !this.input.multiple) { toast({ text: "One file at a time, please." }); return; }
      this.input.files = files;
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    this.closest("form")?.addEventListener("htmx:xhr:progress", (event) => this.progress(event.detail));
  }
  chosen() {
    const [file] = this.input.files;
    this.name.textContent = file ? `${file.name}, ${size(file.size)}` : "Drop a file here, or choose one";
    const most = Number(this.dataset.maxBytes);
    const tooLarge = file && most && file.size > most;
    this.input.setCustomValidity(tooLarge ? `This file is larger than ${size(most)}.` : "");
    if (tooLarge) this.input.reportValidity();
    if (file) say(`${file.name} chosen`);
  }
  progress({ lengthComputable, loaded, total }) {
    if (!lengthComputable) return;
    this.bar ??= this.appendChild(Object.assign(document.createElement("progress"), { max: 1 }));
    this.bar.setAttribute("aria-label", "Upload");
    this.bar.value = loaded / total;
    this.name.textContent = loaded < total ? `${size(loaded)} of ${size(total)} sent` : "Sent. Reading the file …";
  }
}
customElements.define("file-drop", FileDrop);
