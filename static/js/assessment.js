/* <assessment-step>: saves each choice at once, and lets the keys 1 to 5 choose inside a question. The form works without it. */
const SAVED = "Saved", LATER = "Not saved yet. It is saved when you continue.";

class AssessmentStep extends HTMLElement {
  #waiting = 0;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.status = this.querySelector("[data-saved]");
    this.querySelector("[data-keys]")?.removeAttribute("hidden");
    this.form.addEventListener("change", () => this.#save());
    this.form.addEventListener("keydown", (event) => this.#choose(event));
    document.querySelector("[data-autofocus]")?.focus();
  }

  #choose(event) {
    const question = event.target.closest("fieldset");
    if (!question || event.ctrlKey || event.metaKey || event.altKey || !/^[1-5]$/.test(event.key)) return;
    const radio = question.querySelector(`input[value="${event.key}"]`);
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    const questions = [...this.form.querySelectorAll("fieldset")];
    const next = questions[questions.indexOf(question) + 1];
    (next?.querySelector("input:checked") ?? next?.querySelector("input") ?? this.form.querySelector("button")).focus();
  }

  async #save() {
    const turn = ++this.#waiting, data = new FormData(this.form);
    data.set("autosave", "1");
    let words = LATER;
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: data, credentials: "same-origin" });
      if (answer.status === 204) words = SAVED;
      else if (answer.status === 409) return location.reload();
    } catch { /* the words say it */ }
    if (turn === this.#waiting) this.status.textContent = words;
  }
}
customElements.define("assessment-step", AssessmentStep);
