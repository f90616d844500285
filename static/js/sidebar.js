/* Below 900 px the sidebar is a drawer. Without this file the link jumps to it, which opens it too. */
export function initSidebar() {
  const side = document.getElementById("sidebar"), button = document.querySelector("[data-toggle-sidebar]");
  if (!side || !button) return;
  const set = (open) => {
    side.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) side.querySelector("a, button").focus();
  };
  button.addEventListener("click", (event) => { event.preventDefault(); set(!side.hasAttribute("data-open")); });
  button.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); button.click(); } });
  document.addEventListener("click", (event) => {
    if (side.hasAttribute("data-open") && !side.contains(event.target) && !button.contains(event.target)) set(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side.hasAttribute("data-open") && !document.querySelector(":popover-open, dialog:modal")) { set(false); button.focus(); }
  });
}
