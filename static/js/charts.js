/* <chart-tip>: the figures of the point under the pointer. The table below the chart has them for everybody. */
class ChartTip extends HTMLElement {
  connectedCallback() {
    if (this.tip) return;
    this.tip = document.createElement("div");
    this.tip.className = "chart-tip";
    this.tip.hidden = true;
    this.tip.setAttribute("aria-hidden", "true");
    this.append(this.tip);
    this.addEventListener("pointermove", (event) => this.show(event.target.closest("[data-tip]")));
    this.addEventListener("pointerleave", () => { this.tip.hidden = true; });
  }
  show(mark) {
    const { tip } = this;
    tip.hidden = !mark;
    if (!mark) return;
    const [head, ...lines] = mark.dataset.tip.split("|");
    tip.replaceChildren(...[["b", head], ...lines.map((line) => ["div", line])].map(([tag, textContent]) => Object.assign(document.createElement(tag), { textContent })));
    const box = this.getBoundingClientRect(), at = (mark.querySelector("circle") ?? mark).getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(at.x + at.width / 2 - box.x - tip.offsetWidth / 2, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${Math.max(0, at.y - box.y - tip.offsetHeight - 10)}px`;
  }
}
customElements.define("chart-tip", ChartTip);
