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
    goes = false;
    dialog.showModal();
    htmx.trigger(input, "palette-open");
  };
  /* Whoever types and presses Enter at once means what was typed, not what the letters before it had found. */
  let asked = "", shown = "", goes = false;
  const go = () => { goes = false; options()[current()]?.click(); };
  input.addEventListener("htmx:beforeRequest", () => { asked = input.value; });
  list.addEventListener("htmx:afterSettle", () => {
    shown = asked;
    select(0);
    if (goes && shown === input.value) go();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); select(current() + step); }
    else if (event.key === "Enter") { event.preventDefault(); if (shown === input.value) go(); else goes = true; }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("a")) dialog.close(); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-open-palette]")) open(); });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) dialog.close(); else open();
  });
}
