/* Popovers open beside the button that names them; a role=menu answers to arrow keys. */
let opener = null;

export function place(box, button) {
  const at = button.getBoundingClientRect(), size = box.getBoundingClientRect(), edge = 8;
  const below = at.bottom + 4 + size.height <= innerHeight - edge || at.top < size.height;
  const start = document.dir === "rtl" || at.left + size.width > innerWidth - edge;
  box.style.left = `${Math.max(edge, Math.min(start ? at.right - size.width : at.left, innerWidth - size.width - edge))}px`;
  box.style.top = `${Math.max(edge, below ? Math.min(at.bottom + 4, innerHeight - size.height - edge) : at.top - size.height - 4)}px`;
}

export function arrowKeys(event, items) {
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined || !items.length) return false;
  event.preventDefault();
  items.at(to % items.length).focus();
  return true;
}

export function initMenus() {
  document.addEventListener("click", (event) => {
    opener = event.target.closest("[popovertarget]") ?? opener;
    if (event.target.closest(".menu a, .menu [role=menuitem]")) event.target.closest("[popover]")?.hidePopover();
  }, true);
  document.addEventListener("toggle", (event) => {
    const box = event.target;
    if (!box.hasAttribute?.("popover")) return;
    const button = opener?.getAttribute("popovertarget") === box.id ? opener : document.querySelector(`[popovertarget="${box.id}"]`);
    const open = event.newState === "open";
    button?.setAttribute("aria-expanded", String(open));
    if (!open || !button) return;
    place(box, button);
    if (box.getAttribute("role") === "menu") box.querySelector("[role=menuitem]:not([aria-disabled=true])")?.focus();
  }, true);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches?.("[popover]:popover-open") && opener) place(event.target, opener);
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("[role=menu]");
    if (!menu) return;
    arrowKeys(event, [...menu.querySelectorAll("[role=menuitem]")]);
    if (event.key === "Tab") menu.hidePopover?.();
  });
}
