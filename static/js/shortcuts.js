/* Single keys. They can be switched off (WCAG 2.1.4) and never fire while somebody types. */
const root = document.documentElement;
const typing = (node) => node.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, dialog, [popover], [contenteditable]");
const YEAR = 31536000;

export function initShortcuts() {
  const sheet = document.getElementById("shortcuts");
  let prefix = "", since = 0;
  document.addEventListener("click", (event) => { if (event.target.closest("[data-open-shortcuts]")) sheet?.showModal(); });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-shortcuts-switch]")) return;
    root.dataset.shortcuts = event.target.checked ? "on" : "off";
    document.cookie = `shortcuts=${root.dataset.shortcuts}; path=/; max-age=${YEAR}; samesite=lax`;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.target.closest(".fact--editing")?.querySelector("[data-cancel]")?.click();
    const undo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z" && document.querySelector(".toast__undo");
    if (undo && !typing(event.target)) { event.preventDefault(); undo.click(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (root.dataset.shortcuts !== "on" || document.querySelector("dialog:modal")) return;
    const key = event.key.toLowerCase(), combo = Date.now() - since < 900 ? `${prefix} ${key}` : "";
    prefix = "";
    const link = (combo && document.querySelector(`[data-key="${CSS.escape(combo)}"]`)) || document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (link) { event.preventDefault(); link.click(); return; }
    if (key === "g") { prefix = key; since = Date.now(); }
    else if (key === "?") { event.preventDefault(); sheet?.showModal(); }
    else if (key === "/") {
      const field = document.querySelector("main [type=search], main [data-search]");
      if (field) { event.preventDefault(); field.focus(); field.select?.(); }
    } else if (key === "e") {
      const edit = document.querySelector("main .fact__edit");
      if (edit) { event.preventDefault(); edit.focus(); edit.click(); }
    } else if (key === "c" && document.body.dataset.newUrl) { event.preventDefault(); location.assign(document.body.dataset.newUrl); }
  });
}
