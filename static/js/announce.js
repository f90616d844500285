/* Messages: say() for screen readers, toast() for everybody. */
const MAX = 3, SHORTEST = 6000;

export function say(text) {
  const region = document.getElementById("say");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

const make = (tag, props, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};

/* Only the newest change can be taken back, so an older toast loses its offer. */
export function forgetUndo() {
  for (const button of document.querySelectorAll("button.toast__undo")) button.remove();
}

/* `undo` is an address to post to, or a function; `link` is an address and its words. */
export function toast({ text, undo, link, ms = SHORTEST }) {
  if (!text) return;
  const item = make("div", { className: "toast" }, make("span", { textContent: text }));
  if (link) item.append(make("a", { className: "toast__undo", href: link.url, textContent: link.text }));
  show(item, undo, ms);
  say(text);
}

function show(item, undo, ms = SHORTEST) {
  const box = document.getElementById("toasts"), text = item.textContent;
  if (!box) return;
  if (undo) forgetUndo();
  let timer = 0;
  const hold = () => clearTimeout(timer);
  const arm = () => { hold(); timer = setTimeout(leave, Math.max(ms, SHORTEST, text.length * 80)); };
  const leave = () => { hold(); item.remove(); if (!box.childElementCount) box.hidePopover?.(); };
  if (undo) {
    const button = make("button", { type: "button", className: "toast__undo", textContent: "Undo" });
    button.addEventListener("click", () => {
      leave();
      if (typeof undo === "function") undo();
      else htmx.ajax("POST", undo, { source: document.body, target: document.body, swap: "none" });
    });
    item.append(button);
  }
  const close = make("button", { type: "button", className: "toast__close" }, "×");
  close.setAttribute("aria-label", "Dismiss");
  close.addEventListener("click", leave);
  item.append(close);
  /* It never goes away under the pointer or the focus (WCAG 2.2.1). */
  item.addEventListener("pointerenter", hold);
  item.addEventListener("pointerleave", arm);
  item.addEventListener("focusin", hold);
  item.addEventListener("focusout", arm);
  const others = [...box.children].filter((other) => other !== item);
  box.replaceChildren(...others.slice(others.length >= MAX ? 1 - MAX : 0), item);
  /* Shown anew, it lies above a dialog that opened in the meantime. */
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover?.();
  arm();
}

export function initToasts() {
  const box = document.getElementById("toasts");
  document.body.addEventListener("toast", (event) => toast(event.detail));
  document.body.addEventListener("say", (event) => say(event.detail.text));
  if (!box) return;
  const first = [...box.children];
  box.popover = "manual";
  for (const item of first) show(item, item.dataset.undo);
}
