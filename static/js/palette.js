/* Ctrl+K: search leads and pages. The server answers; the arrows choose; Enter goes there. */
export function initPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input"), list = dialog.querySelector("[role=listbox]");
  const options = () => [...list.querySelectorAll("[role=option][href]")];
  const current = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
  const select = (index) => {
    const all = options();
    if (!all.length) return input.removeAttribute("aria-activedescendant");
    const at = (index + all.length) % all.length;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };
  const open = () => {
    if (dialog.open) return;
    input.value = "";
    dialog.showModal();
    htmx.trigger(input, "palette-open");
  };
  list.addEventListener("htmx:afterSettle", () => select(0));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); select(current() + step); }
    else if (event.key === "Enter") { event.preventDefault(); options()[current()]?.click(); }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("a")) dialog.close(); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-open-palette]")) open(); });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) dialog.close(); else open();
  });
}
