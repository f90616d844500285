/* <roi-calc>: sliders beside exact fields, and a form that goes on with what stands in them. The server computes. */
class RoiCalc extends HTMLElement {
  connectedCallback() {
    this.gone = new AbortController();
    const { signal } = this.gone;
    this.form = this.querySelector("form");
    for (const slider of this.querySelectorAll("[data-slider]")) {
      const exact = document.getElementById(slider.dataset.slider);
      slider.hidden = false;
      this.place(slider, exact);
      slider.addEventListener("input", () => { exact.value = slider.value; }, { signal });
      exact.addEventListener("input", () => this.place(slider, exact), { signal });
    }
    this.addEventListener("input", () => this.carry(), { signal });
    document.body.addEventListener("htmx:afterSettle", () => this.mark(), { signal });
  }
  disconnectedCallback() { this.gone?.abort(); }

  /* A slider shows whole numbers in its range; what is typed beyond it stays in the field. */
  place(slider, exact) {
    const number = Number(exact.value.replace(/[\s,]/g, ""));
    if (exact.value.trim() && Number.isFinite(number)) slider.value = number;
  }

  carry() {
    const carried = document.getElementById("carried");
    if (!carried) return;
    const inputs = [...new FormData(this.form)].map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    carried.replaceChildren(...inputs);
  }

  /* The answer put errors beside the fields; the fields themselves say it too. */
  mark() {
    for (const slot of this.querySelectorAll("[id^=slot_]")) {
      const field = document.getElementById(slot.id.replace("slot_", "id_"));
      if (slot.childElementCount) field?.setAttribute("aria-invalid", "true");
      else field?.removeAttribute("aria-invalid");
    }
  }
}
customElements.define("roi-calc", RoiCalc);
