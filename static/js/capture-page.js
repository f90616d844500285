/* <proof-of-work>: lets a worker solve the task of the form around it. Whoever sends before it is done waits for it. */
class ProofOfWork extends HTMLElement {
  connectedCallback() {
    if (this.worker) return;
    const { worker, algorithm, challenge, salt, maxnumber, signature } = this.dataset;
    this.input = this.querySelector("input");
    this.said = this.querySelector("[role=status]");
    this.said.textContent = "Your browser is checking that no program is writing to us. You can go on typing.";
    this.worker = new Worker(worker, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.done(data));
    this.worker.addEventListener("error", () => this.done(""));
    this.worker.postMessage({ algorithm, challenge, salt, maxnumber: Number(maxnumber), signature });
    this.form = this.closest("form");
    this.form.addEventListener("submit", (event) => {
      if (this.isDone) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.isWaiting = true;
      this.said.textContent = "Just a moment: it is sent as soon as the check is done.";
    });
  }
  disconnectedCallback() {
    this.worker?.terminate();
  }
  done(proof) {
    this.isDone = true;
    this.input.value = proof;
    this.said.textContent = proof ? "The check is done." : "The check did not work here; you can send it anyway.";
    this.worker.terminate();
    if (this.isWaiting) this.form.requestSubmit();
  }
}

customElements.define("proof-of-work", ProofOfWork);
